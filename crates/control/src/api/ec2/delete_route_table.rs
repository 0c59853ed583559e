//! `DeleteRouteTable`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{Command, RouteTableId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a route table that nothing uses.
    pub(super) struct DeleteRouteTable(Ec2, "EC2 API reference, DeleteRouteTable") {
        /// Which.
        route_table_id: RouteTableId = "RouteTableId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteRouteTable {
    const PERMISSION: Permission = Permission::on(&["RouteTableId"]);
}

impl Write for DeleteRouteTable {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteRouteTable { route_table: self.route_table_id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
