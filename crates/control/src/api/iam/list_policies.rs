//! `ListPolicies`.

use std::collections::BTreeMap;

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, enumeration, request, response};
use model::ManagedPolicy;
use model::iam::{PathPrefix, aws_policies};

use super::listing::{list, policies};
use super::view::policy::PolicyItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted, Target};

enumeration! {
    /// Whose policies.
    pub(super) enum Scope {
        /// The account's and AWS's own.
        All = "All",
        /// AWS's own.
        Aws = "AWS",
        /// The account's.
        Local = "Local",
    }
}

enumeration! {
    /// What policies are used as.
    pub(super) enum Usage {
        /// For permissions.
        PermissionsPolicy = "PermissionsPolicy",
        /// As permissions boundary, as which none is.
        PermissionsBoundary = "PermissionsBoundary",
    }
}

request! {
    /// Lists managed policies.
    pub(super) struct ListPolicies(Iam, "IAM API reference, ListPolicies") {
        /// Whose; all unless given.
        scope: Option<Scope> = "Scope",
        /// Whether only those that are attached.
        only_attached: Option<bool> = "OnlyAttached",
        /// Only those whose path begins so.
        path_prefix: Option<PathPrefix> = "PathPrefix",
        /// Only those that are used so.
        usage: Option<Usage> = "PolicyUsageFilter",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
}

response! {
    /// A page of policies.
    pub(super) struct Response {
        /// Policies.
        policies: Vec<PolicyItem> = "Policies",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

impl Permitted for ListPolicies {
    const PERMISSION: Permission = Permission::Any;

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        // What IAM calls it, which no ARN names.
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let path = format!("policy path {}", prefix.as_str());
        demand.targets.push(Target::own(path));
    }
}

impl ListPolicies {
    /// The policies of the scope, by name and then by whose they are: an account may have one that is called as AWS's.
    fn found<'s>(&self, call: &Call<'s>) -> BTreeMap<String, &'s ManagedPolicy> {
        let local = policies(call).map(|(_, policy)| policy);
        let local = local.filter(|_| self.scope != Some(Scope::Aws));
        let aws = aws_policies().filter(|_| self.scope != Some(Scope::Local));
        let place = |policy: &ManagedPolicy| format!("{} {}", policy.name.folded().as_str(), policy.id);
        local.chain(aws).map(|policy| (place(policy), policy)).collect()
    }
}

impl Read for ListPolicies {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let none = self.usage == Some(Usage::PermissionsBoundary);
        let only_attached = self.only_attached.unwrap_or_default();
        let found = self.found(call).into_iter().filter(|(_, policy)| {
            let wanted = !only_attached || call.state.attachments(call.caller, policy.id) > 0;
            !none && wanted && prefix.begins(&policy.path)
        });
        let scope = [
            prefix.as_str(),
            if only_attached { "attached" } else { "" },
            if none { "none" } else { "" },
            self.scope.map_or("", Scope::as_str),
        ];
        let page = list(call, &scope, &self.page, found.collect::<Vec<_>>())?;
        let item = |policy| PolicyItem::listed(call, policy);
        Ok(Response {
            policies: page.items.into_iter().map(item).collect(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
