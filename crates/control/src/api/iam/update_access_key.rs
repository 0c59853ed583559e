//! `UpdateAccessKey`.

use aws_wire::query::Bounds;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::{AccessKeyStatus, UserName};
use model::{AccessKeyId, Command, command};

use super::caller::{demand_on_caller, named_or_calling};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Says whether an access key can be used.
    pub(super) struct UpdateAccessKey(Iam, "IAM API reference, UpdateAccessKey") {
        /// Which user; the caller unless given.
        user_name: Option<UserName> = "UserName",
        /// Which key.
        access_key_id: String = "AccessKeyId" [Bounds::length(16, 128)],
        /// Whether it can be used.
        status: AccessKeyStatus = "Status",
    }
}

impl Permitted for UpdateAccessKey {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        demand_on_caller(call, self.user_name.as_ref(), demand);
    }
}

impl Write for UpdateAccessKey {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::UpdateAccessKey {
            user: named_or_calling(call, self.user_name.as_ref())?,
            key: AccessKeyId(self.access_key_id.clone()),
            status: self.status,
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
