//! `DescribeVpcEndpoints`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{VpcEndpoint, VpcEndpointId};

use super::view::vpc_endpoint::VpcEndpointItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists endpoints.
    pub(super) struct DescribeVpcEndpoints(Ec2, "EC2 API reference, DescribeVpcEndpoints") {
        /// Which; all if none is given.
        vpc_endpoint_ids: Vec<VpcEndpointId> = "VpcEndpointId",
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
    /// Endpoints.
    pub(super) struct Response {
        /// Endpoints.
        vpc_endpoints: Vec<VpcEndpointItem> = "vpcEndpointSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeVpcEndpoints {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeVpcEndpoints {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, VpcEndpoint>>(call, &self.vpc_endpoint_ids, &self.filters.0, cut)?;
        Ok(Response { vpc_endpoints: found.into_iter().map(Into::into).collect(), next_token })
    }
}
