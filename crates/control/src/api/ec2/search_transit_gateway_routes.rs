//! `SearchTransitGatewayRoutes`.

use aws_wire::query::{Bounds, DryRun, Filters, OrEmpty, Page};
use aws_wire::{ApiError, request, response, structure};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

structure! {
    /// What routes must match. Its name is not checked, as there are no routes.
    pub(super) struct RouteFilter("EC2 API reference, Filter") {
        /// What to compare.
        name: String = "Name",
        /// Values of which one must match.
        values: Vec<OrEmpty<String>> = "Value",
    }
}

request! {
    /// Looks for routes in a route table of a transit gateway, of which there are none.
    pub(super) struct SearchTransitGatewayRoutes(
        Ec2,
        "EC2 API reference, SearchTransitGatewayRoutes"
    ) {
        /// In which table, which cannot exist.
        route_table_id: String = "TransitGatewayRouteTableId" [Bounds::length(1, 255)],
        /// What the routes must match, which has to be said.
        filters: Vec<RouteFilter> = "Filter" [Bounds::items(1, Filters::EACH_MAX)],
    }
    groups {
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
        none: Vec<String> = "routeSet",
    }
}

impl Permitted for SearchTransitGatewayRoutes {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for SearchTransitGatewayRoutes {
    type Response = Response;

    fn answer(&self, _call: &Call<'_>) -> Result<Response, ApiError> {
        let table = &self.route_table_id;
        let message = format!("Transit Gateway Route Table {table} was deleted or does not exist.");
        Err(ApiError::client("InvalidRouteTableID.NotFound", message))
    }
}
