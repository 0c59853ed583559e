//! `CreateRouteTable`.

use aws_wire::query::{ClientToken, DryRun, TagSpecifications};
use aws_wire::{ApiError, request, response};
use model::{Command, Reply, RouteTable, VpcId, command};

use super::view::route_table::RouteTableItem;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a route table with the VPC's local route.
    pub(super) struct CreateRouteTable(Ec2, "EC2 API reference, CreateRouteTable") {
        /// In which VPC.
        vpc_id: VpcId = "VpcId",
    }
    groups {
        /// Tags of the route table.
        tags: TagSpecifications,
        /// What makes a repetition return the first result.
        client_token: ClientToken,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

response! {
    /// The route table.
    pub(super) struct Response {
        /// The route table.
        route_table: RouteTableItem = "routeTable",
        /// The token of the request.
        client_token: Option<String> = "clientToken",
    }
}

impl Permitted for CreateRouteTable {
    const PERMISSION: Permission = Permission::creating(&["route-table"], &["VpcId"]);
}

impl Write for CreateRouteTable {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["route-table"])?;
        let client_token = self.client_token.0.clone();
        Ok(command::CreateRouteTable { vpc: self.vpc_id, tags, client_token }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::RouteTable(id) = done.reply else { return Err(done.foreign_reply()) };
        let route_table = done.call.present::<RouteTable>(*id)?.into();
        Ok(Response { route_table, client_token: self.client_token.0.clone() })
    }
}
