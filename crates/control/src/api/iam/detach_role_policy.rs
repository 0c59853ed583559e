//! `DetachRolePolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{IdentityName, PolicyArn, RoleName};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Takes a managed policy from a role.
    pub(super) struct DetachRolePolicy(Iam, "IAM API reference, DetachRolePolicy") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
    }
}

impl Permitted for DetachRolePolicy {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("iam:PolicyARN", self.policy_arn.to_string());
    }
}

impl Write for DetachRolePolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let identity = IdentityName::Role(self.role_name.clone());
        Ok(command::DetachPolicy { identity, policy: self.policy_arn.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
