//! What can be wrong with stored bytes. Each error names the key, and the field where there is one.

use std::fmt::Display;
use std::str::FromStr;

/// Why stored bytes are no resource.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The key is not one of this version.
    #[error("malformed key \"{key}\"")]
    Key {
        /// The key; bytes that are no text are replaced.
        key: String,
    },
    /// The value is not the JSON object of its kind: the source names the field that is missing or unknown.
    #[error("malformed value of \"{key}\"")]
    Value {
        /// The key.
        key: String,
        /// What is wrong where.
        #[source]
        source: serde_json::Error,
    },
    /// A field's content is not what the field stands for.
    #[error("malformed value of \"{key}\": field {field}: {reason}")]
    Field {
        /// The key.
        key: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The value is of another resource than the key.
    #[error("the value of \"{key}\" is another resource's")]
    Misplaced {
        /// The key.
        key: String,
    },
}

/// An error in a value, before it is known under which key.
pub(crate) enum ValueError {
    Json(serde_json::Error),
    Field(FieldError),
}

impl ValueError {
    pub(crate) fn at(self, key: String) -> DecodeError {
        match self {
            Self::Json(source) => DecodeError::Value { key, source },
            Self::Field(FieldError { field, reason }) => DecodeError::Field { key, field, reason },
        }
    }
}

/// A field whose content is wrong.
#[derive(Debug)]
pub(crate) struct FieldError {
    field: &'static str,
    reason: String,
}

impl FieldError {
    pub(crate) fn new(field: &'static str, reason: &impl Display) -> Self {
        Self {
            field,
            reason: reason.to_string(),
        }
    }
}

/// Reads a field's text.
pub(crate) fn parse<T>(field: &'static str, text: &str) -> Result<T, FieldError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse()
        .map_err(|error: T::Err| FieldError::new(field, &error))
}

/// Takes a field's value, which is none when it makes no sense.
pub(crate) fn valid<T>(field: &'static str, value: Option<T>) -> Result<T, FieldError> {
    value.ok_or_else(|| FieldError::new(field, &"invalid value"))
}

/// Reads a field that holds many texts.
pub(crate) fn parse_all<T, C>(field: &'static str, texts: &[String]) -> Result<C, FieldError>
where
    T: FromStr,
    T::Err: Display,
    C: FromIterator<T>,
{
    texts.iter().map(|text| parse(field, text)).collect()
}

/// Writes a field that holds many texts.
pub(crate) fn texts<T: Display>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}
