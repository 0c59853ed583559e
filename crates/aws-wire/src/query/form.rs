//! Forms: percent-decoding, and names with dots as a tree.
//!
//! Knows no action and no dialect. Invariant: a tree holds at most [`PARAMETERS_MAX`] values, is at most
//! [`NESTING_MAX`] deep, and all its text is UTF-8 without control characters. Source: WHATWG URL,
//! "application/x-www-form-urlencoded parsing", which this follows but for being strict about errors.

use std::collections::BTreeMap;

/// Longest form, in bytes. AWS's own largest requests carry 16 KiB of user data or a thousand targets.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Most parameters of one request: a thousand list items of eight members.
pub const PARAMETERS_MAX: usize = 8192;
/// Longest parameter name, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// Most dot-separated parts of a parameter name; AWS's deepest has seven.
pub const NESTING_MAX: usize = 12;

/// A form that is not well-formed, or too large.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Longer than [`BODY_BYTES_MAX`].
    #[error("The request is longer than {BODY_BYTES_MAX} bytes.")]
    TooLong,
    /// More than [`PARAMETERS_MAX`] parameters.
    #[error("The request has more than {PARAMETERS_MAX} parameters.")]
    TooMany,
    /// A name longer than [`NAME_BYTES_MAX`], deeper than [`NESTING_MAX`], or with an empty part.
    #[error("The request has a malformed parameter name.")]
    Name,
    /// A `%` without two hexadecimal digits after it.
    #[error("The request has a malformed percent-encoding.")]
    Percent,
    /// Bytes that are not UTF-8, or a character that XML 1.0 and people cannot show.
    #[error("The request has an invalid character.")]
    Character,
    /// One name twice.
    #[error("The parameter {0} occurs twice.")]
    Duplicate(String),
}

/// The parameters of a request as a tree: the parts of a name lead from node to node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    pub(super) value: Option<String>,
    pub(super) members: BTreeMap<String, Self>,
}

impl Params {
    /// Reads the parameters of a query string and a body; either may be empty.
    ///
    /// # Errors
    /// See [`FormError`].
    pub fn parse(query: &[u8], body: &[u8]) -> Result<Self, FormError> {
        if query.len().saturating_add(body.len()) > BODY_BYTES_MAX {
            return Err(FormError::TooLong);
        }
        let mut root = Self::default();
        for (count, (name, value)) in raw_pairs(query).chain(raw_pairs(body)).enumerate() {
            if count >= PARAMETERS_MAX {
                return Err(FormError::TooMany);
            }
            root.insert(text(name)?, text(value)?)?;
        }
        Ok(root)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.value.is_none() && self.members.is_empty()
    }

    /// The first name in it, without the parts that led here; for errors.
    pub(super) fn first_name(&self) -> String {
        let mut name = String::new();
        let mut node = self;
        while node.value.is_none() {
            let Some((part, next)) = node.members.first_key_value() else {
                break;
            };
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(part);
            node = next;
        }
        name
    }

    /// Whether every value in it satisfies `test`.
    pub(super) fn all_values(&self, test: &dyn Fn(&str) -> bool) -> bool {
        self.value.as_deref().is_none_or(test)
            && self.members.values().all(|member| member.all_values(test))
    }

    fn insert(&mut self, name: String, value: String) -> Result<(), FormError> {
        if name.len() > NAME_BYTES_MAX || name.split('.').count() > NESTING_MAX {
            return Err(FormError::Name);
        }
        let mut node = self;
        for part in name.split('.') {
            if part.is_empty() {
                return Err(FormError::Name);
            }
            node = node.members.entry(part.to_owned()).or_default();
        }
        match node.value.replace(value) {
            None => Ok(()),
            Some(_) => Err(FormError::Duplicate(name)),
        }
    }
}

/// The pairs of a form, still encoded. A part without `=` is a name with an empty value; empty parts are skipped.
pub(crate) fn raw_pairs(form: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    form.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            (
                halves.next().unwrap_or_default(),
                halves.next().unwrap_or_default(),
            )
        })
}

/// One name or value, decoded; `None` for a `%` without two hexadecimal digits after it.
pub(crate) fn decode(raw: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            other => other,
        });
    }
    Some(decoded)
}

fn text(raw: &[u8]) -> Result<String, FormError> {
    let decoded = decode(raw).ok_or(FormError::Percent)?;
    let text = String::from_utf8(decoded).map_err(|_| FormError::Character)?;
    if text.chars().all(is_text) {
        Ok(text)
    } else {
        Err(FormError::Character)
    }
}

/// Whether a character may stand in a name, a description or a document: tabs and line ends may.
fn is_text(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        other => !other.is_control(),
    }
}
