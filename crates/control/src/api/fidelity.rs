//! The tables of `docs/fidelity.md`: each action and parameter, out of the declarations that decode them.
//!
//! The page cannot say what is not so: this test fails when it differs from the declarations, and writes it anew when
//! `ADIT_UPDATE_DOCS` is set.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use aws_wire::Service;
use aws_wire::query::{ActionSpec, Kind, MembersSpec, ParamSpec, Presence, Status};

use super::empty_service::{self, Answer};
use super::refused::REFUSED;

const PAGE: &str = "../../docs/fidelity.md";
const MARK: &str = "<!-- From here on, generated out of the code: ADIT_UPDATE_DOCS=1 cargo test -p control fidelity -->\n";

#[test]
fn the_fidelity_page_says_what_the_code_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path).unwrap();
    let (prose, found) = page.split_once(MARK).expect("the page has its mark");
    let wanted = tables();
    if found == wanted {
        return;
    }
    if std::env::var_os("ADIT_UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{prose}{MARK}{wanted}")).unwrap();
        return;
    }
    let differing = wanted.lines().zip(found.lines()).find(|(a, b)| a != b);
    panic!(
        "docs/fidelity.md is out of date, first at {differing:?}; run: ADIT_UPDATE_DOCS=1 cargo test -p control fidelity"
    );
}

/// All tables, services and actions in order of their names.
fn tables() -> String {
    let mut text = String::from(
        "\n## Actions and parameters\n\n\
         A parameter that is *implemented* does what AWS documents. One *without effect* is checked, and there is nothing\n\
         here that it could change; a request that uses one is logged. One that is *refused* is answered by\n\
         `UnsupportedOperation`, unless its value asks for what happens anyway (in brackets). `X.N` is a list, `X.Y` a member\n\
         of a structure. What is not listed is unknown: `UnknownParameter`, `InvalidAction`.\n",
    );
    let mut by_service: BTreeMap<Service, BTreeMap<&str, ActionSpec>> = BTreeMap::new();
    for action in super::actions() {
        let of_service = by_service.entry(action.spec.service).or_default();
        of_service.insert(action.spec.name, action.spec);
    }
    for (service, actions) in &by_service {
        let version = service.api_version();
        write!(text, "\n### `{service}`, version {version}\n\n").unwrap();
        text.push_str(
            "| action | implemented | without effect | refused | source |\n|---|---|---|---|---|\n",
        );
        for spec in actions.values() {
            text.push_str(&row(spec));
        }
        refusals(&mut text, *service);
    }
    for service in Service::ALL {
        empty_service(&mut text, service);
    }
    aws_policies(&mut text);
    text
}

/// The table of AWS's own managed policies.
fn aws_policies(text: &mut String) {
    text.push_str(
        "\n## Managed policies of AWS\n\n\
         With their documents of mid-2026. They show the version in force alone and no description. A change of one is\n\
         `AccessDenied`; others are `NoSuchEntity`. Source: AWS managed policy reference.\n\n\
         | policy | version |\n|---|---|\n",
    );
    let mut policies: Vec<_> = model::iam::aws_policies().collect();
    policies.sort_unstable_by_key(|policy| policy.name.folded());
    for policy in policies {
        let (path, version) = (&policy.path, policy.default_version);
        writeln!(
            text,
            "| `arn:aws:iam::aws:policy{path}{}` | {version} |",
            policy.name
        )
        .unwrap();
    }
}

/// The table of a service of which there is nothing.
fn empty_service(text: &mut String, service: Service) {
    let mut by_answer: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for action in empty_service::actions(service) {
        let answer = match action.answer {
            Answer::List(..) => "an empty list".to_owned(),
            Answer::Count(_) => "0".to_owned(),
            Answer::NoSuch { code, .. } => format!("`{code}`"),
            Answer::Unsupported(why) => format!("`UnsupportedOperation`: {why}"),
        };
        by_answer.entry(answer).or_default().insert(action.name);
    }
    if by_answer.is_empty() {
        return;
    }
    let version = service.api_version();
    write!(
        text,
        "\n### `{service}`, version {version}\n\n| answer | actions |\n|---|---|\n"
    )
    .unwrap();
    for (answer, actions) in by_answer {
        let actions: Vec<&str> = actions.into_iter().collect();
        writeln!(text, "| {answer} | `{}` |", actions.join("`, `")).unwrap();
    }
}

fn row(spec: &ActionSpec) -> String {
    let mut cells = [const { Vec::new() }; 3];
    collect("", &spec.params, None, &mut cells);
    let [implemented, without_effect, refused] = cells.map(|cell| cell.join(", "));
    let ActionSpec { name, source, .. } = spec;
    format!("| `{name}` | {implemented} | {without_effect} | {refused} | {source} |\n")
}

/// Sorts parameters into what is implemented, without effect, and refused. The members of a structure without effect
/// have none, either, for the reason that it has, and some of their values may be refused.
fn collect(
    prefix: &str,
    members: &MembersSpec,
    without_effect: Option<&str>,
    cells: &mut [Vec<String>; 3],
) {
    for param in members.iter() {
        let name = format!("{prefix}{}{}", param.wire_name, suffix(param));
        let why = without_effect.map_or_else(|| one_line(param.docs), str::to_owned);
        if let Kind::Structure(inner) = param.kind {
            let prefix = format!("{name}.");
            match param.status {
                Status::Implemented => {
                    collect(&prefix, inner, without_effect, cells);
                    continue;
                }
                Status::AcceptedWithoutEffect => {
                    collect(&prefix, inner, Some(&why), cells);
                    continue;
                }
                Status::Refused { .. } => {}
            }
        }
        match param.status {
            Status::Implemented if without_effect.is_some() => {
                cells[1].push(format!("`{name}`: {why}"));
            }
            Status::Implemented => cells[0].push(format!("`{name}`")),
            Status::AcceptedWithoutEffect => cells[1].push(format!("`{name}`: {why}")),
            Status::Refused { except: [] } => cells[2].push(format!("`{name}`: {why}")),
            Status::Refused { except } => {
                let except = except.join("`, `");
                cells[2].push(format!("`{name}` (but `{except}`): {why}"));
            }
        }
    }
}

const fn suffix(param: &ParamSpec) -> &'static str {
    match param.presence {
        Presence::List => ".N",
        Presence::Map => ".entry.N",
        Presence::Required | Presence::Optional => "",
    }
}

/// Without the full stop, and with nothing that would end a cell.
fn one_line(docs: &str) -> String {
    let words: Vec<&str> = docs.split_whitespace().collect();
    let line = words.join(" ").replace('|', "\\|");
    line.trim_end_matches('.').to_owned()
}

fn refusals(text: &mut String, service: Service) {
    let mut of_service = REFUSED
        .iter()
        .filter(|refused| refused.service == service)
        .peekable();
    if of_service.peek().is_none() {
        return;
    }
    text.push_str(
        "\nKnown actions that answer `UnsupportedOperation`:\n\n| because | actions |\n|---|---|\n",
    );
    for refused in of_service {
        let actions = refused.actions.join("`, `");
        writeln!(text, "| {} | `{actions}` |", refused.why).unwrap();
    }
}
