//! Tags.

use aws_wire::response;
use model::Tags;

response! {
    /// A tag.
    pub(in crate::api::iam) struct TagItem {
        /// Key.
        key: String = "Key",
        /// Value.
        value: String = "Value",
    }
}

impl TagItem {
    /// All tags, by key.
    pub(in crate::api::iam) fn all(tags: &Tags) -> Vec<Self> {
        let item = |(key, value): (&str, &str)| Self {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        tags.iter().map(item).collect()
    }
}
