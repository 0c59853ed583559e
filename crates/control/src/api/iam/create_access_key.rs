//! `CreateAccessKey`.

use aws_wire::{ApiError, request, response};
use model::iam::UserName;
use model::{Command, Reply, command};

use super::caller::{demand_on_caller, named_or_calling};
use super::view::access_key::AccessKeyItem;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Makes an access key of a user, and shows its secret this once.
    pub(super) struct CreateAccessKey(Iam, "IAM API reference, CreateAccessKey") {
        /// Which user; the caller unless given.
        user_name: Option<UserName> = "UserName",
    }
}

response! {
    /// The key.
    pub(super) struct Response {
        /// It, with its secret.
        access_key: AccessKeyItem = "AccessKey",
    }
}

impl Permitted for CreateAccessKey {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        demand_on_caller(call, self.user_name.as_ref(), demand);
    }
}

impl Write for CreateAccessKey {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let user = named_or_calling(call, self.user_name.as_ref())?;
        Ok(command::CreateAccessKey { user }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::AccessKey(id) = done.reply else { return Err(done.foreign_reply()) };
        let user = done.call.state.user_of_access_key(id).ok_or_else(|| done.foreign_reply())?;
        let made = AccessKeyItem::all(user).into_iter().find(|key| key.access_key_id == id.0);
        let mut access_key = made.ok_or_else(|| done.foreign_reply())?;
        access_key.secret_access_key = user.access_keys.get(id).map(|key| key.secret.clone());
        Ok(Response { access_key })
    }
}
