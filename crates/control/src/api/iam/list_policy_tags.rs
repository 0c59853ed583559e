//! `ListPolicyTags`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::PolicyArn;

use super::listing::list_tags;
use super::view::tag::TagItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the tags of a policy.
    pub(super) struct ListPolicyTags(Iam, "IAM API reference, ListPolicyTags") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
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

impl Permitted for ListPolicyTags {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Read for ListPolicyTags {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let found = call.managed_policy(&self.policy_arn)?;
        let page = list_tags(call, &found.id.to_string(), &found.tags, &self.page)?;
        Ok(Response {
            tags: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
