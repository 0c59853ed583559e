//! `AttachRolePolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{IdentityName, PolicyArn, RoleName};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Attaches a managed policy to a role.
    pub(super) struct AttachRolePolicy(Iam, "IAM API reference, AttachRolePolicy") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
    }
}

impl Permitted for AttachRolePolicy {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("iam:PolicyARN", self.policy_arn.to_string());
    }
}

impl Write for AttachRolePolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let identity = IdentityName::Role(self.role_name.clone());
        Ok(command::AttachPolicy { identity, policy: self.policy_arn.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
