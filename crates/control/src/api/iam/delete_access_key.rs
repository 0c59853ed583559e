//! `DeleteAccessKey`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::UserName;
use model::{AccessKeyId, Command, command};

use super::caller::{demand_on_caller, named_or_calling};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Deletes an access key.
    pub(super) struct DeleteAccessKey(Iam, "IAM API reference, DeleteAccessKey") {
        /// Which user; the caller unless given.
        user_name: Option<UserName> = "UserName",
        /// Which key.
        access_key_id: String = "AccessKeyId" [Bounds::length(16, 128)],
    }
}

impl Permitted for DeleteAccessKey {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        demand_on_caller(call, self.user_name.as_ref(), demand);
    }
}

impl Write for DeleteAccessKey {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let user = named_or_calling(call, self.user_name.as_ref())?;
        let key = AccessKeyId(self.access_key_id.clone());
        Ok(command::DeleteAccessKey { user, key }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
