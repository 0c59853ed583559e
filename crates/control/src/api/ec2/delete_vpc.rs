//! `DeleteVpc`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{Command, VpcId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a VPC that holds nothing but what came with it.
    pub(super) struct DeleteVpc(Ec2, "EC2 API reference, DeleteVpc") {
        /// Which.
        vpc_id: VpcId = "VpcId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteVpc {
    const PERMISSION: Permission = Permission::on(&["VpcId"]);
}

impl Write for DeleteVpc {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteVpc { vpc: self.vpc_id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
