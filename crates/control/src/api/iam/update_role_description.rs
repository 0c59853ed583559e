//! `UpdateRoleDescription`.

use aws_wire::query::Bounds;
use aws_wire::{ApiError, request};
use model::iam::RoleName;
use model::{Command, command};

use super::view::role::{OneRole, RoleItem};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes the description of a role.
    pub(super) struct UpdateRoleDescription(Iam, "IAM API reference, UpdateRoleDescription") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// Description.
        description: String = "Description" [Bounds::length(0, 1000)],
    }
}

impl Permitted for UpdateRoleDescription {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Write for UpdateRoleDescription {
    type Response = OneRole;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::UpdateRole {
            role: self.role_name.clone(),
            description: Some(self.description.clone()),
            max_session_secs: None,
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<OneRole, ApiError> {
        let role = done.call.role(&self.role_name)?;
        Ok(OneRole { role: RoleItem::whole(done.call.state.settings(), role) })
    }
}
