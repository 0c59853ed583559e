//! `GetUserPolicy`.

use aws_wire::xml::UrlEncoded;
use aws_wire::{ApiError, request, response};
use model::iam::{IamRejection, PolicyName, UserName};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows an inline policy of a user.
    pub(super) struct GetUserPolicy(Iam, "IAM API reference, GetUserPolicy") {
        /// Which user.
        user_name: UserName = "UserName",
        /// Name of the policy.
        policy_name: PolicyName = "PolicyName",
    }
}

response! {
    /// The policy.
    pub(super) struct Response {
        /// Whose.
        user_name: UserName = "UserName",
        /// Name.
        policy_name: PolicyName = "PolicyName",
        /// The document.
        policy_document: UrlEncoded = "PolicyDocument",
    }
}

impl Permitted for GetUserPolicy {
    const PERMISSION: Permission = Permission::on(&["UserName"]);
}

impl Read for GetUserPolicy {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let user = call.user(&self.user_name)?;
        let document = user.policies.inline.get(&self.policy_name).ok_or_else(|| {
            let name = self.policy_name.clone();
            call.rejected(IamRejection::NoSuchInlinePolicy { kind: "user", name })
        })?;
        Ok(Response {
            user_name: user.name.clone(),
            policy_name: self.policy_name.clone(),
            policy_document: UrlEncoded(document.clone()),
        })
    }
}
