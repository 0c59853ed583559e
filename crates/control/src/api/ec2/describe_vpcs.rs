//! `DescribeVpcs`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{Vpc, VpcId};

use super::view::vpc::VpcItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists VPCs.
    pub(super) struct DescribeVpcs(Ec2, "EC2 API reference, DescribeVpcs") {
        /// Which; all if none is given.
        vpc_ids: Vec<VpcId> = "VpcId",
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
    /// VPCs.
    pub(super) struct Response {
        /// VPCs.
        vpcs: Vec<VpcItem> = "vpcSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeVpcs {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeVpcs {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, Vpc>>(call, &self.vpc_ids, &self.filters.0, cut)?;
        Ok(Response { vpcs: found.into_iter().map(Into::into).collect(), next_token })
    }
}
