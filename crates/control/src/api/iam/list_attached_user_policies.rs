//! `ListAttachedUserPolicies`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::{PathPrefix, UserName};

use super::listing::list;
use super::view::policy::{AttachedPolicyItem, attached};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the managed policies that are attached to a user.
    pub(super) struct ListAttachedUserPolicies(Iam, "IAM API reference, ListAttachedUserPolicies") {
        /// Which user.
        user_name: UserName = "UserName",
        /// Only those whose path begins so.
        path_prefix: Option<PathPrefix> = "PathPrefix",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
}

response! {
    /// A page of policies.
    pub(super) struct Response {
        /// Policies.
        policies: Vec<AttachedPolicyItem> = "AttachedPolicies",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

impl Permitted for ListAttachedUserPolicies {
    const PERMISSION: Permission = Permission::on(&["UserName"]);
}

impl Read for ListAttachedUserPolicies {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let user = call.user(&self.user_name)?;
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let attached = attached(call.state, &user.policies, &prefix);
        let page = list(call, &[user.name.as_str(), prefix.as_str()], &self.page, attached)?;
        Ok(Response {
            policies: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
