//! `DetachUserPolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{IdentityName, PolicyArn, UserName};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Takes a managed policy from a user.
    pub(super) struct DetachUserPolicy(Iam, "IAM API reference, DetachUserPolicy") {
        /// Which user.
        user_name: UserName = "UserName",
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
    }
}

impl Permitted for DetachUserPolicy {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("iam:PolicyARN", self.policy_arn.to_string());
    }
}

impl Write for DetachUserPolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let identity = IdentityName::User(self.user_name.clone());
        Ok(command::DetachPolicy { identity, policy: self.policy_arn.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
