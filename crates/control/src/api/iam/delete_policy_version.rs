//! `DeletePolicyVersion`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{PolicyArn, VersionId};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a version of a managed policy that is not in force.
    pub(super) struct DeletePolicyVersion(Iam, "IAM API reference, DeletePolicyVersion") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
        /// Which version.
        version_id: VersionId = "VersionId",
    }
}

impl Permitted for DeletePolicyVersion {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Write for DeletePolicyVersion {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let (policy, version) = (self.policy_arn.clone(), self.version_id);
        Ok(command::DeletePolicyVersion { policy, version }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
