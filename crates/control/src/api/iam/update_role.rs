//! `UpdateRole`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::RoleName;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes a role.
    pub(super) struct UpdateRole(Iam, "IAM API reference, UpdateRole") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// Description.
        description: Option<String> = "Description" [Bounds::length(0, 1000)],
        /// The longest session, in seconds.
        max_session_secs: Option<u32> = "MaxSessionDuration" [Bounds::range(3600, 43_200)],
    }
}

impl Permitted for UpdateRole {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Write for UpdateRole {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::UpdateRole {
            role: self.role_name.clone(),
            description: self.description.clone(),
            max_session_secs: self.max_session_secs,
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
