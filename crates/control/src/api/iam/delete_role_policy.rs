//! `DeleteRolePolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{IdentityName, PolicyName, RoleName};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes an inline policy of a role.
    pub(super) struct DeleteRolePolicy(Iam, "IAM API reference, DeleteRolePolicy") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// Name of the policy.
        policy_name: PolicyName = "PolicyName",
    }
}

impl Permitted for DeleteRolePolicy {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Write for DeleteRolePolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let identity = IdentityName::Role(self.role_name.clone());
        Ok(command::DeleteInlinePolicy { identity, name: self.policy_name.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
