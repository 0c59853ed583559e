//! From a document's text to a policy.
//!
//! Element names and `Allow`, `Deny` are written exactly so; members may come in any order, none twice. A single value
//! may stand for a list of one. Source: IAM User Guide, `reference_policies_grammar`.

mod principal;

use std::collections::BTreeSet;

use crate::arn::ResourcePattern;
use crate::condition::{Condition, compile};
use crate::error::{Place, PolicyError, Problem};
use crate::json::{self, Json};
use crate::pattern::{Pattern, Syntax};
use crate::policy::{Policy, PolicyKind, Version};
use crate::statement::{Effect, Principals, Selection, Statement};

/// What a caller allows a document to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most characters, white space included.
    pub characters: usize,
}

impl Limits {
    /// Up to so many characters, white space included.
    pub const fn characters(characters: usize) -> Self {
        Self { characters }
    }
}

type Result<T> = std::result::Result<T, PolicyError>;

/// The members of an object, none of them twice.
type Members = [(String, Json)];

pub(crate) fn policy(text: &str, kind: PolicyKind, limits: Limits) -> Result<Policy> {
    let top = Place::ROOT;
    // As many characters as bytes at most, so the count is needed for long texts alone.
    if text.len() > limits.characters && text.chars().count() > limits.characters {
        return Err(top.refuse(Problem::Long {
            limit: limits.characters,
        }));
    }
    let json = json::parse(text).map_err(|problem| top.refuse(problem))?;
    let members = object(&json, &top, &["Version", "Id", "Statement"])?;
    let version = match optional_text(members, &top, "Version")? {
        None | Some("2008-10-17") => Version::V2008,
        Some("2012-10-17") => Version::V2012,
        Some(other) => {
            let problem = Problem::Version(other.to_owned());
            return Err(top.member("Version").refuse(problem));
        }
    };
    // Documented for resource policies alone; in others it says nothing and harms nothing.
    let id = optional_text(members, &top, "Id")?.map(str::to_owned);
    let at = top.member("Statement");
    let reader = Reader { kind, version };
    let statements = match member(members, "Statement") {
        None => return Err(top.refuse(Problem::Missing("Statement"))),
        Some(Json::List(list)) if !list.is_empty() => list
            .iter()
            .enumerate()
            .map(|(index, json)| reader.statement(json, &at.index(index)))
            .collect::<Result<Vec<_>>>()?,
        Some(json @ Json::Object(_)) => vec![reader.statement(json, &at)?],
        Some(_) => return Err(at.refuse(form("a statement or a list of statements"))),
    };
    check_sids(&statements, &at)?;
    Ok(Policy {
        version,
        id,
        statements,
    })
}

fn check_sids(statements: &[Statement], at: &Place<'_>) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (index, statement) in statements.iter().enumerate() {
        let sid = statement.sid.as_deref().filter(|sid| !sid.is_empty());
        if sid.is_some_and(|sid| !seen.insert(sid)) {
            let place = at.index(index);
            return Err(place.member("Sid").refuse(Problem::SidRepeated));
        }
    }
    Ok(())
}

const fn form(wanted: &'static str) -> Problem {
    Problem::Form { wanted }
}

/// The members of an object, which must all be among `known`; with `known` empty they may have any name.
fn object<'j>(json: &'j Json, at: &Place<'_>, known: &[&str]) -> Result<&'j Members> {
    let Json::Object(members) = json else {
        return Err(at.refuse(form("an object")));
    };
    let mut seen = BTreeSet::new();
    for (name, _) in members {
        if !known.is_empty() && !known.contains(&name.as_str()) {
            return Err(at.refuse(Problem::Unknown(name.clone())));
        }
        if !seen.insert(name) {
            return Err(at.refuse(Problem::Duplicate(name.clone())));
        }
    }
    Ok(members)
}

fn member<'j>(members: &'j Members, name: &str) -> Option<&'j Json> {
    members
        .iter()
        .find(|(found, _)| found == name)
        .map(|(_, json)| json)
}

