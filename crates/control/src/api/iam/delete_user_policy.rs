//! `DeleteUserPolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{IdentityName, PolicyName, UserName};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes an inline policy of a user.
    pub(super) struct DeleteUserPolicy(Iam, "IAM API reference, DeleteUserPolicy") {
        /// Which user.
        user_name: UserName = "UserName",
        /// Name of the policy.
        policy_name: PolicyName = "PolicyName",
    }
}

impl Permitted for DeleteUserPolicy {
    const PERMISSION: Permission = Permission::on(&["UserName"]);
}

impl Write for DeleteUserPolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let identity = IdentityName::User(self.user_name.clone());
        Ok(command::DeleteInlinePolicy { identity, name: self.policy_name.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
