//! `ListRoleTags`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::RoleName;

use super::listing::list_tags;
use super::view::tag::TagItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the tags of a role.
    pub(super) struct ListRoleTags(Iam, "IAM API reference, ListRoleTags") {
        /// Which role.
        role_name: RoleName = "RoleName",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
}

response! {
    /// A page of tags.
    pub(super) struct Response {
        /// Tags.
        tags: Vec<TagItem> = "Tags",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

impl Permitted for ListRoleTags {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Read for ListRoleTags {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let found = call.role(&self.role_name)?;
        let page = list_tags(call, &found.id.to_string(), &found.tags, &self.page)?;
        Ok(Response {
            tags: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