fn optional_text<'j>(members: &'j Members, at: &Place<'_>, name: &str) -> Result<Option<&'j str>> {
    match member(members, name) {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text)),
        Some(_) => Err(at.member(name).refuse(form("a string"))),
    }
}

/// The one of two members that is there, and whether it is the second.
fn either<'j>(
    members: &'j Members,
    at: &Place<'_>,
    names: [&'static str; 2],
) -> Result<Option<(bool, &'static str, &'j Json)>> {
    let [plain, negated] = names;
    match (member(members, plain), member(members, negated)) {
        (None, None) => Ok(None),
        (Some(json), None) => Ok(Some((false, plain, json))),
        (None, Some(json)) => Ok(Some((true, negated, json))),
        (Some(_), Some(_)) => Err(at.refuse(Problem::Exclusive(plain, negated))),
    }
}

/// One string, or a list of strings, each read by `read`.
fn one_or_many<T>(
    json: &Json,
    at: &Place<'_>,
    read: impl Fn(&str) -> std::result::Result<T, Problem>,
) -> Result<Vec<T>> {
    let wanted = form("a string or a list of strings");
    match json {
        Json::Text(text) => Ok(vec![read(text).map_err(|problem| at.refuse(problem))?]),
        Json::List(list) => list
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let at = at.index(index);
                let Json::Text(text) = item else {
                    return Err(at.refuse(wanted.clone()));
                };
                read(text).map_err(|problem| at.refuse(problem))
            })
            .collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) | Json::Deep => {
            Err(at.refuse(wanted))
        }
    }
}

/// What the elements of a statement depend on.
#[derive(Debug, Clone, Copy)]
struct Reader {
    kind: PolicyKind,
    version: Version,
}

impl Reader {
    fn variables(self) -> bool {
        self.version >= Version::V2012
    }

