//! `CreatePolicyVersion`.

use aws_wire::query::Bounds;
use aws_wire::{ApiError, request};
use iam::PolicyKind;
use model::iam::PolicyArn;
use model::{Command, Reply, command};

use super::document::checked;
use super::view::policy::{OnePolicyVersion, PolicyVersionItem};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a version of a managed policy.
    pub(super) struct CreatePolicyVersion(Iam, "IAM API reference, CreatePolicyVersion") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
        /// The document.
        policy_document: String = "PolicyDocument" [Bounds::length(1, 131_072)],
        /// Whether it is in force from now on.
        set_as_default: Option<bool> = "SetAsDefault",
    }
}

impl Permitted for CreatePolicyVersion {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Write for CreatePolicyVersion {
    type Response = OnePolicyVersion;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::CreatePolicyVersion {
            policy: self.policy_arn.clone(),
            document: checked(&self.policy_document, PolicyKind::Identity)?,
            set_as_default: self.set_as_default.unwrap_or_default(),
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<OnePolicyVersion, ApiError> {
        let Reply::PolicyVersion(id) = done.reply else { return Err(done.foreign_reply()) };
        let policy = done.call.managed_policy(&self.policy_arn)?;
        let version = policy.versions.get(id).ok_or_else(|| done.foreign_reply())?;
        Ok(OnePolicyVersion { policy_version: PolicyVersionItem::listed(policy, *id, version) })
    }
}
