//! `ListEntitiesForPolicy`.

use aws_wire::query::ItemsPage;
use aws_wire::{ApiError, enumeration, request, response};
use model::iam::{PathPrefix, PolicyArn, RoleName, UserName};
use model::{PolicyId, RoleId, UserId};

use super::listing::list;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

enumeration! {
    /// What a policy is attached to.
    pub(super) enum EntityType {
        /// Users.
        User = "User",
        /// Roles.
        Role = "Role",
        /// Groups, of which there are none.
        Group = "Group",
        /// Policies of an account, which are attached to nothing.
        LocalManagedPolicy = "LocalManagedPolicy",
        /// Policies of AWS, which are attached to nothing.
        AwsManagedPolicy = "AWSManagedPolicy",
    }
}

request! {
    /// Lists whom a managed policy is attached to.
    pub(super) struct ListEntitiesForPolicy(Iam, "IAM API reference, ListEntitiesForPolicy") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
        /// Only those of this kind.
        entity_filter: Option<EntityType> = "EntityFilter",
        /// Only those whose path begins so.
        path_prefix: Option<PathPrefix> = "PathPrefix",
    }
    groups {
        /// How many, and from where on.
        page: ItemsPage,
    }
    refused {
        /// There are no permissions boundaries.
        "PolicyUsageFilter" except ["PermissionsPolicy"]: Option<String>,
    }
}

response! {
    /// A page of users and roles.
    pub(super) struct Response {
        /// Groups, of which there are none.
        groups: Vec<String> = "PolicyGroups",
        /// Users.
        users: Vec<PolicyUser> = "PolicyUsers",
        /// Roles.
        roles: Vec<PolicyRole> = "PolicyRoles",
        /// Whether there are more.
        is_truncated: bool = "IsTruncated",
        /// Where the next page begins.
        marker: Option<String> = "Marker",
    }
}

response! {
    /// A user.
    pub(super) struct PolicyUser {
        /// Name.
        user_name: UserName = "UserName",
        /// Unique id.
        user_id: UserId = "UserId",
    }
}

response! {
    /// A role.
    pub(super) struct PolicyRole {
        /// Name.
        role_name: RoleName = "RoleName",
        /// Unique id.
        role_id: RoleId = "RoleId",
    }
}

/// Whom a policy is attached to.
enum Entity {
    User(PolicyUser),
    Role(PolicyRole),
}

impl Permitted for ListEntitiesForPolicy {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl ListEntitiesForPolicy {
    /// All that are asked for: users, then roles, each by name.
    fn entities(&self, call: &Call<'_>, policy: PolicyId) -> Vec<(String, Entity)> {
        let (tables, indexes) = (call.state.tables(), call.state.indexes());
        let of = (call.caller, policy);
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let wanted = |kind| self.entity_filter.is_none_or(|wanted| wanted == kind);
        let users = indexes.users_by_policy.of(&of).filter(|_| wanted(EntityType::User));
        let users = users.filter_map(|id| tables.users.get(id));
        let users = users.filter(|user| prefix.begins(&user.path));
        let users = users.map(|user| {
            let (user_name, user_id) = (user.name.clone(), user.id);
            (format!("user {user_name}"), Entity::User(PolicyUser { user_name, user_id }))
        });
        let roles = indexes.roles_by_policy.of(&of).filter(|_| wanted(EntityType::Role));
        let roles = roles.filter_map(|id| tables.roles.get(id));
        let roles = roles.filter(|role| prefix.begins(&role.path));
        let roles = roles.map(|role| {
            let (role_name, role_id) = (role.name.clone(), role.id);
            (format!("role {role_name}"), Entity::Role(PolicyRole { role_name, role_id }))
        });
        let mut all: Vec<_> = users.chain(roles).collect();
        all.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        all
    }
}

impl Read for ListEntitiesForPolicy {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let policy = call.managed_policy(&self.policy_arn)?;
        let prefix = self.path_prefix.clone().unwrap_or_default();
        let kind = self.entity_filter.map_or("", EntityType::as_str);
        let of = policy.id.to_string();
        let scope = [of.as_str(), prefix.as_str(), kind];
        let page = list(call, &scope, &self.page, self.entities(call, policy.id))?;
        let mut response = Response {
            groups: Vec::new(),
            users: Vec::new(),
            roles: Vec::new(),
            is_truncated: page.is_truncated,
            marker: page.marker,
        };
        for entity in page.items {
            match entity {
                Entity::User(user) => response.users.push(user),
                Entity::Role(role) => response.roles.push(role),
            }
        }
        Ok(response)
    }
}
