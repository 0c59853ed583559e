//! Tags in requests: EC2's `TagSpecification.N` and the plain lists of ELBv2.
//!
//! The limits on tags are the model's. Source: EC2 API reference, TagSpecification; ELBv2 API reference, Tag, 2026.

use model::Tags;

use super::form::Params;
use super::mention::Mentions;
use super::path::Path;
use super::reader::{Members, OrEmpty, Reader, Value};
use super::spec::{Bounds, Kind, MembersSpec};
use crate::error::{ApiError, echo, tag_error};
use crate::service::Dialect;

crate::structure! {
    /// A tag as it arrives.
    struct TagParam("EC2 API reference, Tag; ELBv2 API reference, Tag; IAM API reference, Tag") {
        /// The key.
        key: String = "Key",
        /// The value; empty when left out.
        value: Option<String> = "Value",
    }
}

/// A tag that a request sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value; empty when left out.
    pub value: Option<String>,
}

impl Value for Tag {
    const KIND: Kind = <TagParam as Value>::KIND;

    fn decode(params: Params, path: &Path<'_>, bounds: &Bounds) -> Result<Option<Self>, ApiError> {
        let param = <TagParam as Value>::decode(params, path, bounds)?;
        Ok(param.map(|TagParam { key, value }| Self { key, value }))
    }

    fn mention(&self, found: &mut Mentions) {
        found.tag(None, &self.key, self.value.as_deref());
    }
}

crate::structure! {
    /// A tag with its value as it arrives.
    struct FullTagParam("IAM API reference, Tag; STS API reference, Tag") {
        /// The key.
        key: String = "Key",
        /// The value, which may be empty.
        value: OrEmpty<String> = "Value",
    }
}

/// A tag of a service that does not let its value be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullTag(pub Tag);

impl Value for FullTag {
    const KIND: Kind = <FullTagParam as Value>::KIND;

    fn decode(params: Params, path: &Path<'_>, bounds: &Bounds) -> Result<Option<Self>, ApiError> {
        let param = <FullTagParam as Value>::decode(params, path, bounds)?;
        Ok(param.map(|FullTagParam { key, value }| {
            let value = match value {
                OrEmpty::Empty => None,
                OrEmpty::Value(text) => Some(text),
            };
            Self(Tag { key, value })
        }))
    }

    fn mention(&self, found: &mut Mentions) {
        Value::mention(&self.0, found);
    }
}

impl FullTag {
    /// A list of tags, checked.
    ///
    /// # Errors
    /// As [`Tag::collect`].
    pub fn collect(dialect: Dialect, tags: &[Self]) -> Result<Tags, ApiError> {
        let tags: Vec<Tag> = tags.iter().map(|tag| tag.0.clone()).collect();
        Tag::collect(dialect, &tags)
    }
}

impl Tag {
    /// A list of tags, checked.
    ///
    /// # Errors
    /// When one is not allowed, a key occurs twice, or there are too many.
    pub fn collect(dialect: Dialect, tags: &[Self]) -> Result<Tags, ApiError> {
        let pairs = tags
            .iter()
            .map(|tag| (tag.key.clone(), tag.value.clone().unwrap_or_default()));
        Tags::from_pairs(pairs).map_err(|error| tag_error(dialect, &error))
    }
}

crate::structure! {
    /// Tags for the resources of one type that a request creates.
    pub struct TagSpecification("EC2 API reference, TagSpecification") {
        /// For example `vpc-endpoint`.
        resource_type: String = "ResourceType",
        /// The tags.
        tags: Vec<Tag> = "Tag",
    }
}

crate::structure! {
    /// The member that holds them.
    struct TagSpecificationParams("EC2 API reference, TagSpecification") {
        /// Tags for what the request creates.
        specifications: Vec<TagSpecification> = "TagSpecification",
    }
}

/// EC2's `TagSpecification.N`: tags for what the request creates, by resource type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagSpecifications(pub Vec<TagSpecification>);

impl TagSpecifications {
    /// The tags for each of the resource types that the action creates, in the order of `resource_types`.
    ///
    /// # Errors
    /// When another type is named, or the tags of a type are not allowed.
    pub fn tags_for<const N: usize>(
        &self,
        resource_types: [&str; N],
    ) -> Result<[Tags; N], ApiError> {
        let foreign =
            |spec: &&TagSpecification| !resource_types.contains(&spec.resource_type.as_str());
        if let Some(spec) = self.0.iter().find(foreign) {
            return Err(ApiError::client(
                "InvalidParameterValue",
                format!(
                    "'{}' is not a valid taggable resource type for this operation.",
                    echo(&spec.resource_type)
                ),
            ));
        }
        let mut all = [const { Tags::new() }; N];
        for (slot, resource_type) in all.iter_mut().zip(resource_types) {
            let of_type = self
                .0
                .iter()
                .filter(|spec| spec.resource_type == resource_type);
            let tags: Vec<Tag> = of_type.flat_map(|spec| spec.tags.iter().cloned()).collect();
            *slot = Tag::collect(Dialect::Ec2, &tags)?;
        }
        Ok(all)
    }
}

impl Members for TagSpecifications {
    const SPEC: MembersSpec = <TagSpecificationParams as Members>::SPEC;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ApiError> {
        let params = <TagSpecificationParams as Members>::read(reader)?;
        Ok(Self(params.specifications))
    }

    fn mention(&self, found: &mut Mentions) {
        for specification in &self.0 {
            for Tag { key, value } in &specification.tags {
                found.tag(Some(&specification.resource_type), key, value.as_deref());
            }
        }
    }
}
