//! `ListUserPolicies`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::{PolicyName, UserName};

use super::listing::list;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the inline policies of a user by name.
    pub(super) struct ListUserPolicies(Iam, "IAM API reference, ListUserPolicies") {
        /// Which user.
        user_name: UserName = "UserName",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
}

response! {
    /// A page of names.
    pub(super) struct Response {
        /// Names.
        policy_names: Vec<PolicyName> = "PolicyNames",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

impl Permitted for ListUserPolicies {
    const PERMISSION: Permission = Permission::on(&["UserName"]);
}

impl Read for ListUserPolicies {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let user = call.user(&self.user_name)?;
        let names = user.policies.inline.keys();
        let names: Vec<_> = names.map(|name| (name.to_string(), name.clone())).collect();
        let page = list(call, &[user.name.as_str()], &self.page, names)?;
        Ok(Response {
            policy_names: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
