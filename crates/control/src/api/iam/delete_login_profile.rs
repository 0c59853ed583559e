//! `DeleteLoginProfile`.

use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use http::StatusCode;
use model::iam::UserName;

use super::caller::{demand_on_caller, named_or_calling};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Would take a user's password, which none has.
    pub(super) struct DeleteLoginProfile(Iam, "IAM API reference, DeleteLoginProfile") {
        /// Which user; the caller unless given.
        user_name: Option<UserName> = "UserName",
    }
}

impl Permitted for DeleteLoginProfile {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        demand_on_caller(call, self.user_name.as_ref(), demand);
    }
}

impl Read for DeleteLoginProfile {
    type Response = Empty;

    fn answer(&self, call: &Call<'_>) -> Result<Empty, ApiError> {
        let name = named_or_calling(call, self.user_name.as_ref())?;
        let name = &call.user(&name)?.name;
        let message = format!("Login Profile for User {name} cannot be found.");
        Err(ApiError::new(StatusCode::NOT_FOUND, "NoSuchEntity", message))
    }
}
