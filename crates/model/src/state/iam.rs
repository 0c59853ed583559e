//! Users, roles and policies by name, and who a caller is.

use std::sync::Arc;

use super::State;
use crate::account::AccessKeyId;
use crate::caller::{Caller, Identity};
use crate::endpoint_service::EndpointService;
use crate::iam::{
    ManagedPolicy, PolicyArn, PolicyId, PolicyName, Role, RoleArn, RoleName, User, UserName,
    aws_policy, aws_policy_named,
};
use crate::id::AccountId;
use crate::principal::Principal;

impl State {
    /// The user that an access key belongs to, whether or not it can be used.
    pub fn user_of_access_key(&self, key: &AccessKeyId) -> Option<&Arc<User>> {
        let id = self.indexes.user_of_access_key.first(key)?;
        self.tables.users.get(id)
    }

    /// Whether an access key is a root user's or a user's.
    pub fn has_access_key(&self, key: &AccessKeyId) -> bool {
        self.account_of_access_key(key).is_some() || self.user_of_access_key(key).is_some()
    }

    /// The user of a name.
    pub fn user_named(&self, account: AccountId, name: &UserName) -> Option<&Arc<User>> {
        let id = self.indexes.user_of_name.first(&(account, name.folded()))?;
        self.tables.users.get(id)
    }

    /// The role of a name.
    pub fn role_named(&self, account: AccountId, name: &RoleName) -> Option<&Arc<Role>> {
        let id = self.indexes.role_of_name.first(&(account, name.folded()))?;
        self.tables.roles.get(id)
    }

    /// The managed policy of a name.
    pub fn policy_named(
        &self,
        account: AccountId,
        name: &PolicyName,
    ) -> Option<&Arc<ManagedPolicy>> {
        let id = self
            .indexes
            .policy_of_name
            .first(&(account, name.folded()))?;
        self.tables.managed_policies.get(id)
    }

    /// The managed policy with that id, an account's or AWS's own.
    pub fn managed_policy(&self, id: PolicyId) -> Option<&Arc<ManagedPolicy>> {
        let stored = self.tables.managed_policies.get(&id);
        stored.or_else(|| aws_policy(id))
    }

    /// The managed policy of an ARN, which has to be its own in all parts.
    pub fn policy_of_arn(&self, arn: &PolicyArn) -> Option<&Arc<ManagedPolicy>> {
        let policy = match arn.account {
            Some(account) => self.policy_named(account, &arn.name)?,
            None => aws_policy_named(&arn.name)?,
        };
        (policy.arn(&self.settings) == *arn).then_some(policy)
    }

    /// How many users and roles of an account a managed policy is attached to.
    pub fn attachments(&self, account: AccountId, policy: PolicyId) -> usize {
        let of = (account, policy);
        self.indexes.users_by_policy.count(&of) + self.indexes.roles_by_policy.count(&of)
    }

    /// The role of an ARN, which has to be its own in all parts, whosever it is.
    pub fn role_of_arn(&self, arn: &RoleArn) -> Option<&Arc<Role>> {
        let role = self.role_named(arn.account?, &arn.name)?;
        (role.arn(&self.settings).as_str() == arn.to_string()).then_some(role)
    }

    /// Whether a caller may connect to an endpoint service: everyone of its owner may, and every allowed principal.
    pub fn admits(&self, service: &EndpointService, caller: Caller) -> bool {
        let mut permissions = service.permissions.values();
        service.owner == caller.account
            || permissions.any(|permission| self.is_principal(caller, &permission.principal))
    }

    fn is_principal(&self, caller: Caller, principal: &Principal) -> bool {
        match principal {
            Principal::All => true,
            Principal::Account { account, .. } => *account == caller.account,
            Principal::User { .. } | Principal::Role { .. } => {
                let tables = &self.tables;
                let arn = match caller.identity {
                    Identity::Root => None,
                    Identity::User(id) => tables.users.get(&id).map(|it| it.arn(&self.settings)),
                    Identity::Role(id) => tables.roles.get(&id).map(|it| it.arn(&self.settings)),
                };
                arn.is_some_and(|arn| arn.as_str() == principal.to_string())
            }
            Principal::Service(_) => false,
        }
    }
}
