//! Tags on a resource.

use aws_wire::response;
use aws_wire::xml::{Content, ToXml};
use model::Tags;

/// `<tagSet>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::api::ec2) struct TagSet(Tags);

impl From<&Tags> for TagSet {
    fn from(tags: &Tags) -> Self {
        Self(tags.clone())
    }
}

response! {
    /// One tag.
    struct TagItem<'a> {
        /// Key.
        key: &'a str = "key",
        /// Value.
        value: &'a str = "value",
    }
}

impl ToXml for TagSet {
    fn to_xml(&self, content: &mut Content<'_>) {
        for (key, value) in self.0.iter() {
            content.member("item", &TagItem { key, value });
        }
    }
}
