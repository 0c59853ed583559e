//! `ListPolicyVersions`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::PolicyArn;

use super::listing::list;
use super::view::policy::PolicyVersionItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the versions of a managed policy.
    pub(super) struct ListPolicyVersions(Iam, "IAM API reference, ListPolicyVersions") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
}

response! {
    /// A page of versions.
    pub(super) struct Response {
        /// Versions, without their documents.
        versions: Vec<PolicyVersionItem> = "Versions",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

impl Permitted for ListPolicyVersions {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Read for ListPolicyVersions {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let policy = call.managed_policy(&self.policy_arn)?;
        let versions = policy.versions.iter().rev();
        let versions = versions.map(|(id, version)| {
            // The newest first; as text numbers would not come in their order.
            let place = format!("{:010}", u32::MAX - id.0);
            (place, PolicyVersionItem::listed(policy, *id, version))
        });
        let of = policy.id.to_string();
        let page = list(call, &[of.as_str()], &self.page, versions.collect::<Vec<_>>())?;
        Ok(Response {
            versions: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
