//! `DeleteUser`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::UserName;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a user that has no access keys and no policies.
    pub(super) struct DeleteUser(Iam, "IAM API reference, DeleteUser") {
        /// Which user.
        user_name: UserName = "UserName",
    }
}

impl Permitted for DeleteUser {
    const PERMISSION: Permission = Permission::on(&["UserName"]);
}

impl Write for DeleteUser {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteUser { user: self.user_name.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
