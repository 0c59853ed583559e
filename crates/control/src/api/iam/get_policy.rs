//! `GetPolicy`.

use aws_wire::{ApiError, request};
use model::iam::PolicyArn;

use super::view::policy::{OnePolicy, PolicyItem};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows a managed policy, without its document.
    pub(super) struct GetPolicy(Iam, "IAM API reference, GetPolicy") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
    }
}

impl Permitted for GetPolicy {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Read for GetPolicy {
    type Response = OnePolicy;

    fn answer(&self, call: &Call<'_>) -> Result<OnePolicy, ApiError> {
        let policy = call.managed_policy(&self.policy_arn)?;
        Ok(OnePolicy { policy: PolicyItem::whole(call, policy) })
    }
}
