//! Every action, asked wrongly in every way that its declaration lets one think of: parameters that are missing, unknown,
//! malformed, oversized, nested wrongly, given twice, or about what is another account's.
//!
//! Whatever is asked, the answer comes at once, is well-formed and blames the asker; what is refused changes nothing; and
//! nobody reaches another account's resources. The cases are generated from the declarations, in an order that is the
//! same in every run, so that a new action is asked as well.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_wire::Service as Wire;
use aws_wire::query::{ActionSpec, Bounds, Kind, MembersSpec, ParamSpec, Presence, Status};
use model::{Resource, State};

use crate::documents::everything;
use crate::world::{Client, World};

/// What any answer may take, debug build and busy machine included.
const PATIENCE: Duration = Duration::from_secs(5);

type Params = Vec<(String, String)>;

/// Values that a parameter may have which is of no use.
fn malformed(kind: Kind, bounds: &Bounds) -> Vec<String> {
    let mut values: Vec<String> = [
        "\u{fffd}\u{1f600}",
        "-1",
        "18446744073709551616",
        "*",
        "<x>&\"'",
        "' OR 1=1",
        " ",
    ]
    .map(str::to_owned)
    .into();
    values.push("x".repeat(21_000));
    match kind {
        Kind::Id(prefix) => values.extend([
            prefix.to_owned(),
            format!("{prefix}zz"),
            format!("{prefix}{}", "0".repeat(40)),
        ]),
        Kind::Arn(_) => values.extend(
            [
                "arn:",
                "arn:aws:::::",
                "arn:aws:ec2:us-east-1:123456789012:nothing/x",
            ]
            .map(str::to_owned),
        ),
        Kind::Integer => {
            values.extend(["1.5", "0x10", "9999999999999999999999"].map(str::to_owned))
        }
        Kind::Ipv4Address | Kind::Ipv4Cidr => {
            values.extend(["256.1.1.1", "10.0.0.0/33", "::1", "10.0.0.0/-1"].map(str::to_owned))
        }
        Kind::Boolean => values.extend(["maybe", "2"].map(str::to_owned)),
        Kind::Blob => values.extend(["!!!", "AAA"].map(str::to_owned)),
        Kind::Enumeration(_) | Kind::String | Kind::Structure(_) => {}
    }
    if let Some(max) = bounds
        .max
        .and_then(|max| usize::try_from(max).ok())
        .filter(|max| *max < 30_000)
    {
        values.push("y".repeat(max + 1));
    }
    values
}

/// What there is to name, by the beginning of the name.
#[derive(Default)]
struct Known {
    ids: BTreeMap<String, String>,
    arns: Vec<String>,
}

impl Known {
    /// Everything that an account is shown of its own.
    async fn of(client: &Client, state: &State) -> Self {
        let mut known = Self::default();
        for resource in state.tables().resources() {
            let (key, value) = schema::encode_change(&model::Change::Put(resource));
            let text = format!(
                "{} {}",
                String::from_utf8_lossy(&key),
                String::from_utf8_lossy(&value.unwrap())
            );
            for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
                if let Some((prefix, hex)) = word.rsplit_once('-')
                    && hex.len() == 17
                    && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
                {
                    known.ids.insert(format!("{prefix}-"), word.to_owned());
                }
            }
        }
        for action in ["DescribeLoadBalancers", "DescribeTargetGroups"] {
            let shown = client.elb(action, &[]).await;
            for piece in shown
                .body
                .split(['<', '>'])
                .filter(|piece| piece.starts_with("arn:"))
            {
                known.arns.push(piece.to_owned());
            }
        }
        known
    }

    /// A value that makes sense for the parameter.
    fn value(&self, param: &ParamSpec) -> String {
        match param.kind {
            Kind::Arn(_) => self.arns.first().cloned().unwrap_or_default(),
            Kind::Blob => "aGVsbG8=".to_owned(),
            Kind::Boolean => "false".to_owned(),
            Kind::Enumeration(values) => values.first().copied().unwrap_or_default().to_owned(),
            Kind::Id(prefix) => self
                .ids
                .get(prefix)
                .cloned()
                .unwrap_or_else(|| format!("{prefix}0123456789abcdef0")),
            Kind::Integer => param.bounds.min.unwrap_or(1).max(1).to_string(),
            Kind::Ipv4Address => "10.0.1.77".to_owned(),
            Kind::Ipv4Cidr => "10.0.9.0/24".to_owned(),
            Kind::String | Kind::Structure(_) => "n".repeat(
                param
                    .bounds
                    .min
                    .and_then(|min| usize::try_from(min).ok())
                    .unwrap_or(1)
                    .max(1),
            ),
        }
    }
}