    fn statement(self, json: &Json, at: &Place<'_>) -> Result<Statement> {
        const KNOWN: &[&str] = &[
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let members = object(json, at, KNOWN)?;
        let sid = self.sid(members, at)?;
        let effect = match optional_text(members, at, "Effect")? {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            Some(other) => {
                let problem = Problem::Effect(other.to_owned());
                return Err(at.member("Effect").refuse(problem));
            }
            None => return Err(at.refuse(Problem::Missing("Effect"))),
        };
        Ok(Statement {
            sid,
            effect,
            principals: self.principals(members, at, effect)?,
            actions: self.actions(members, at)?,
            resources: self.resources(members, at)?,
            conditions: self.conditions(members, at)?,
        })
    }

    /// IAM's own policies have letters and digits alone; other services take more.
    fn sid(self, members: &Members, at: &Place<'_>) -> Result<Option<String>> {
        let sid = optional_text(members, at, "Sid")?;
        let plain = match self.kind {
            PolicyKind::Identity | PolicyKind::Trust => true,
            PolicyKind::Resource | PolicyKind::Endpoint => false,
        };
        let unfit = |sid: &str| plain && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if sid.is_some_and(unfit) {
            return Err(at.member("Sid").refuse(Problem::SidCharacters));
        }
        Ok(sid.map(str::to_owned))
    }

    fn principals(self, members: &Members, at: &Place<'_>, effect: Effect) -> Result<Principals> {
        let found = either(members, at, ["Principal", "NotPrincipal"])?;
        let (negated, name, json) = match (self.kind, found) {
            (PolicyKind::Identity, None) => return Ok(Principals::Attached),
            (PolicyKind::Identity, Some((_, name, _))) => {
                return Err(at.member(name).refuse(Problem::PrincipalInIdentityPolicy));
            }
            (PolicyKind::Trust, Some((true, name, _))) => {
                return Err(at.refuse(Problem::Prohibited(name)));
            }
            (_, None) => return Err(at.refuse(Problem::Missing("Principal"))),
            (_, Some(found)) => found,
        };
        let at = at.member(name);
        if negated && effect == Effect::Allow {
            return Err(at.refuse(Problem::NotPrincipalAllow));
        }
        let listed = principal::listed(json, &at)?;
        Ok(if negated {
            Principals::NotIn(listed)
        } else {
            Principals::In(listed)
        })
    }

    fn actions(self, members: &Members, at: &Place<'_>) -> Result<Selection<Pattern>> {
        let Some((negated, name, json)) = either(members, at, ["Action", "NotAction"])? else {
            return Err(at.refuse(Problem::NoActions));
        };
        let at = at.member(name);
        let patterns = one_or_many(json, &at, |text| self.action(text))?;
        if patterns.is_empty() {
            return Err(at.refuse(Problem::NoActions));
        }
        Ok(Selection { negated, patterns })
    }

    fn action(self, text: &str) -> std::result::Result<Pattern, Problem> {
        let trust = self.kind == PolicyKind::Trust;
        if text != "*" {
            let (vendor, name) = text.split_once(':').ok_or(Problem::ActionVendorMissing)?;
            if name.contains(':') {
                return Err(Problem::ActionColons);
            }
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            if vendor != "*" && (vendor.is_empty() || !vendor.bytes().all(plain)) {
                return Err(Problem::ActionVendor(vendor.to_owned()));
            }
            if name.is_empty() {
                return Err(Problem::ActionName(text.to_owned()));
            }
            if trust && !vendor.eq_ignore_ascii_case("sts") {
                return Err(Problem::TrustAction);
            }
        } else if trust {
            return Err(Problem::TrustAction);
        }
        let syntax = Syntax {
            wildcards: true,
            variables: false,
        };
        Pattern::parse(&text.to_ascii_lowercase(), syntax)
    }

    fn resources(
        self,
        members: &Members,
        at: &Place<'_>,
    ) -> Result<Option<Selection<ResourcePattern>>> {
        let found = either(members, at, ["Resource", "NotResource"])?;
        let (negated, name, json) = match (self.kind, found) {
            (PolicyKind::Trust, None) => return Ok(None),
            (PolicyKind::Trust, Some((_, name, _))) => {
                return Err(at.refuse(Problem::Prohibited(name)));
            }
            (_, None) => return Err(at.refuse(Problem::NoResources)),
            (_, Some(found)) => found,
        };
        let at = at.member(name);
        let read = |text: &str| ResourcePattern::parse(text, self.variables());
        let patterns = one_or_many(json, &at, read)?;
        if patterns.is_empty() {
            return Err(at.refuse(Problem::NoResources));
        }
        Ok(Some(Selection { negated, patterns }))
    }

    fn conditions(self, members: &Members, at: &Place<'_>) -> Result<Vec<Condition>> {
        let at = at.member("Condition");
        let Some(json) = member(members, "Condition") else {
            return Ok(Vec::new());
        };
        let mut conditions = Vec::new();
        for (operator, keys) in object(json, &at, &[])? {
            let at = at.member(operator);
            for (key, values) in object(keys, &at, &[])? {
                let at = at.member(key);
                let values = scalars(values, &at)?;
                let condition = compile(operator, key, &values, self.variables());
                conditions.push(condition.map_err(|(index, problem)| match index {
                    Some(index) => at.index(index).refuse(problem),
                    None => at.refuse(problem),
                })?);
            }
        }
        Ok(conditions)
    }
}

/// A condition's values: strings, numbers and booleans, one or many.
fn scalars<'j>(json: &'j Json, at: &Place<'_>) -> Result<Vec<&'j str>> {
    match json {
        Json::List(list) => {
            let numbered = list.iter().enumerate();
            numbered
                .map(|(index, item)| scalar(item, &at.index(index)))
                .collect()
        }
        Json::Null
        | Json::Bool(_)
        | Json::Number(_)
        | Json::Text(_)
        | Json::Object(_)
        | Json::Deep => Ok(vec![scalar(json, at)?]),
    }
}

fn scalar<'j>(json: &'j Json, at: &Place<'_>) -> Result<&'j str> {
    match json {
        Json::Bool(true) => Ok("true"),
        Json::Bool(false) => Ok("false"),
        Json::Number(text) | Json::Text(text) => Ok(text),
        Json::Null | Json::List(_) | Json::Object(_) | Json::Deep => {
            Err(at.refuse(form("a string, a number or a boolean")))
        }
    }
}
