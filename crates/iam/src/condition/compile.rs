//! From an operator's name and values to a condition.
//!
//! Invariant: a value that its operator can never compare with is refused, not kept.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ipnet::IpNet;

use super::{Condition, Over, Relation, Test};
use crate::arn::ArnPattern;
use crate::date;
use crate::decimal::Decimal;
use crate::error::Problem;
use crate::pattern::{Pattern, Syntax};

/// What an operator compares, without its negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Text { wildcards: bool },
    TextIgnoringCase,
    Number(Relation),
    Date(Relation),
    Bool,
    Binary,
    Address,
    Arn,
    Null,
}

/// An operator's name, understood. Names are written exactly so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operator {
    over: Over,
    comparison: Comparison,
    negated: bool,
    if_exists: bool,
}

/// The condition `operator` on `key` with `values`; on failure also the index of the value at fault.
pub(crate) fn compile(
    operator: &str,
    key: &str,
    values: &[&str],
    variables: bool,
) -> Result<Condition, (Option<usize>, Problem)> {
    let found =
        understand(operator).ok_or_else(|| (None, Problem::ConditionType(operator.to_owned())))?;
    if !key.contains(':') || key.starts_with(':') || key.ends_with(':') {
        return Err((None, Problem::ConditionKey(key.to_owned())));
    }
    Ok(Condition {
        key: key.to_lowercase().into(),
        over: found.over,
        negated: found.negated,
        if_exists: found.if_exists,
        test: test(found.comparison, values, variables)?,
    })
}

fn understand(name: &str) -> Option<Operator> {
    let (over, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
        (Over::All, rest)
    } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
        (Over::Any, rest)
    } else {
        (Over::Single, name)
    };
    let (base, if_exists) = match rest.strip_suffix("IfExists") {
        Some(base) => (base, true),
        None => (rest, false),
    };
    let (comparison, negated) = comparison(base)?;
    let bare = over == Over::Single && !if_exists;
    if comparison == Comparison::Null && !bare {
        return None;
    }
    Some(Operator {
        over,
        comparison,
        negated,
        if_exists,
    })
}

fn comparison(base: &str) -> Option<(Comparison, bool)> {
    use Comparison::{Address, Arn, Binary, Bool, Date, Null, Number, Text, TextIgnoringCase};
    Some(match base {
        "StringEquals" => (Text { wildcards: false }, false),
        "StringNotEquals" => (Text { wildcards: false }, true),
        "StringLike" => (Text { wildcards: true }, false),
        "StringNotLike" => (Text { wildcards: true }, true),
        "StringEqualsIgnoreCase" => (TextIgnoringCase, false),
        "StringNotEqualsIgnoreCase" => (TextIgnoringCase, true),
        "Bool" => (Bool, false),
        "BinaryEquals" => (Binary, false),
        "IpAddress" => (Address, false),
        "NotIpAddress" => (Address, true),
        "ArnEquals" | "ArnLike" => (Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Arn, true),
        "Null" => (Null, false),
        other => {
            if let Some((relation, negated)) = other.strip_prefix("Numeric").and_then(relation) {
                (Number(relation), negated)
            } else {
                let (relation, negated) = other.strip_prefix("Date").and_then(relation)?;
                (Date(relation), negated)
            }
        }
    })
}

fn relation(name: &str) -> Option<(Relation, bool)> {
    Some(match name {
        "Equals" => (Relation::Equal, false),
        "NotEquals" => (Relation::Equal, true),
        "LessThan" => (Relation::Less, false),
        "LessThanEquals" => (Relation::LessOrEqual, false),
        "GreaterThan" => (Relation::Greater, false),
        "GreaterThanEquals" => (Relation::GreaterOrEqual, false),
        _ => return None,
    })
}

type Failure = (Option<usize>, Problem);

fn test(comparison: Comparison, values: &[&str], variables: bool) -> Result<Test, Failure> {
    let syntax = |wildcards| Syntax {
        wildcards,
        variables,
    };
    Ok(match comparison {
        Comparison::Text { wildcards } => Test::Text(each(values, |value| {
            Pattern::parse(value, syntax(wildcards))
        })?),
        Comparison::TextIgnoringCase => {
            Test::TextIgnoringCase(each(values, |value| Pattern::parse(value, syntax(false)))?)
        }
        Comparison::Bool => Test::TextIgnoringCase(each(values, |value| {
            let pattern = Pattern::parse(value, syntax(false))?;
            if pattern.has_variables() || truth(value).is_some() {
                Ok(pattern)
            } else {
                Err(unfit(value, "true or false"))
            }
        })?),
        Comparison::Number(relation) => Test::Number(
            relation,
            each(values, |value| {
                let number = Decimal::parse(value).map(|_| (*value).into());
                number.ok_or_else(|| unfit(value, "a decimal number"))
            })?,
        ),
        Comparison::Date(relation) => Test::Date(
            relation,
            each(values, |value| {
                date::parse(value)
                    .ok_or_else(|| unfit(value, "a date in ISO 8601 or epoch seconds"))
            })?,
        ),
        Comparison::Binary => Test::Binary(each(values, |value| {
            BASE64.decode(value).map_err(|_| unfit(value, "base64"))
        })?),
        Comparison::Address => Test::Address(each(values, |value| {
            network(value).ok_or_else(|| unfit(value, "an IP address or CIDR block"))
        })?),
        Comparison::Arn => Test::Arn(each(values, |value| ArnPattern::parse(value, variables))?),
        Comparison::Null => Test::Absent(each(values, |value| {
            truth(value).ok_or_else(|| unfit(value, "true or false"))
        })?),
    })
}

fn each<T>(values: &[&str], read: impl Fn(&&str) -> Result<T, Problem>) -> Result<Vec<T>, Failure> {
    let numbered = values.iter().enumerate();
    numbered
        .map(|(index, value)| read(value).map_err(|problem| (Some(index), problem)))
        .collect()
}

fn unfit(value: &str, wanted: &'static str) -> Problem {
    Problem::ConditionValue {
        value: value.to_owned(),
        wanted,
    }
}

fn truth(value: &str) -> Option<bool> {
    if value.eq_ignore_ascii_case("true") {
        Some(true)
    } else if value.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A CIDR block, whose host bits don't matter, or one address.
fn network(value: &str) -> Option<IpNet> {
    match value.parse::<IpNet>() {
        Ok(network) => Some(network),
        Err(_) => Some(IpNet::from(value.parse::<IpAddr>().ok()?)),
    }
}
