//! `AssociateRouteTable`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, request, response};
use model::{Command, Reply, RouteTableAssociationId, RouteTableId, SubnetId, command};

use super::view::route_table::AssociationState;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lets a subnet use a route table.
    pub(super) struct AssociateRouteTable(Ec2, "EC2 API reference, AssociateRouteTable") {
        /// Which table.
        route_table_id: RouteTableId = "RouteTableId",
        /// For which subnet.
        subnet_id: SubnetId = "SubnetId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There are no gateways.
        "GatewayId": Option<String>,
        /// There are no public addresses.
        "PublicIpv4Pool": Option<String>,
    }
}

response! {
    /// The association.
    pub(super) struct Response {
        /// Its id.
        association_id: RouteTableAssociationId = "associationId",
        /// Its state.
        state: AssociationState = "associationState",
    }
}

impl Permitted for AssociateRouteTable {
    const PERMISSION: Permission = Permission::on(&["RouteTableId", "SubnetId"]);
}

impl Write for AssociateRouteTable {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let (route_table, subnet) = (self.route_table_id, self.subnet_id);
        Ok(command::AssociateRouteTable { route_table, subnet }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::RouteTableAssociation(id) = done.reply else {
            return Err(done.foreign_reply());
        };
        Ok(Response { association_id: *id, state: AssociationState::ASSOCIATED })
    }
}
