//! `UpdateUser`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::arn::Arn;
use model::iam::{Path, UserName};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted, Target};

request! {
    /// Renames a user, or moves it to another path.
    pub(super) struct UpdateUser(Iam, "IAM API reference, UpdateUser") {
        /// Which user.
        user_name: UserName = "UserName",
        /// New path.
        new_path: Option<Path> = "NewPath",
        /// New name.
        new_user_name: Option<UserName> = "NewUserName",
    }
}

impl Permitted for UpdateUser {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        let user = call.state.user_named(call.caller, &self.user_name);
        let path = self.new_path.clone().or_else(|| user.map(|user| user.path.clone()));
        let path = path.unwrap_or_default();
        let name = self.new_user_name.as_ref().unwrap_or(&self.user_name);
        let arn = Arn::iam(call.state.settings(), call.caller, format_args!("user{path}{name}"));
        demand.targets.push(Target::own(arn.to_string()));
    }
}

impl Write for UpdateUser {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::UpdateUser {
            user: self.user_name.clone(),
            new_path: self.new_path.clone(),
            new_name: self.new_user_name.clone(),
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
