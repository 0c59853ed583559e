//! The condition keys of a request and their values.
//!
//! Invariant: key names differ in more than case; they are kept in lower case.
//! Source: IAM User Guide, `reference_policies_variables` ("Key names are case-insensitive"),
//! `reference_policies_condition-single-vs-multi-valued-context-keys`.

use std::collections::BTreeMap;

use crate::work::Work;

/// The value of a condition key: as text, in the form that AWS gives it (`true`, `2026-11-20T00:00:00Z`, an ARN).
/// Binary values are in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A single-valued key, such as `aws:SourceIp`.
    One(String),
    /// A multivalued key, such as `aws:TagKeys`. It is not usable as a policy variable.
    Many(Vec<String>),
}

impl Value {
    /// All values.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }

    /// Whether this is a multivalued key that says nothing: without values, or with empty ones alone.
    pub(crate) fn is_null(&self) -> bool {
        match self {
            Self::One(_) => false,
            Self::Many(values) => values.iter().all(String::is_empty),
        }
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::One(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::One(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::One(value.to_string())
    }
}

impl From<Vec<String>> for Value {
    fn from(values: Vec<String>) -> Self {
        Self::Many(values)
    }
}

/// Condition keys and their values. Key names are found in any case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<String, Value>,
}

impl Context {
    /// Without keys.
    pub const fn new() -> Self {
        Self {
            keys: BTreeMap::new(),
        }
    }

    /// Sets the value of `key`, and returns what it was before.
    pub fn insert(&mut self, key: &str, value: impl Into<Value>) -> Option<Value> {
        self.keys.insert(key.to_lowercase(), value.into())
    }

    /// The names of all keys, in lower case.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// The value of `key`, if it is present.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.keys.get(&key.to_lowercase())
    }
}

impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut context = Self::new();
        context.extend(pairs);
        context
    }
}

impl<K: AsRef<str>, V: Into<Value>> Extend<(K, V)> for Context {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key.as_ref(), value);
        }
    }
}

/// The keys that hold for one resource of a request, and the work that may be spent on them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// From the nearest to the widest: the first that has a key counts.
    pub(crate) contexts: [Option<&'a Context>; 3],
    pub(crate) work: &'a Work,
}

impl<'a> Scope<'a> {
    /// Of a whole request.
    pub(crate) const fn of(request: &'a Context, work: &'a Work) -> Self {
        Self {
            contexts: [None, None, Some(request)],
            work,
        }
    }

    /// The value of a key, whose name must be in lower case.
    pub(crate) fn get(self, lower: &str) -> Option<&'a Value> {
        let mut present = self.contexts.into_iter().flatten();
        present.find_map(|context| context.keys.get(lower))
    }

    /// The value of a single-valued key, whose name must be in lower case.
    pub(crate) fn single(self, lower: &str) -> Option<&'a str> {
        match self.get(lower)? {
            Value::One(value) => Some(value),
            Value::Many(_) => None,
        }
    }
}
