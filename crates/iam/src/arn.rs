//! ARN patterns: of `Resource`, and of the `Arn...` condition operators.
//!
//! An ARN has six fields, `arn:partition:service:region:account:resource`; the sixth holds whatever is left, colons
//! included. Patterns are matched field by field, wildcards within a field. In `Resource` alone, a `*` that is the last
//! character of a field may also reach over the colons that follow: so `arn:aws:ec2:*` is all of EC2.
//!
//! Source: IAM User Guide, `reference_policies_elements_resource` ("If the * wildcard is the last character of a
//! resource ARN segment, it can expand to match beyond the colon boundaries"), and
//! `reference_policies_elements_condition_operators` ("Each of the six colon-delimited components of the ARN is checked
//! separately").

use std::collections::BTreeSet;

use crate::context::Scope;
use crate::error::Problem;
use crate::pattern::{Part, Pattern, Piece, Syntax, parts};

/// How many fields an ARN has.
const FIELDS: usize = 6;

/// Steps that it takes to part an ARN into its fields.
const SPLITTING_STEPS: usize = 4;

/// Steps that it takes to keep a place where the next field can begin.
const PLACES_STEPS: usize = 8;

/// A value of `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResourcePattern {
    /// `*`: also of actions that are on no resource in particular.
    Everything,
    /// At most six; fewer end in `*`.
    Fields(Vec<Pattern>),
}

impl ResourcePattern {
    pub(crate) fn parse(text: &str, variables: bool) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        let fields = fields(text, variables)?;
        check_resource(text, &fields)?;
        Ok(Self::Fields(fields))
    }

    pub(crate) fn matches(&self, arn: &str, scope: Scope<'_>) -> bool {
        let fields = match self {
            Self::Everything => return true,
            Self::Fields(fields) => fields,
        };
        if field_by_field(fields, arn, scope) {
            return true;
        }
        let spare = arn.bytes().filter(|byte| *byte == b':').count() >= FIELDS;
        (spare || fields.len() < FIELDS) && over_colons(fields, arn, scope)
    }
}

/// A value of an `Arn...` condition operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ArnPattern {
    /// `*`: every ARN.
    Everything,
    Fields(Vec<Pattern>),
    /// Variables hold the colons, too: known only at evaluation, and compared as one text.
    Whole(Pattern),
}

impl ArnPattern {
    pub(crate) fn parse(text: &str, variables: bool) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self::Everything);
        }
        let fields = fields(text, variables)?;
        if fields.len() == FIELDS {
            return Ok(Self::Fields(fields));
        }
        let whole = Pattern::parse(text, syntax(variables))?;
        if whole.has_variables() {
            Ok(Self::Whole(whole))
        } else {
            Err(Problem::ConditionValue {
                value: text.to_owned(),
                wanted: "an ARN of six fields",
            })
        }
    }

    /// Whether a variable stands for one of these keys, whose names must be in lower case.
    pub(crate) fn refers_to(&self, keys: &BTreeSet<&str>) -> bool {
        match self {
            Self::Everything => false,
            Self::Fields(fields) => fields.iter().any(|field| field.refers_to(keys)),
            Self::Whole(pattern) => pattern.refers_to(keys),
        }
    }

    pub(crate) fn matches(&self, arn: &str, scope: Scope<'_>) -> bool {
        match self {
            Self::Everything => arn.starts_with("arn:"),
            Self::Fields(fields) => field_by_field(fields, arn, scope),
            Self::Whole(pattern) => pattern.matches(arn, scope),
        }
    }
}

const fn syntax(variables: bool) -> Syntax {
    Syntax {
        wildcards: true,
        variables,
    }
}

