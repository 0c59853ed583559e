//! The versioned encoding of the model's resources, for the store and for the stream to agents, and of what agents
//! report.
//!
//! A resource is a key, ordered by kind and id, and a value, one JSON object. A report is one JSON object. The model
//! knows nothing of it; a change of format is a change here alone. Not the store's own schema version (the store keeps that) and not the
//! AWS API's formats (`aws-wire`).
//!
//! Rules of version 1. A field's name and meaning never change. A field added later has a default, so that what
//! older releases wrote can be read. A field that is unknown is refused, not ignored: it comes from a newer
//! release, and an older one that read past it would drop it with its next write. The snapshot under `tests/`
//! pins the format.
#![forbid(unsafe_code)]

mod error;
mod key;
mod v1;

use model::{Change, Command, Key, Resource};

pub use crate::error::DecodeError;
pub use crate::key::{PREFIX, decode_key, encode_key};

/// The version of the format, which is also in every key.
pub const VERSION: u32 = 1;

/// The value of a resource.
pub fn encode(resource: &Resource) -> Vec<u8> {
    v1::to_json(resource)
}

/// The resource that a key and its value hold.
///
/// # Errors
/// When either is malformed, or the value belongs under another key.
pub fn decode(key: &[u8], value: &[u8]) -> Result<Resource, DecodeError> {
    let key = decode_key(key)?;
    let name = || key_text(&key);
    let resource = v1::from_json(&key, value).map_err(|error| error.at(name()))?;
    if resource.key() == key {
        Ok(resource)
    } else {
        Err(DecodeError::Misplaced { key: name() })
    }
}

/// A change as a key and its new value, or none for what is deleted.
pub fn encode_change(change: &Change) -> (Vec<u8>, Option<Vec<u8>>) {
    let value = match change {
        Change::Put(resource) => Some(encode(resource)),
        Change::Delete(_) => None,
    };
    (encode_key(&change.key()), value)
}

/// The change that a key and its new value, or none, describe.
///
/// # Errors
/// As [`decode`].
pub fn decode_change(key: &[u8], value: Option<&[u8]>) -> Result<Change, DecodeError> {
    match value {
        Some(value) => decode(key, value).map(Change::Put),
        None => decode_key(key).map(Change::Delete),
    }
}

/// The JSON of an agent's report; none for a command that agents do not give.
pub fn encode_report(command: &Command) -> Option<Vec<u8>> {
    v1::report::to_json(command)
}

/// The command that an agent reports by this JSON.
///
/// # Errors
/// When it is malformed.
pub fn decode_report(value: &[u8]) -> Result<Command, DecodeError> {
    v1::report::from_json(value).map_err(|error| error.at("report".to_owned()))
}

fn key_text(key: &Key) -> String {
    String::from_utf8_lossy(&encode_key(key)).into_owned()
}
