//! Users, roles and managed policies.

use std::collections::BTreeSet;

use super::Checker;
use crate::iam::{IdentityPolicies, PolicyId, aws_policy, counted_chars};
use crate::id::AccountId;
use crate::limits::{
    ACCESS_KEYS_PER_USER_MAX, ATTACHED_POLICIES_MAX, MANAGED_POLICY_CHARS_MAX, POLICY_VERSIONS_MAX,
    ROLE_POLICY_CHARS_MAX, TRUST_POLICY_CHARS_MAX, USER_POLICY_CHARS_MAX,
};
use crate::resource::Key;

impl Checker<'_> {
    pub(super) fn check_iam(&mut self) {
        let tables = self.tables;
        for user in tables.users.iter() {
            let key = Key::User(user.id);
            let few = user.access_keys.len() <= ACCESS_KEYS_PER_USER_MAX;
            self.require(few, key.clone(), "it has two access keys at most");
            self.check_policies(&user.policies, user.owner, USER_POLICY_CHARS_MAX, &key);
        }
        for role in tables.roles.iter() {
            let key = Key::Role(role.id);
            let short = counted_chars(&role.trust_policy) <= TRUST_POLICY_CHARS_MAX;
            self.require(short, key.clone(), "its trust policy is short enough");
            self.check_policies(&role.policies, role.owner, ROLE_POLICY_CHARS_MAX, &key);
        }
        self.check_managed_policies();
        self.check_names();
    }

    fn check_policies(
        &mut self,
        policies: &IdentityPolicies,
        owner: AccountId,
        chars_max: usize,
        key: &Key,
    ) {
        let chars: usize = policies
            .inline
            .values()
            .map(|text| counted_chars(text))
            .sum();
        self.require(chars <= chars_max, key.clone(), "its inline policies fit");
        let few = policies.attached.len() <= ATTACHED_POLICIES_MAX;
        self.require(few, key.clone(), "few enough policies are attached");
        let managed = &self.tables.managed_policies;
        let own = |id: &PolicyId| {
            managed
                .get(id)
                .is_some_and(|policy| policy.owner == Some(owner))
        };
        let usable = policies
            .attached
            .iter()
            .all(|id| own(id) || aws_policy(*id).is_some());
        self.require(
            usable,
            key.clone(),
            "attached policies are of its account or of AWS",
        );
    }

    fn check_managed_policies(&mut self) {
        for policy in self.tables.managed_policies.iter() {
            let key = Key::ManagedPolicy(policy.id);
            self.require(policy.owner.is_some(), key.clone(), "it is an account's");
            let versions = &policy.versions;
            let in_force = versions.contains_key(&policy.default_version);
            self.require(in_force, key.clone(), "its default version exists");
            let count = versions.len();
            let few = (1..=POLICY_VERSIONS_MAX).contains(&count);
            self.require(few, key.clone(), "it has one to five versions");
            let given = versions
                .keys()
                .all(|version| *version < policy.next_version);
            self.require(given, key.clone(), "its next version is new");
            let mut documents = versions.values().map(|version| &version.document);
            let short = documents.all(|text| counted_chars(text) <= MANAGED_POLICY_CHARS_MAX);
            self.require(short, key, "its documents are short enough");
        }
    }

    fn check_names(&mut self) {
        let tables = self.tables;
        let users = tables.users.iter();
        let users = users.map(|one| ((one.owner, one.name.folded()), Key::User(one.id)));
        self.require_distinct(users, "no other user has its name");
        let roles = tables.roles.iter();
        let roles = roles.map(|one| ((one.owner, one.name.folded()), Key::Role(one.id)));
        self.require_distinct(roles, "no other role has its name");
        let policies = tables.managed_policies.iter();
        let policies =
            policies.map(|one| ((one.owner, one.name.folded()), Key::ManagedPolicy(one.id)));
        self.require_distinct(policies, "no other policy has its name");
        let root: BTreeSet<_> = tables.accounts.iter().map(|one| &one.root_key.id).collect();
        let of_users = tables.users.iter();
        let of_users = of_users.flat_map(|user| {
            let keys = user.access_keys.keys();
            keys.map(|key| (key.clone(), Key::User(user.id)))
        });
        let of_users: Vec<_> = of_users.collect();
        for (key, user) in &of_users {
            self.require(
                !root.contains(key),
                user.clone(),
                "its keys are no root user's",
            );
        }
        self.require_distinct(of_users, "its access keys are its own");
    }
}
