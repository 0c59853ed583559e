//! Filters of Describe actions: `Filter.1.Name=vpc-id`, `Filter.1.Value.1=vpc-...`.
//!
//! All filters must match, and of each filter one value; `*` stands for any characters, `?` for one, `\` before
//! either, or before itself, for the character. A filter without values matches nothing, as EC2 answers. Not an
//! index: a caller that has one looks for the values it knows in [`Filter`] first.
//!
//! Invariant: matching costs time proportional to the text, whatever the pattern (no backtracking).
//! Source: EC2 user guide, "List and filter your resources"; `The filter 'x' is invalid` in public reports, 2026.

mod pattern;

#[cfg(test)]
mod tests;

pub use pattern::{PATTERN_CHARS_MAX, Pattern};

use std::fmt;

use model::{Tags, Timestamp};

use crate::error::{ApiError, echo};
use crate::time::iso_millis;

/// A filter as requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What is compared, for example `vpc-id` or `tag:Name`.
    pub name: String,
    /// Patterns of which one must match.
    pub values: Vec<String>,
}

/// A resource, or a view of one, that a Describe action can filter.
pub trait Filterable: Sized {
    /// Whether `tag:KEY` and `tag-key` are filters.
    const TAGGED: bool = true;

    /// The filters that there are.
    fn filters() -> Vec<FilterSpec<Self>>;

    /// The resource's tags.
    fn tags(&self) -> Option<&Tags> {
        None
    }
}

/// One filter of a kind of resource.
#[derive(Debug)]
pub struct FilterSpec<T> {
    /// Its name.
    pub name: &'static str,
    /// Whether case counts.
    pub case: Case,
    /// Offers the resource's values.
    pub values: fn(&T, &mut Values<'_>),
}

/// Whether `A` and `a` are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// They differ.
    Exact,
    /// They are the same: for states, which AWS itself spells in several ways.
    Ignored,
}

impl<T> FilterSpec<T> {
    /// A filter for which case counts.
    pub const fn exact(name: &'static str, values: fn(&T, &mut Values<'_>)) -> Self {
        Self {
            name,
            case: Case::Exact,
            values,
        }
    }

    /// A filter for which case does not count.
    pub const fn any_case(name: &'static str, values: fn(&T, &mut Values<'_>)) -> Self {
        Self {
            name,
            case: Case::Ignored,
            values,
        }
    }
}

/// Receives the values of one resource for one filter.
#[derive(Debug)]
pub struct Values<'a> {
    patterns: &'a [Pattern],
    matched: bool,
}

impl Values<'_> {
    /// Offers a text.
    pub fn text(&mut self, text: &str) {
        self.matched = self.matched || self.patterns.iter().any(|pattern| pattern.matches(text));
    }

    /// Offers the text of a value, for example of an id or a flag.
    pub fn display(&mut self, value: impl fmt::Display) {
        if !self.matched {
            self.text(&value.to_string());
        }
    }

    /// Offers a time, as answers spell it.
    pub fn time(&mut self, time: Timestamp) {
        if !self.matched {
            self.text(&iso_millis(time));
        }
    }
}

/// Filters that are ready to be applied.
#[derive(Debug)]
pub struct Matcher<T> {
    tests: Vec<Test<T>>,
}

#[derive(Debug)]
struct Test<T> {
    subject: Subject<T>,
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
enum Subject<T> {
    Values(fn(&T, &mut Values<'_>)),
    Tag(String),
    TagKey,
}

impl<T: Filterable> Matcher<T> {
    /// Prepares filters.
    ///
    /// # Errors
    /// `InvalidParameterValue` for a filter that this kind of resource does not have, or a value with wildcards that
    /// is too long.
    pub fn new(filters: &[Filter]) -> Result<Self, ApiError> {
        let known = T::filters();
        let test = |filter: &Filter| {
            let (subject, case) = Self::subject(&known, &filter.name)?;
            let patterns = filter.values.iter().map(|value| {
                Pattern::new(value, case).ok_or_else(|| {
                    let message = format!("The filter value '{}' is too long", echo(value));
                    ApiError::client("InvalidParameterValue", message)
                })
            });
            Ok(Test {
                subject,
                patterns: patterns.collect::<Result<_, ApiError>>()?,
            })
        };
        let tests = filters.iter().map(test).collect::<Result<_, ApiError>>()?;
        Ok(Self { tests })
    }

    fn subject(known: &[FilterSpec<T>], name: &str) -> Result<(Subject<T>, Case), ApiError> {
        if let Some(spec) = known.iter().find(|spec| spec.name == name) {
            return Ok((Subject::Values(spec.values), spec.case));
        }
        match name.strip_prefix("tag:") {
            Some(key) if T::TAGGED => Ok((Subject::Tag(key.to_owned()), Case::Exact)),
            None if T::TAGGED && name == "tag-key" => Ok((Subject::TagKey, Case::Exact)),
            Some(_) | None => Err(ApiError::invalid_filter(name)),
        }
    }

    /// Whether all filters match.
    pub fn matches(&self, item: &T) -> bool {
        self.tests.iter().all(|test| test.matches(item))
    }
}

impl<T: Filterable> Test<T> {
    fn matches(&self, item: &T) -> bool {
        let mut values = Values {
            patterns: &self.patterns,
            matched: false,
        };
        match &self.subject {
            Subject::Values(offer) => offer(item, &mut values),
            Subject::Tag(key) => {
                if let Some(value) = item.tags().and_then(|tags| tags.get(key)) {
                    values.text(value);
                }
            }
            Subject::TagKey => {
                for (key, _) in item.tags().into_iter().flat_map(Tags::iter) {
                    values.text(key);
                }
            }
        }
        values.matched
    }
}

impl ApiError {
    /// The action has no such filter.
    pub fn invalid_filter(name: &str) -> Self {
        Self::client(
            "InvalidParameterValue",
            format!("The filter '{}' is invalid", echo(name)),
        )
    }
}
