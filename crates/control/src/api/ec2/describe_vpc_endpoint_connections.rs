//! `DescribeVpcEndpointConnections`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};

use super::view::vpc_endpoint_connection::{ConnectionItem, ConnectionView};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lists the endpoints that are connected, or wish to be, to the caller's endpoint services.
    pub(super) struct DescribeVpcEndpointConnections(
        Ec2,
        "EC2 API reference, DescribeVpcEndpointConnections"
    ) {}
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
    /// Connections.
    pub(super) struct Response {
        /// The connections.
        connections: Vec<ConnectionItem> = "vpcEndpointConnectionSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeVpcEndpointConnections {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeVpcEndpointConnections {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) = list::<ConnectionView<'_>>(call, &[], &self.filters.0, cut)?;
        Ok(Response { connections: found.into_iter().map(Into::into).collect(), next_token })
    }
}
