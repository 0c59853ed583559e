//! Conditions: an operator, a key, and the values that it is compared with.
//!
//! Values are alternatives: a request's value has to equal one of them; with a negated operator, none. A key that is
//! absent matches no value, and so fulfils negated operators alone, and those with `IfExists`. `ForAllValues` asks it of
//! every value of the request and holds if there are none; `ForAnyValue` asks it of one and fails if there are none,
//! `IfExists` or not. Without either, several values of a request count as alternatives, too.
//!
//! Source: IAM User Guide, `reference_policies_elements_condition_operators`,
//! `reference_policies_condition-logic-multiple-context-keys-or-values`,
//! `reference_policies_condition-single-vs-multi-valued-context-keys`.

mod compile;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ipnet::IpNet;
use jiff::Timestamp;

pub(crate) use self::compile::compile;
use crate::arn::ArnPattern;
use crate::context::{Scope, Value};
use crate::date;
use crate::decimal::Decimal;
use crate::pattern::Pattern;

/// One operator on one key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// In lower case.
    key: Box<str>,
    over: Over,
    negated: bool,
    if_exists: bool,
    test: Test,
}

/// Which of a request's values an operator is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    /// No set operator.
    Single,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

/// How numbers and dates are compared: the request's with the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// The positive form of an operator, with the policy's values.
#[derive(Debug, Clone, PartialEq)]
enum Test {
    /// Equality, or likeness where the patterns have wildcards.
    Text(Vec<Pattern>),
    /// Equality but for case; also of `Bool`.
    TextIgnoringCase(Vec<Pattern>),
    /// Texts that are decimal numbers.
    Number(Relation, Vec<Box<str>>),
    Date(Relation, Vec<Timestamp>),
    Binary(Vec<Vec<u8>>),
    Address(Vec<IpNet>),
    Arn(Vec<ArnPattern>),
    /// Whether the key is to be absent.
    Absent(Vec<bool>),
}

/// Steps that it takes to find a key.
const LOOKUP_STEPS: usize = 16;

/// Steps that it takes to read a value that is no text.
const READING_STEPS: usize = 64;

impl Condition {
    /// Whether it is about one of these keys, whose names must be in lower case, or compares something with one.
    pub(crate) fn refers_to(&self, keys: &BTreeSet<&str>) -> bool {
        keys.contains(&*self.key)
            || match &self.test {
                Test::Text(patterns) | Test::TextIgnoringCase(patterns) => {
                    patterns.iter().any(|one| one.refers_to(keys))
                }
                Test::Arn(patterns) => patterns.iter().any(|one| one.refers_to(keys)),
                Test::Number(..)
                | Test::Date(..)
                | Test::Binary(_)
                | Test::Address(_)
                | Test::Absent(_) => false,
            }
    }

    /// Whether the condition is fulfilled.
    pub(crate) fn holds(&self, scope: Scope<'_>) -> bool {
        if !scope.work.take(LOOKUP_STEPS) {
            return false;
        }
        let present = scope.get(&self.key).filter(|value| !value.is_null());
        if let Test::Absent(wanted) = &self.test {
            return wanted.contains(&present.is_none());
        }
        let values = present.map(Value::as_slice);
        match (self.over, values) {
            (Over::Single, None) => self.negated || self.if_exists,
            (Over::Single, Some(values)) => {
                values.iter().any(|value| self.test.matches(value, scope)) != self.negated
            }
            (Over::All, None) => true,
            (Over::All, Some(values)) => values
                .iter()
                .all(|value| self.test.matches(value, scope) != self.negated),
            (Over::Any, None) => false,
            (Over::Any, Some(values)) => values
                .iter()
                .any(|value| self.test.matches(value, scope) != self.negated),
        }
    }
}

impl Test {
    /// Whether the request's `value` matches one of the policy's.
    fn matches(&self, value: &str, scope: Scope<'_>) -> bool {
        if !scope.work.take(self.steps(value)) {
            return false;
        }
        match self {
            Self::Text(patterns) => patterns.iter().any(|one| one.matches(value, scope)),
            Self::TextIgnoringCase(patterns) => patterns
                .iter()
                .any(|one| one.equals_ignoring_case(value, scope)),
            Self::Number(relation, numbers) => Decimal::parse(value).is_some_and(|given| {
                numbers
                    .iter()
                    .filter_map(|wanted| Decimal::parse(wanted))
                    .any(|wanted| relation.holds(given.compare(wanted)))
            }),
            Self::Date(relation, dates) => date::parse(value)
                .is_some_and(|given| dates.iter().any(|wanted| relation.holds(given.cmp(wanted)))),
            Self::Binary(wanted) => BASE64
                .decode(value)
                .is_ok_and(|given| wanted.contains(&given)),
            Self::Address(networks) => value.parse::<IpAddr>().is_ok_and(|given| {
                let given = given.to_canonical();
                networks.iter().any(|network| network.contains(&given))
            }),
            Self::Arn(patterns) => patterns.iter().any(|one| one.matches(value, scope)),
            Self::Absent(_) => false,
        }
    }

    /// Steps that it takes to read the request's `value` and to compare it with all of the policy's. Patterns count
    /// their own.
    fn steps(&self, value: &str) -> usize {
        let of_policy = match self {
            Self::Text(_) | Self::TextIgnoringCase(_) | Self::Arn(_) | Self::Absent(_) => return 1,
            Self::Number(_, numbers) => numbers.iter().map(|one| 8 + one.len()).sum(),
            Self::Date(_, dates) => dates.len(),
            Self::Binary(wanted) => wanted.len(),
            Self::Address(networks) => 2 * networks.len(),
        };
        READING_STEPS + value.len() + of_policy
    }
}
