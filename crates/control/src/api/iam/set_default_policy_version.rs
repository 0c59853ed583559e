//! `SetDefaultPolicyVersion`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{PolicyArn, VersionId};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Puts a version of a managed policy in force.
    pub(super) struct SetDefaultPolicyVersion(Iam, "IAM API reference, SetDefaultPolicyVersion") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
        /// Which version.
        version_id: VersionId = "VersionId",
    }
}

impl Permitted for SetDefaultPolicyVersion {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Write for SetDefaultPolicyVersion {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let (policy, version) = (self.policy_arn.clone(), self.version_id);
        Ok(command::SetDefaultPolicyVersion { policy, version }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
