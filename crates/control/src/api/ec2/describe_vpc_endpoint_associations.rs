//! `DescribeVpcEndpointAssociations`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{VpcEndpoint, VpcEndpointId};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists endpoints' associations with resources of VPC Lattice, of which there are none.
    pub(super) struct DescribeVpcEndpointAssociations(
        Ec2,
        "EC2 API reference, DescribeVpcEndpointAssociations"
    ) {
        /// Of which endpoints, which must exist; of all if none is given.
        vpc_endpoint_ids: Vec<VpcEndpointId> = "VpcEndpointId",
    }
    groups {
        /// What they must match; their names are not checked.
        filters: Filters,
        /// How many, and from where on.
        page: Page,
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

response! {
    /// Nothing.
    pub(super) struct Response {
        /// Nothing.
        none: Vec<String> = "vpcEndpointAssociationSet",
    }
}

impl Permitted for DescribeVpcEndpointAssociations {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeVpcEndpointAssociations {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        for id in &self.vpc_endpoint_ids {
            call.own::<VpcEndpoint>(*id)?;
        }
        Ok(Response { none: Vec::new() })
    }
}
