//! Tags on a topic, in answers.

use aws_wire::response;
use model::Tags;

response! {
    /// One tag.
    pub(in crate::api::sns) struct TagItem {
        /// Key.
        key: String = "Key",
        /// Value.
        value: String = "Value",
    }
}

impl TagItem {
    /// Every tag of a resource.
    pub(in crate::api::sns) fn all(tags: &Tags) -> Vec<Self> {
        let item = |(key, value): (&str, &str)| Self {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        tags.iter().map(item).collect()
    }
}
