//! `GetCallerIdentity`.

use aws_wire::{ApiError, request, response};
use model::AccountId;

use crate::api::action::Read;
use crate::api::call::Call;

request! {
    /// Tells the caller who it is.
    pub(super) struct GetCallerIdentity(Sts, "STS API reference, GetCallerIdentity") {}
}

response! {
    /// The caller.
    pub(super) struct Response {
        /// ARN of the root user.
        arn: String = "Arn",
        /// Id of the root user, which is the account's.
        user_id: AccountId = "UserId",
        /// Account.
        account: AccountId = "Account",
    }
}

impl Read for GetCallerIdentity {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let (account, partition) = (call.caller, &call.state.settings().partition);
        let arn = format!("arn:{partition}:iam::{account}:root");
        Ok(Response { arn, user_id: account, account })
    }
}
