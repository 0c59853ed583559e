//! What a value had to satisfy, and the error when it did not, in each dialect's words.
//!
//! Source: EC2's `InvalidParameterValue` and the query services' `ValidationError` texts in public reports, 2026.

use std::fmt;

use super::path::Path;
use crate::error::{ApiError, echo};
use crate::service::Dialect;

/// A requirement on one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint<'a> {
    /// At least so many items in a list.
    AtLeastItems(usize),
    /// At most so many items in a list.
    AtMostItems(usize),
    /// A number at least this large.
    AtLeast(i64),
    /// A number at most this large.
    AtMost(i64),
    /// At least so many characters.
    LongerThan(usize),
    /// At most so many characters.
    ShorterThan(usize),
    /// One of these texts.
    OneOf(&'a [&'a str]),
    /// Something else, as a sentence for EC2: `This is not a valid CIDR block.`
    Form(&'static str),
}

impl Constraint<'_> {
    /// The error for `value` at `path`.
    pub fn broken(self, path: &Path<'_>, value: &str) -> ApiError {
        let (name, value) = (path.camel(), echo(value));
        match path.dialect() {
            Dialect::Ec2 => ApiError::client(
                "InvalidParameterValue",
                format!(
                    "Value ({value}) for parameter {name} is invalid. {}",
                    self.sentence()
                ),
            ),
            Dialect::Query => ApiError::client(
                "ValidationError",
                format!(
                    "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {}",
                    self.clause()
                ),
            ),
            Dialect::Sns => ApiError::client(
                "InvalidParameter",
                format!("Invalid parameter: {path} Reason: {}", self.clause()),
            ),
        }
    }

    fn sentence(self) -> impl fmt::Display {
        fmt::from_fn(move |f| match self {
            Self::AtLeastItems(min) => write!(f, "Specify at least {min} items."),
            Self::AtMostItems(max) => write!(f, "Specify at most {max} items."),
            Self::AtLeast(min) => {
                write!(f, "Expecting a value greater than or equal to {min}.")
            }
            Self::AtMost(max) => write!(f, "Expecting a value less than or equal to {max}."),
            Self::LongerThan(min) => write!(f, "Expecting at least {min} characters."),
            Self::ShorterThan(max) => write!(f, "Expecting at most {max} characters."),
            Self::OneOf(texts) => write!(f, "Valid values: {}.", texts.join(", ")),
            Self::Form(sentence) => f.write_str(sentence),
        })
    }

    fn clause(self) -> impl fmt::Display {
        fmt::from_fn(move |f| match self {
            Self::AtLeastItems(min) | Self::LongerThan(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::AtMostItems(max) | Self::ShorterThan(max) => {
                write!(f, "Member must have length less than or equal to {max}")
            }
            Self::AtLeast(min) => {
                write!(f, "Member must have value greater than or equal to {min}")
            }
            Self::AtMost(max) => write!(f, "Member must have value less than or equal to {max}"),
            Self::OneOf(texts) => {
                write!(
                    f,
                    "Member must satisfy enum value set: [{}]",
                    texts.join(", ")
                )
            }
            Self::Form(sentence) => f.write_str(sentence),
        })
    }
}

impl ApiError {
    /// A required parameter is absent or empty.
    pub fn missing_parameter(path: &Path<'_>) -> Self {
        match path.dialect() {
            Dialect::Ec2 => Self::client(
                "MissingParameter",
                format!("The request must contain the parameter {path}"),
            ),
            Dialect::Query => Self::client(
                "ValidationError",
                format!(
                    "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                    path.camel()
                ),
            ),
            Dialect::Sns => Self::client(
                "InvalidParameter",
                format!("Invalid parameter: {path} Reason: no value for required parameter"),
            ),
        }
    }
}
