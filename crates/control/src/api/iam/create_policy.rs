//! `CreatePolicy`.

use aws_wire::query::{Bounds, FullTag};
use aws_wire::{ApiError, request};
use iam::PolicyKind;
use model::iam::{Path, PolicyName};
use model::{Command, Reply, command};

use super::document::checked;
use super::tags;
use super::view::policy::{OnePolicy, PolicyItem};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a managed policy.
    pub(super) struct CreatePolicy(Iam, "IAM API reference, CreatePolicy") {
        /// Name of the policy.
        policy_name: PolicyName = "PolicyName",
        /// Where it stands; `/` unless given.
        path: Option<Path> = "Path",
        /// The document.
        policy_document: String = "PolicyDocument" [Bounds::length(1, 131_072)],
        /// Description.
        description: Option<String> = "Description" [Bounds::length(0, 1000)],
        /// Tags.
        tags: Vec<FullTag> = "Tags",
    }
}

impl Permitted for CreatePolicy {
    const PERMISSION: Permission = Permission::creating(&["policy"], &[]);

    fn created(&self) -> String {
        let path = self.path.clone().unwrap_or_default();
        format!("{}{}", path.relative(), self.policy_name)
    }
}

impl Write for CreatePolicy {
    type Response = OnePolicy;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::CreatePolicy {
            path: self.path.clone().unwrap_or_default(),
            name: self.policy_name.clone(),
            description: self.description.clone().unwrap_or_default(),
            document: checked(&self.policy_document, PolicyKind::Identity)?,
            tags: tags::collect(&self.tags)?,
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<OnePolicy, ApiError> {
        let Reply::ManagedPolicy(id) = done.reply else { return Err(done.foreign_reply()) };
        let policy = done.call.state.tables().managed_policies.get(id);
        let policy = policy.ok_or_else(|| done.foreign_reply())?;
        Ok(OnePolicy { policy: PolicyItem::whole(&done.call, policy) })
    }
}
