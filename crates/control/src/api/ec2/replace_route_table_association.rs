//! `ReplaceRouteTableAssociation`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, request, response};
use model::{Command, Reply, RouteTableAssociationId, RouteTableId, command};

use super::view::route_table::AssociationState;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lets a subnet, or all subnets without an association, use another route table.
    pub(super) struct ReplaceRouteTableAssociation(Ec2, "EC2 API reference, ReplaceRouteTableAssociation") {
        /// Which association; a main one moves the main table.
        association_id: RouteTableAssociationId = "AssociationId",
        /// The table to use from now on.
        route_table_id: RouteTableId = "RouteTableId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

response! {
    /// The association that takes the place of the old one.
    pub(super) struct Response {
        /// Its id.
        new_association_id: RouteTableAssociationId = "newAssociationId",
        /// Its state.
        state: AssociationState = "associationState",
    }
}

impl Permitted for ReplaceRouteTableAssociation {
    const PERMISSION: Permission = Permission::on(&["AssociationId", "RouteTableId"]);
}

impl Write for ReplaceRouteTableAssociation {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let (association, route_table) = (self.association_id, self.route_table_id);
        Ok(command::ReplaceRouteTableAssociation { association, route_table }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::RouteTableAssociation(id) = done.reply else {
            return Err(done.foreign_reply());
        };
        Ok(Response { new_association_id: *id, state: AssociationState::ASSOCIATED })
    }
}
