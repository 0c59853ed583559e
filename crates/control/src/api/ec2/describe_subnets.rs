//! `DescribeSubnets`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{Subnet, SubnetId};

use super::view::subnet::SubnetItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists subnets.
    pub(super) struct DescribeSubnets(Ec2, "EC2 API reference, DescribeSubnets") {
        /// Which; all if none is given.
        subnet_ids: Vec<SubnetId> = "SubnetId",
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
    /// Subnets.
    pub(super) struct Response {
        /// Subnets.
        subnets: Vec<SubnetItem> = "subnetSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeSubnets {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeSubnets {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, Subnet>>(call, &self.subnet_ids, &self.filters.0, cut)?;
        Ok(Response { subnets: found.into_iter().map(Into::into).collect(), next_token })
    }
}
