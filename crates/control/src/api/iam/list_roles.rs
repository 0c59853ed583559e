//! `ListRoles`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, request, response};
use model::arn::Arn;
use model::iam::PathPrefix;

use super::listing::{list, roles};
use super::view::role::RoleItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted, Target};

request! {
    /// Lists roles.
    pub(super) struct ListRoles(Iam, "IAM API reference, ListRoles") {
        /// Only those whose path begins so.
        path_prefix: Option<PathPrefix> = "PathPrefix",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
}

response! {
    /// A page of roles.
    pub(super) struct Response {
        /// Roles.
        roles: Vec<RoleItem> = "Roles",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

impl Permitted for ListRoles {
    const PERMISSION: Permission = Permission::on(&[]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let arn = Arn::iam(call.state.settings(), call.caller, format_args!("role{prefix}"));
        demand.targets.push(Target::own(arn.to_string()));
    }
}

impl Read for ListRoles {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let scope = [prefix.as_str()];
        let found = roles(call).filter(|(_, it)| prefix.begins(&it.path));
        let page = list(call, &scope, &self.page, found.collect::<Vec<_>>())?;
        let item = |it| RoleItem::listed(call.state.settings(), it);
        Ok(Response {
            roles: page.items.into_iter().map(item).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
