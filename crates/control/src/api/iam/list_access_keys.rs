//! `ListAccessKeys`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::iam::UserName;

use super::caller::{demand_on_caller, named_or_calling};
use super::listing::list;
use super::view::access_key::AccessKeyItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Lists the access keys of a user.
    pub(super) struct ListAccessKeys(Iam, "IAM API reference, ListAccessKeys") {
        /// Which user; the caller unless given.
        user_name: Option<UserName> = "UserName",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
}

response! {
    /// A page of access keys.
    pub(super) struct Response {
        /// Access keys, without their secrets.
        keys: Vec<AccessKeyItem> = "AccessKeyMetadata",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

impl Permitted for ListAccessKeys {
    const PERMISSION: Permission = Permission::on(&["UserName"]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        demand_on_caller(call, self.user_name.as_ref(), demand);
    }
}

impl Read for ListAccessKeys {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let user = call.user(&named_or_calling(call, self.user_name.as_ref())?)?;
        let keys = AccessKeyItem::all(user).into_iter();
        let keys: Vec<_> = keys.map(|key| (key.access_key_id.clone(), key)).collect();
        let page = list(call, &[user.name.as_str()], &self.page, keys)?;
        Ok(Response { keys: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
