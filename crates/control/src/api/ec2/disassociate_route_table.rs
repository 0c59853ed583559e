//! `DisassociateRouteTable`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{Command, RouteTableAssociationId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Lets a subnet use the main route table again.
    pub(super) struct DisassociateRouteTable(Ec2, "EC2 API reference, DisassociateRouteTable") {
        /// Which.
        association_id: RouteTableAssociationId = "AssociationId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DisassociateRouteTable {
    const PERMISSION: Permission = Permission::on(&["AssociationId"]);
}

impl Write for DisassociateRouteTable {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DisassociateRouteTable { association: self.association_id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
