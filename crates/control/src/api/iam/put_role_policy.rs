//! `PutRolePolicy`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use iam::PolicyKind;
use model::iam::{IdentityName, PolicyName, RoleName};
use model::{Command, command};

use super::document::checked;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Sets an inline policy of a role.
    pub(super) struct PutRolePolicy(Iam, "IAM API reference, PutRolePolicy") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// Name of the policy.
        policy_name: PolicyName = "PolicyName",
        /// The document.
        policy_document: String = "PolicyDocument" [Bounds::length(1, 131_072)],
    }
}

impl Permitted for PutRolePolicy {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Write for PutRolePolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::PutInlinePolicy {
            identity: IdentityName::Role(self.role_name.clone()),
            name: self.policy_name.clone(),
            document: checked(&self.policy_document, PolicyKind::Identity)?,
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
