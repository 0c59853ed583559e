//! `GetCallerIdentity`.

use aws_wire::{ApiError, request, response};
use model::AccountId;

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Tells the caller who it is.
    pub(super) struct GetCallerIdentity(Sts, "STS API reference, GetCallerIdentity") {}
}

response! {
    /// The caller.
    pub(super) struct Response {
        /// Its ARN.
        arn: String = "Arn",
        /// Its unique id; of a root user the account's, of a role the role's and the session's name.
        user_id: String = "UserId",
        /// Account.
        account: AccountId = "Account",
    }
}

impl Permitted for GetCallerIdentity {
    const PERMISSION: Permission = Permission::Everyone;
}

impl Read for GetCallerIdentity {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let identity = call.identity;
        Ok(Response {
            arn: identity.arn().to_owned(),
            user_id: identity.unique_id(),
            account: call.caller,
        })
    }
}
