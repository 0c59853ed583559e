//! `DescribeTags`.

use std::fmt;
use std::str::FromStr;

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{ResourceId, Tags};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::{Ids, Item, Listed, Wanted, list};
use crate::api::permission::{Permission, Permitted};
use crate::api::tagged::{all_of_ec2, tags_of};

request! {
    /// Lists tags.
    pub(super) struct DescribeTags(Ec2, "EC2 API reference, DescribeTags") {}
    groups {
        /// What they must match.
        filters: Filters,
        /// How many, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

response! {
    /// Tags.
    pub(super) struct Response {
        /// The tags.
        tags: Vec<TagItem> = "tagSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

response! {
    /// A tag of a resource.
    pub(super) struct TagItem {
        /// Key.
        key: String = "key",
        /// The resource.
        resource_id: String = "resourceId",
        /// Its type.
        resource_type: &'static str = "resourceType",
        /// Value.
        value: String = "value",
    }
}

/// What names a tag: its resource and its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TagName {
    resource: ResourceId,
    key: String,
}

impl fmt::Display for TagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.resource, self.key)
    }
}

impl FromStr for TagName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (resource, key) = text.split_once(' ').ok_or(())?;
        let resource = resource.parse().map_err(|_| ())?;
        Ok(Self { resource, key: key.to_owned() })
    }
}

/// A tag of a resource.
struct TagView {
    name: TagName,
    value: String,
    /// The same as a set of one.
    tags: Tags,
}

impl TagView {
    fn new(resource: ResourceId, key: &str, value: &str) -> Option<Self> {
        let tags = Tags::from_pairs([(key.to_owned(), value.to_owned())]).ok()?;
        let name = TagName { resource, key: key.to_owned() };
        Some(Self { name, value: value.to_owned(), tags })
    }

    fn all_of(resource: ResourceId, tags: &Tags) -> impl Iterator<Item = Self> {
        tags.iter().filter_map(move |(key, value)| Self::new(resource, key, value))
    }
}

impl From<TagView> for TagItem {
    fn from(TagView { name, value, .. }: TagView) -> Self {
        Self {
            resource_id: name.resource.to_string(),
            resource_type: name.resource.resource_type(),
            key: name.key,
            value,
        }
    }
}

impl Filterable for TagView {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("key", |tag, values| values.text(&tag.name.key)),
            FilterSpec::exact("resource-id", |tag, values| values.display(tag.name.resource)),
            FilterSpec::exact("resource-type", |tag, values| {
                values.text(tag.name.resource.resource_type());
            }),
            FilterSpec::exact("value", |tag, values| values.text(&tag.value)),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.tags)
    }
}

impl Item for TagView {
    type Id = TagName;

    fn id(&self) -> TagName {
        self.name.clone()
    }
}

impl<'s> Listed<'s> for TagView {
    fn find(call: &Call<'s>, name: TagName) -> Result<Self, ApiError> {
        let value = tags_of(call, name.resource).and_then(|tags| tags.get(&name.key));
        let found = value.and_then(|value| Self::new(name.resource, &name.key, value));
        found.ok_or_else(|| ApiError::client("InvalidID", format!("There is no tag '{name}'")))
    }

    fn all(call: &Call<'s>, after: Option<TagName>) -> Box<dyn Iterator<Item = Self> + 's> {
        let resources = all_of_ec2(call).into_iter();
        let tags = resources.flat_map(|(resource, tags)| Self::all_of(resource, tags));
        Box::new(tags.filter(move |tag| after.as_ref() < Some(&tag.name)))
    }

    fn narrowed(
        call: &Call<'s>,
        filter: &str,
        wanted: Wanted<'_, TagName>,
    ) -> Option<Ids<'s, TagName>> {
        if filter != "resource-id" {
            return None;
        }
        let resource: Option<ResourceId> = wanted.value.parse().ok();
        let tags = resource.and_then(|id| tags_of(call, id).map(|tags| (id, tags)));
        let tags = tags.into_iter().flat_map(|(id, tags)| Self::all_of(id, tags));
        Some(wanted.sorted(tags.map(|tag| tag.name)))
    }
}

impl Permitted for DescribeTags {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeTags {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) = list::<TagView>(call, &[], &self.filters.0, cut)?;
        Ok(Response { tags: found.into_iter().map(Into::into).collect(), next_token })
    }
}
