//! `GetAccountPasswordPolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use http::StatusCode;

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Would show the account's rules for passwords, which nobody has.
    pub(super) struct GetAccountPasswordPolicy(Iam, "IAM API reference, GetAccountPasswordPolicy") {}
}

impl Permitted for GetAccountPasswordPolicy {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for GetAccountPasswordPolicy {
    type Response = Empty;

    fn answer(&self, call: &Call<'_>) -> Result<Empty, ApiError> {
        let account = call.caller;
        let message = format!("The Password Policy with domain name {account} cannot be found.");
        Err(ApiError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message))
    }
}
