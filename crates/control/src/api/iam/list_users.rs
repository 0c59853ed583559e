//! `ListUsers`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::arn::Arn;
use model::iam::PathPrefix;

use super::listing::{list, users};
use super::view::user::UserItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted, Target};

request! {
    /// Lists users.
    pub(super) struct ListUsers(Iam, "IAM API reference, ListUsers") {
        /// Only those whose path begins so.
        path_prefix: Option<PathPrefix> = "PathPrefix",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
}

response! {
    /// A page of users.
    pub(super) struct Response {
        /// Users.
        users: Vec<UserItem> = "Users",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

impl Permitted for ListUsers {
    const PERMISSION: Permission = Permission::on(&[]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let arn = Arn::iam(call.state.settings(), call.caller, format_args!("user{prefix}"));
        demand.targets.push(Target::own(arn.to_string()));
    }
}

impl Read for ListUsers {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let scope = [prefix.as_str()];
        let found = users(call).filter(|(_, it)| prefix.begins(&it.path));
        let page = list(call, &scope, &self.page, found.collect::<Vec<_>>())?;
        let item = |it| UserItem::listed(call.state.settings(), it);
        Ok(Response {
            users: page.items.into_iter().map(item).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
