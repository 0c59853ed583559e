//! `UpdateAssumeRolePolicy`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use iam::PolicyKind;
use model::iam::RoleName;
use model::{Command, command};

use super::document::checked;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Says who may assume a role.
    pub(super) struct UpdateAssumeRolePolicy(Iam, "IAM API reference, UpdateAssumeRolePolicy") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// The document.
        policy_document: String = "PolicyDocument" [Bounds::length(1, 131_072)],
    }
}

impl Permitted for UpdateAssumeRolePolicy {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Write for UpdateAssumeRolePolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::UpdateAssumeRolePolicy {
            role: self.role_name.clone(),
            trust_policy: checked(&self.policy_document, PolicyKind::Trust)?,
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
