//! The answer to a question for one attribute of a resource: an element of the attribute's name, and no others.

use aws_wire::query::Blob;
use aws_wire::xml::{Content, ToXml};

use super::view::network_interface::AttachmentItem;
use super::view::security_group::GroupIdentifier;

/// What an attribute is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AttributeValue {
    /// Nothing, as of what a resource has none of: an empty element.
    None,
    /// A flag.
    Flag(bool),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Blob),
    /// Security groups.
    Groups(Vec<GroupIdentifier>),
    /// What an interface is attached to, which needs no element around its value.
    Attachment(Option<AttachmentItem>),
}

impl ToXml for AttributeValue {
    fn to_xml(&self, content: &mut Content<'_>) {
        match self {
            Self::None => {}
            Self::Flag(value) => content.member("value", value),
            Self::Text(value) => content.member("value", value),
            Self::Bytes(value) => content.member("value", value),
            Self::Groups(groups) => groups.to_xml(content),
            Self::Attachment(attachment) => attachment.to_xml(content),
        }
    }

    fn is_absent(&self) -> bool {
        matches!(self, Self::Attachment(None))
    }
}

/// One attribute of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AttributeOf {
    /// The element that holds the resource's id.
    pub(super) id_name: &'static str,
    /// The id.
    pub(super) id: String,
    /// The attribute's name.
    pub(super) name: &'static str,
    /// The attribute.
    pub(super) value: AttributeValue,
}

impl ToXml for AttributeOf {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.member(self.id_name, &self.id);
        content.member(self.name, &self.value);
    }
}
