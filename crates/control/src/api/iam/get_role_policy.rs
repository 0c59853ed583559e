//! `GetRolePolicy`.

use aws_wire::xml::UrlEncoded;
use aws_wire::{ApiError, request, response};
use model::iam::{IamRejection, PolicyName, RoleName};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows an inline policy of a role.
    pub(super) struct GetRolePolicy(Iam, "IAM API reference, GetRolePolicy") {
        /// Which role.
        role_name: RoleName = "RoleName",
        /// Name of the policy.
        policy_name: PolicyName = "PolicyName",
    }
}

response! {
    /// The policy.
    pub(super) struct Response {
        /// Whose.
        role_name: RoleName = "RoleName",
        /// Name.
        policy_name: PolicyName = "PolicyName",
        /// The document.
        policy_document: UrlEncoded = "PolicyDocument",
    }
}

impl Permitted for GetRolePolicy {
    const PERMISSION: Permission = Permission::on(&["RoleName"]);
}

impl Read for GetRolePolicy {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let role = call.role(&self.role_name)?;
        let document = role.policies.inline.get(&self.policy_name).ok_or_else(|| {
            let name = self.policy_name.clone();
            call.rejected(IamRejection::NoSuchInlinePolicy { kind: "role", name })
        })?;
        Ok(Response {
            role_name: role.name.clone(),
            policy_name: self.policy_name.clone(),
            policy_document: UrlEncoded(document.clone()),
        })
    }
}
