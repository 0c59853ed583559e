//! `DescribeRouteTables`.

use aws_wire::query::{DryRun, Filters, Page};
use aws_wire::{ApiError, request, response};
use model::{RouteTable, RouteTableId};

use super::view::route_table::RouteTableItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::listing::list;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Lists route tables.
    pub(super) struct DescribeRouteTables(Ec2, "EC2 API reference, DescribeRouteTables") {
        /// Which; all if none is given.
        route_table_ids: Vec<RouteTableId> = "RouteTableId",
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
    /// Route tables.
    pub(super) struct Response {
        /// Route tables.
        route_tables: Vec<RouteTableItem> = "routeTableSet",
        /// Where the next page begins.
        next_token: Option<String> = "nextToken",
    }
}

impl Permitted for DescribeRouteTables {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeRouteTables {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let cut = (&self.page).into();
        let (found, next_token) =
            list::<View<'_, RouteTable>>(call, &self.route_table_ids, &self.filters.0, cut)?;
        Ok(Response { route_tables: found.into_iter().map(Into::into).collect(), next_token })
    }
}