/// The names of the single values below a parameter, the first item of each list.
fn leaves(
    service: Wire,
    prefix: &str,
    members: &MembersSpec,
    required: bool,
    into: &mut Vec<(String, &'static ParamSpec)>,
) {
    for param in members.iter() {
        if required && !param.is_required() {
            continue;
        }
        let name = match (param.presence, service) {
            (Presence::List, Wire::Ec2) => format!("{prefix}{}.1", param.wire_name),
            (Presence::List, _) => format!("{prefix}{}.member.1", param.wire_name),
            (Presence::Map, _) => format!("{prefix}{}.entry.1", param.wire_name),
            (Presence::Required | Presence::Optional, _) => format!("{prefix}{}", param.wire_name),
        };
        match (param.kind, param.status) {
            (Kind::Structure(inner), Status::Implemented) => {
                leaves(service, &format!("{name}."), inner, required, into)
            }
            _ => into.push((name, param)),
        }
    }
}

/// What is asked of an action, with `known` to fill in what makes sense.
fn cases(spec: &ActionSpec, known: &Known) -> Vec<Params> {
    let (mut required, mut all) = (Vec::new(), Vec::new());
    leaves(spec.service, "", &spec.params, true, &mut required);
    leaves(spec.service, "", &spec.params, false, &mut all);
    let fill = |leaves: &[(String, &ParamSpec)]| -> Params {
        leaves
            .iter()
            .map(|(name, param)| (name.clone(), known.value(param)))
            .collect()
    };
    let base = fill(&required);
    let with = |name: &str, value: String| {
        let mut params: Params = base
            .iter()
            .filter(|(known, _)| known != name)
            .cloned()
            .collect();
        params.push((name.to_owned(), value));
        params
    };
    let mut cases = vec![Vec::new(), base.clone(), fill(&all)];
    for index in 0..base.len() {
        let mut params = base.clone();
        params.remove(index);
        cases.push(params);
    }
    for (name, param) in &all {
        for value in malformed(param.kind, &param.bounds) {
            cases.push(with(name, value));
        }
        cases.push(with(name, String::new()));
        cases.push(with(name, known.value(param)));
        cases.push(with(&format!("{name}.Nested.1"), "x".to_owned()));
        let mut twice = with(name, known.value(param));
        twice.push((name.clone(), known.value(param)));
        cases.push(twice);
        if let Some(list) = name.strip_suffix(".1") {
            let many = (1..=1_100).map(|number| (format!("{list}.{number}"), known.value(param)));
            cases.push(
                base.iter()
                    .filter(|(known, _)| known != name)
                    .cloned()
                    .chain(many)
                    .collect(),
            );
            cases.push(with(&format!("{list}.0"), known.value(param)));
            cases.push(with(&format!("{list}.4294967296"), known.value(param)));
        }
    }
    cases.push(with("Nonsense", "1".to_owned()));
    cases.push(with("Filter.1.Name", "no-such-filter".to_owned()));
    cases
}

/// Asks, and holds the answer to what every answer must be.
async fn ask(world: &World, client: &Client, spec: &ActionSpec, params: &Params) -> u16 {
    let borrowed: Vec<(&str, &str)> = params
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let before = world.control.snapshot();
    let began = Instant::now();
    let answer = client
        .ask(spec.service.signing_name(), spec.name, &borrowed)
        .await;
    let shown = format!("{} {:.2000}", spec.name, format!("{borrowed:?}"));
    assert!(
        began.elapsed() < PATIENCE,
        "{shown}: took {:?}",
        began.elapsed()
    );
    assert!(
        (200..500).contains(&answer.status),
        "{shown}: {} {}",
        answer.status,
        answer.body
    );
    if answer.status != 200 {
        assert!(!answer.text("Code").is_empty(), "{shown}: {}", answer.body);
        let after = world.control.snapshot();
        assert!(
            Arc::ptr_eq(&before.state, &after.state),
            "{shown}: refused, and something has changed"
        );
    }
    answer.status
}

/// What an account has, as text.
fn belongings(state: &State, account: model::AccountId) -> Vec<String> {
    let of = format!("\"{account}\"");
    let shown = |resource: Resource| {
        let (key, value) = schema::encode_change(&model::Change::Put(resource));
        format!(
            "{} {}",
            String::from_utf8_lossy(&key),
            String::from_utf8_lossy(&value.unwrap())
        )
    };
    state
        .tables()
        .resources()
        .map(shown)
        .filter(|text| text.contains(&of))
        .collect()
}

#[tokio::test]
async fn no_request_is_answered_by_a_fault_and_no_refusal_changes_anything() {
    let mut asked = 0;
    for spec in control::actions() {
        // Each action meets a world that the others have not emptied.
        let world = World::start().await;
        let client = world.client();
        everything(&world, &client).await;
        let known = Known::of(&client, &world.control.snapshot().state).await;
        let cases = cases(&spec, &known);
        asked += cases.len();
        for params in &cases {
            ask(&world, &client, &spec, params).await;
        }
    }
    assert!(asked > 3_000, "{asked} requests");
}

#[tokio::test]
async fn no_request_reaches_what_is_another_accounts() {
    let world = World::start().await;
    let owner = world.client();
    everything(&world, &owner).await;
    let state = world.control.snapshot().state.clone();
    let known = Known::of(&owner, &state).await;
    let before = belongings(&state, owner.credentials.id);
    let stranger = world.tenant("stranger").await;
    for spec in control::actions() {
        for params in cases(&spec, &known) {
            ask(&world, &stranger, &spec, &params).await;
        }
    }
    let after = belongings(&world.control.snapshot().state, owner.credentials.id);
    assert_eq!(before, after);
}
