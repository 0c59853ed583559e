//! `DeleteAccountPasswordPolicy`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use http::StatusCode;

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Would remove the account's rules for passwords, which nobody has.
    pub(super) struct DeleteAccountPasswordPolicy(Iam, "IAM API reference, DeleteAccountPasswordPolicy") {}
}

impl Permitted for DeleteAccountPasswordPolicy {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DeleteAccountPasswordPolicy {
    type Response = Empty;

    fn answer(&self, _call: &Call<'_>) -> Result<Empty, ApiError> {
        let message = "The account policy with name PasswordPolicy cannot be found.";
        Err(ApiError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message))
    }
}
