//! `GetUser`.

use aws_wire::{ApiError, request};
use model::iam::UserName;

use super::caller::{demand_on_caller, named_or_calling};
use super::view::user::{OneUser, UserItem};
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Shows a user.
    pub(super) struct GetUser(Iam, "IAM API reference, GetUser") {
        /// Which user; the caller unless given.
        user_name: Option<UserName> = "UserName",
    }
}

impl Permitted for GetUser {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        demand_on_caller(call, self.user_name.as_ref(), demand);
    }
}

impl Read for GetUser {
    type Response = OneUser;

    fn answer(&self, call: &Call<'_>) -> Result<OneUser, ApiError> {
        let settings = call.state.settings();
        if self.user_name.is_none() && call.identity.is_root() {
            let account = call.state.tables().accounts.get(&call.caller);
            let account = account.ok_or_else(|| ApiError::internal(call.service.dialect()))?;
            return Ok(OneUser { user: UserItem::root(settings, account) });
        }
        let name = named_or_calling(call, self.user_name.as_ref())?;
        Ok(OneUser { user: UserItem::whole(settings, call.user(&name)?) })
    }
}
