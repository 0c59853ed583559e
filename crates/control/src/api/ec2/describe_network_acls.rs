//! `DescribeNetworkAcls`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{NetworkAcl, NetworkAclId};

use super::view::network_acl::NetworkAclItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists network ACLs.
    pub(super) struct DescribeNetworkAcls(Ec2, "EC2 API reference, DescribeNetworkAcls") {
        /// Which; all if none is given.
        network_acl_ids: Vec<NetworkAclId> = "NetworkAclId",
    }
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
    /// Network ACLs.
    pub(super) struct Response {
        /// Network ACLs.
        network_acls: Vec<NetworkAclItem> = "networkAclSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeNetworkAcls {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeNetworkAcls {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, NetworkAcl>>(call, &self.network_acl_ids, &self.filters.0, cut)?;
        Ok(Response { network_acls: found.into_iter().map(Into::into).collect(), next_token })
    }
}