/// The fields of a pattern. Colons inside a variable are none.
fn fields(text: &str, variables: bool) -> Result<Vec<Pattern>, Problem> {
    let mut done: Vec<Pattern> = Vec::with_capacity(FIELDS);
    let mut field: Vec<Part> = Vec::new();
    for part in parts(text, syntax(variables))? {
        let Part::Fixed(Piece::Text(mut plain)) = part else {
            field.push(part);
            continue;
        };
        while done.len() + 1 < FIELDS {
            let Some((before, after)) = plain.split_once(':') else {
                break;
            };
            if !before.is_empty() {
                field.push(Part::Fixed(Piece::Text(before.into())));
            }
            done.push(Pattern::from_parts(std::mem::take(&mut field)));
            plain = after.into();
        }
        if !plain.is_empty() {
            field.push(Part::Fixed(Piece::Text(plain)));
        }
    }
    done.push(Pattern::from_parts(field));
    Ok(done)
}

/// What IAM asks of a resource, in IAM's words.
fn check_resource(text: &str, fields: &[Pattern]) -> Result<(), Problem> {
    let shape = || Problem::ResourceForm(text.to_owned());
    let [prefix, partition, service, rest @ ..] = fields else {
        return Err(shape());
    };
    if prefix.text() != Some("arn") || rest.is_empty() {
        return Err(shape());
    }
    if let Some(early) = fields
        .iter()
        .take(FIELDS - 1)
        .position(Pattern::has_variables)
    {
        return Err(Problem::VariablePlace { field: early + 1 });
    }
    // What ends in `*` is also in use, for policies that are meant for every partition.
    let any_partition = partition.text().is_none() && partition.ends_open();
    if !any_partition && !partition.text().is_some_and(is_partition) {
        return Err(Problem::ResourcePartition(text.to_owned()));
    }
    let Some(service) = service.text().filter(|service| !service.is_empty()) else {
        return Err(Problem::ResourceVendor(text.to_owned()));
    };
    let region = rest.first().and_then(Pattern::text);
    if service == "iam" && region != Some("") && rest.len() == 3 {
        return Err(Problem::ResourceRegion(text.to_owned()));
    }
    if fields.len() < FIELDS && !fields.last().is_some_and(Pattern::ends_open) {
        return Err(shape());
    }
    Ok(())
}

/// `aws`, `aws-cn`, `aws-us-gov` and their like.
pub(crate) fn is_partition(text: &str) -> bool {
    text == "aws"
        || text.strip_prefix("aws-").is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
}

/// Each field of the pattern against the same field of the ARN. A pattern of fewer fields ends in `*`, which takes the
/// rest.
fn field_by_field(fields: &[Pattern], arn: &str, scope: Scope<'_>) -> bool {
    if !scope.work.take(SPLITTING_STEPS) {
        return false;
    }
    let mut given = arn.splitn(FIELDS, ':');
    fields
        .iter()
        .all(|field| given.next().is_some_and(|text| field.matches(text, scope)))
}

/// The same, but fields that end in `*` may take in further ones. Keeps every place where the next field can begin, so
/// that no place is tried twice for one field.
fn over_colons(fields: &[Pattern], arn: &str, scope: Scope<'_>) -> bool {
    let mut starts = vec![arn];
    for (index, field) in fields.iter().enumerate() {
        if !scope.work.take(PLACES_STEPS * (1 + starts.len())) {
            return false;
        }
        if index + 1 == FIELDS {
            return starts.iter().any(|rest| field.matches(rest, scope));
        }
        let mut next = Vec::new();
        let mut at_end = false;
        for start in starts {
            let (text, after) = match start.split_once(':') {
                Some((text, after)) => (text, Some(after)),
                None => (start, None),
            };
            if !field.matches(text, scope) {
                continue;
            }
            next.extend(after);
            at_end |= after.is_none() || field.ends_open();
            if field.ends_open() {
                // Later starts would reach no further than this one.
                let further = after.into_iter().flat_map(|rest| {
                    rest.match_indices(':')
                        .filter_map(|(at, _)| rest.get(at + 1..))
                });
                next.extend(further);
                break;
            }
        }
        if index + 1 == fields.len() {
            return at_end;
        }
        starts = next;
    }
    false
}

#[cfg(test)]
mod tests;
