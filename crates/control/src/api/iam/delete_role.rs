//! `DeleteRole`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::RoleName;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a role that has no policies; its sessions end.
    pub(super) struct DeleteRole(Iam, "IAM API reference, DeleteRole") {
        /// Which role.
        role_name: RoleName = "RoleName",
    }
}

impl Permitted for DeleteRole {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Write for DeleteRole {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteRole { role: self.role_name.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
