//! `AttachUserPolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{IdentityName, PolicyArn, UserName};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Attaches a managed policy to a user.
    pub(super) struct AttachUserPolicy(Iam, "IAM API reference, AttachUserPolicy") {
        /// Which user.
        user_name: UserName = "UserName",
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
    }
}

impl Permitted for AttachUserPolicy {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        demand.set("iam:PolicyARN", self.policy_arn.to_string());
    }
}

impl Write for AttachUserPolicy {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let identity = IdentityName::User(self.user_name.clone());
        Ok(command::AttachPolicy { identity, policy: self.policy_arn.clone() }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
