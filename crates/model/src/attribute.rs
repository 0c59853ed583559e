//! Attributes of ELBv2 resources: named texts with defaults and bounds, as `Modify...Attributes` sets them.
//!
//! Only values that have their effect are accepted; what is not provided can only be switched off.
//! Source: ELBv2 API reference, `LoadBalancerAttribute`, `TargetGroupAttribute`, `ListenerAttribute`, 2026.

use std::collections::BTreeMap;

/// Every attribute of one resource with its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes(BTreeMap<String, String>);

/// One attribute that a kind of resource has.
#[derive(Clone, Copy, Debug)]
pub struct AttributeSpec {
    /// Its key.
    pub key: &'static str,
    /// Its value on a new resource.
    pub default: &'static str,
    /// Which values it takes.
    pub accepts: Accepts,
}

/// Which values an attribute takes.
#[derive(Clone, Copy, Debug)]
pub enum Accepts {
    /// `true` or `false`.
    Bool,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number, both bounds included.
    Integer(u32, u32),
    /// Its default alone: what it would switch on is not provided.
    DefaultOnly,
    /// Any text; it has no effect by itself.
    AnyText,
}

/// Why an attribute is refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AttributeError {
    /// There is none of that name.
    #[error("Attribute key '{0}' is not recognized")]
    UnknownKey(String),
    /// The value is out of bounds.
    #[error("Attribute value '{value}' is not valid for '{key}'")]
    InvalidValue {
        /// The attribute.
        key: String,
        /// The value that was refused.
        value: String,
    },
    /// The value would switch on what is not provided.
    #[error("The value '{value}' of attribute '{key}' is not supported")]
    Unsupported {
        /// The attribute.
        key: String,
        /// The value that was refused.
        value: String,
    },
}

impl Attributes {
    /// The defaults of a kind of resource.
    pub fn defaults(specs: &[AttributeSpec]) -> Self {
        Self(
            specs
                .iter()
                .map(|spec| (spec.key.to_owned(), spec.default.to_owned()))
                .collect(),
        )
    }

    /// Exactly these values, from where they were stored.
    pub fn from_stored(values: BTreeMap<String, String>) -> Self {
        Self(values)
    }

    /// Sets one attribute.
    ///
    /// # Errors
    /// When there is no such attribute or it does not take the value.
    pub fn set(
        &mut self,
        specs: &[AttributeSpec],
        key: &str,
        value: &str,
    ) -> Result<(), AttributeError> {
        let Some(spec) = specs.iter().find(|spec| spec.key == key) else {
            return Err(AttributeError::UnknownKey(key.to_owned()));
        };
        let refused = || (key.to_owned(), value.to_owned());
        let valid = match spec.accepts {
            Accepts::Bool => matches!(value, "true" | "false"),
            Accepts::OneOf(values) => values.contains(&value),
            Accepts::Integer(min, max) => value
                .parse()
                .is_ok_and(|number| (min..=max).contains(&number)),
            Accepts::AnyText => true,
            Accepts::DefaultOnly => {
                if value != spec.default {
                    let (key, value) = refused();
                    return Err(AttributeError::Unsupported { key, value });
                }
                true
            }
        };
        if !valid {
            let (key, value) = refused();
            return Err(AttributeError::InvalidValue { key, value });
        }
        self.0.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// Sets an attribute to a default that depends on the resource.
    pub(crate) fn preset(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.to_owned());
    }

    /// The value of an attribute.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Whether an attribute is `true`.
    pub fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some("true")
    }

    /// The number an attribute holds.
    pub fn integer(&self, key: &str) -> Option<u32> {
        self.get(key).and_then(|value| value.parse().ok())
    }

    /// All of them, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}
