//! Attributes of load balancers, target groups and listeners.

use aws_wire::query::OrEmpty;
use aws_wire::{response, structure};
use model::attribute::Attributes;

structure! {
    /// An attribute to set.
    pub(super) struct AttributeParam("ELBv2 API reference, LoadBalancerAttribute") {
        /// Its key.
        key: String = "Key",
        /// Its value; an empty one is a value.
        value: Option<OrEmpty<String>> = "Value",
    }
}

/// Attributes as keys and values.
pub(super) fn pairs(params: &[AttributeParam]) -> Vec<(String, String)> {
    let pair = |param: &AttributeParam| {
        let value = match &param.value {
            Some(OrEmpty::Value(text)) => text.clone(),
            Some(OrEmpty::Empty) | None => String::new(),
        };
        (param.key.clone(), value)
    };
    params.iter().map(pair).collect()
}

response! {
    /// Every attribute of a resource.
    pub(super) struct Response {
        /// The attributes.
        attributes: Vec<AttributeItem> = "Attributes",
    }
}

response! {
    /// An attribute.
    pub(super) struct AttributeItem {
        /// Its key.
        key: String = "Key",
        /// Its value.
        value: String = "Value",
    }
}

impl From<&Attributes> for Response {
    fn from(attributes: &Attributes) -> Self {
        let item = |(key, value): (&str, &str)| AttributeItem {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        Self {
            attributes: attributes.iter().map(item).collect(),
        }
    }
}
