//! `DeleteSubnet`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{Command, SubnetId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a subnet that nothing lies in.
    pub(super) struct DeleteSubnet(Ec2, "EC2 API reference, DeleteSubnet") {
        /// Which.
        subnet_id: SubnetId = "SubnetId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteSubnet {
    const PERMISSION: Permission = Permission::on(&["SubnetId"]);
}

impl Write for DeleteSubnet {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteSubnet { subnet: self.subnet_id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
