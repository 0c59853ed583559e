//! `PutUserPolicy`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use iam::PolicyKind;
use model::iam::{IdentityName, PolicyName, UserName};
use model::{Command, command};

use super::document::checked;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Sets an inline policy of a user.
    pub(super) struct PutUserPolicy(Iam, "IAM API reference, PutUserPolicy") {
        /// Which user.
        user_name: UserName = "UserName",
        /// Name of the policy.
        policy_name: PolicyName = "PolicyName",
        /// The document.
        policy_document: String = "PolicyDocument" [Bounds::length(1, 131_072)],
    }
}

impl Permitted for PutUserPolicy {
    const PERMISSION: Permission = Permission::on(&["UserName"]);
}

impl Write for PutUserPolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::PutInlinePolicy {
            identity: IdentityName::User(self.user_name.clone()),
            name: self.policy_name.clone(),
            document: checked(&self.policy_document, PolicyKind::Identity)?,
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
