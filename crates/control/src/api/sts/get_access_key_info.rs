//! `GetAccessKeyInfo`.

use aws_wire::query::Bounds;
use aws_wire::{ApiError, request, response};
use model::{AccessKeyId, AccountId};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

/// What the ids of temporary credentials begin with.
const TEMPORARY: &str = "ASIA";

request! {
    /// Tells whose account an access key is of.
    pub(super) struct GetAccessKeyInfo(Sts, "STS API reference, GetAccessKeyInfo") {
        /// Id of the key.
        access_key_id: String = "AccessKeyId" [Bounds::length(16, 128)],
    }
}

response! {
    /// The account.
    pub(super) struct Response {
        /// Its id.
        account: AccountId = "Account",
    }
}

impl Permitted for GetAccessKeyInfo {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for GetAccessKeyInfo {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let id = AccessKeyId(self.access_key_id.clone());
        let of_root = call.state.account_of_access_key(&id).map(|account| account.id);
        let of_user = || call.state.user_of_access_key(&id).map(|user| user.owner);
        let account = of_root.or_else(of_user).ok_or_else(|| {
            if self.access_key_id.starts_with(TEMPORARY) {
                let why = "Temporary credentials are known by their session token alone.";
                return ApiError::unsupported_value("AccessKeyId", why);
            }
            ApiError::client("ValidationError", "There is no access key with this id.")
        })?;
        Ok(Response { account })
    }
}
