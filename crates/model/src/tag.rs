//! Tags: the key and value pairs that users put on resources.
//!
//! Source: EC2 user guide, "Tag restrictions", 2026.

use std::collections::BTreeMap;

use crate::limits::{TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX, TAGS_MAX};

/// The tags of one resource. Invariant: within the limits, no key starts with `aws:`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tags(BTreeMap<String, String>);

/// Why a tag is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TagError {
    /// The key is empty, too long or reserved.
    #[error("Tag key '{0}' is not valid: 1 to 128 characters that do not start with aws:")]
    Key(String),
    /// The value is too long.
    #[error("Tag value of '{0}' exceeds the maximum length of 256 characters")]
    Value(String),
    /// More than 50 tags.
    #[error("The maximum number of Tags has been reached")]
    TooMany,
    /// One request names a key twice.
    #[error("Duplicate tag key '{0}' specified.")]
    Duplicate(String),
}

impl Tags {
    /// No tags.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The tags of one request.
    ///
    /// # Errors
    /// When one breaks the limits or a key occurs twice.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, TagError> {
        let mut tags = Self::new();
        for (key, value) in pairs {
            if tags.0.contains_key(&key) {
                return Err(TagError::Duplicate(key));
            }
            tags.set(key, value)?;
        }
        Ok(tags)
    }

    /// Adds or replaces one tag.
    ///
    /// # Errors
    /// When it breaks a limit; the tags are then as before.
    pub fn set(&mut self, key: String, value: String) -> Result<(), TagError> {
        let reserved = key
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        if reserved || !(1..=TAG_KEY_CHARS_MAX).contains(&key.chars().count()) {
            return Err(TagError::Key(key));
        }
        if value.chars().count() > TAG_VALUE_CHARS_MAX {
            return Err(TagError::Value(key));
        }
        if self.0.len() >= TAGS_MAX && !self.0.contains_key(&key) {
            return Err(TagError::TooMany);
        }
        self.0.insert(key, value);
        Ok(())
    }

    /// Adds or replaces all of `other`.
    ///
    /// # Errors
    /// When there would be too many.
    pub fn extend(&mut self, other: &Self) -> Result<(), TagError> {
        other
            .iter()
            .try_for_each(|(key, value)| self.set(key.to_owned(), value.to_owned()))
    }

    /// Adds or replaces all of `other`, whose keys also replace those that differ from them in case alone.
    ///
    /// # Errors
    /// When there would be too many.
    pub fn extend_in_any_case(&mut self, other: &Self) -> Result<(), TagError> {
        for key in other.0.keys() {
            self.remove_in_any_case(key);
        }
        self.extend(other)
    }

    /// Removes the tags of a key in any case.
    pub fn remove_in_any_case(&mut self, key: &str) {
        let folded = key.to_lowercase();
        self.0.retain(|own, _| own.to_lowercase() != folded);
    }

    /// Removes a tag; with a value, only if it has that value.
    pub fn remove(&mut self, key: &str, value: Option<&str>) {
        if value.is_none() || value == self.get(key) {
            self.0.remove(key);
        }
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All pairs, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
