//! `ListAttachedRolePolicies`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::{PathPrefix, RoleName};

use super::listing::list;
use super::view::policy::{AttachedPolicyItem, attached};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the managed policies that are attached to a role.
    pub(super) struct ListAttachedRolePolicies(Iam, "IAM API reference, ListAttachedRolePolicies") {
        /// Which role.
        role_name: RoleName = "RoleName",
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

impl Permitted for ListAttachedRolePolicies {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Read for ListAttachedRolePolicies {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let role = call.role(&self.role_name)?;
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let attached = attached(call.state, &role.policies, &prefix);
        let page = list(call, &[role.name.as_str(), prefix.as_str()], &self.page, attached)?;
        Ok(Response {
            policies: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
