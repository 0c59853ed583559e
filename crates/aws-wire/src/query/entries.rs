//! Maps of the query protocol: `Attributes.entry.1.key=A&Attributes.entry.1.value=B`.
//!
//! An entry is a structure with the two members, whatever the action calls them. Source: Smithy `awsQuery` protocol
//! specification, "Map resolution"; Amazon SNS's public API model, 2026.

use super::form::Params;
use super::mention::Mentions;
use super::path::Path;
use super::reader::{Field, OrEmpty, Value, numbered};
use super::spec::{Bounds, Kind, Presence};
use crate::error::ApiError;

/// The entries of a map, in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries<T>(pub Vec<T>);

impl<T: Value> Field for Entries<T> {
    const KIND: Kind = T::KIND;
    const PRESENCE: Presence = Presence::Map;

    fn decode(params: Option<Params>, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        let mut entries = Vec::new();
        for (index, params) in numbered(params, path, Some("entry"))? {
            entries.extend(T::decode(params, &path.entry(index), bounds)?);
        }
        Ok(Self(entries))
    }

    fn mention(&self, found: &mut Mentions) {
        for entry in &self.0 {
            Value::mention(entry, found);
        }
    }
}

crate::structure! {
    /// An attribute with its value.
    pub struct AttributeEntry("Amazon SNS API reference, CreateTopic") {
        /// Its name.
        key: String = "key",
        /// Its value, which may be empty.
        value: OrEmpty<String> = "value",
    }
}
