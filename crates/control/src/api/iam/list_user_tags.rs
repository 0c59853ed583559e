//! `ListUserTags`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::UserName;

use super::listing::list_tags;
use super::view::tag::TagItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the tags of a user.
    pub(super) struct ListUserTags(Iam, "IAM API reference, ListUserTags") {
        /// Which user.
        user_name: UserName = "UserName",
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

impl Permitted for ListUserTags {
    const PERMISSION: Permission = Permission::on(&["UserName"]);
}

impl Read for ListUserTags {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let found = call.user(&self.user_name)?;
        let page = list_tags(call, &found.id.to_string(), &found.tags, &self.page)?;
        Ok(Response {
            tags: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
