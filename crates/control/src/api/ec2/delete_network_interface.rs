//! `DeleteNetworkInterface`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{Command, NetworkInterfaceId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a network interface that is attached to nothing.
    pub(super) struct DeleteNetworkInterface(Ec2, "EC2 API reference, DeleteNetworkInterface") {
        /// Which.
        network_interface_id: NetworkInterfaceId = "NetworkInterfaceId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for DeleteNetworkInterface {
    const PERMISSION: Permission = Permission::on(&["NetworkInterfaceId"]);
}

impl Write for DeleteNetworkInterface {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteNetworkInterface { network_interface: self.network_interface_id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
