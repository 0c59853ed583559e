//! `DeletePolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::PolicyArn;
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a managed policy that is attached to nobody and has one version.
    pub(super) struct DeletePolicy(Iam, "IAM API reference, DeletePolicy") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
    }
}

impl Permitted for DeletePolicy {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Write for DeletePolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeletePolicy { policy: self.policy_arn.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
