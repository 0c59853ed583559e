//! Users and their access keys.

use std::collections::BTreeMap;

use super::within;
use crate::account::{AccessKey, AccessKeyId};
use crate::apply::{Execute, Transaction};
use crate::command::{
    CreateAccessKey, CreateUser, DeleteAccessKey, DeleteUser, UpdateAccessKey, UpdateUser,
};
use crate::iam::{
    AccessKeyStatus, IamQuota, IamRejection, IdentityPolicies, User, UserAccessKey, UserId,
    UserName,
};
use crate::limits::{ACCESS_KEYS_PER_USER_MAX, USERS_MAX};
use crate::outcome::Reply;
use crate::rejection::{Limit, Rejection};
use crate::resource::Key;

impl Execute for CreateUser {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let owner = tx.caller();
        if tx.state().user_named(owner, &self.name).is_some() {
            return Err(IamRejection::UserExists(self.name).into());
        }
        let present = tx.state().indexes().user_names.count(&owner);
        within(present, USERS_MAX, IamQuota::Users)?;
        let id = UserId::from_bits(tx.bits());
        if tx.state().tables().users.contains(&id) {
            return Err(Limit::Identifiers.into());
        }
        let created = tx.now();
        tx.put(User {
            id,
            owner,
            path: self.path,
            name: self.name,
            access_keys: BTreeMap::new(),
            policies: IdentityPolicies::default(),
            created,
            tags: self.tags,
        });
        Ok(Reply::User(id))
    }
}

impl Execute for UpdateUser {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut user = User::clone(&*tx.user_named(&self.user)?);
        if let Some(name) = self.new_name {
            let taken = tx.state().user_named(user.owner, &name);
            if taken.is_some_and(|other| other.id != user.id) {
                return Err(IamRejection::UserExists(name).into());
            }
            user.name = name;
        }
        if let Some(path) = self.new_path {
            user.path = path;
        }
        tx.put(user);
        Ok(Reply::Done)
    }
}

impl Execute for DeleteUser {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let user = tx.user_named(&self.user)?;
        let in_the_way = if !user.access_keys.is_empty() {
            "delete access keys"
        } else if !user.policies.attached.is_empty() {
            "detach all policies"
        } else if !user.policies.inline.is_empty() {
            "delete policies"
        } else {
            tx.delete(Key::User(user.id));
            return Ok(Reply::Done);
        };
        Err(IamRejection::DeleteConflict(in_the_way).into())
    }
}

impl Execute for CreateAccessKey {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut user = User::clone(&*tx.user_named(&self.user)?);
        let present = user.access_keys.len();
        within(present, ACCESS_KEYS_PER_USER_MAX, IamQuota::AccessKeys)?;
        let AccessKey { id, secret } = AccessKey::generate(tx.ids());
        if tx.state().has_access_key(&id) {
            return Err(Limit::Identifiers.into());
        }
        let key = UserAccessKey {
            secret,
            status: AccessKeyStatus::Active,
            created: tx.now(),
        };
        user.access_keys.insert(id.clone(), key);
        tx.put(user);
        Ok(Reply::AccessKey(id))
    }
}

impl Transaction<'_, '_> {
    /// Changes a user's access keys, of which one is meant.
    fn edit_access_key(
        &mut self,
        user: &UserName,
        key: &AccessKeyId,
        change: impl FnOnce(&mut BTreeMap<AccessKeyId, UserAccessKey>),
    ) -> Result<Reply, Rejection> {
        let mut user = User::clone(&*self.user_named(user)?);
        if !user.access_keys.contains_key(key) {
            return Err(IamRejection::NoSuchAccessKey(key.to_string()).into());
        }
        change(&mut user.access_keys);
        self.put(user);
        Ok(Reply::Done)
    }
}

impl Execute for UpdateAccessKey {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        tx.edit_access_key(&self.user, &self.key, |keys| {
            keys.entry(self.key.clone())
                .and_modify(|key| key.status = self.status);
        })
    }
}

impl Execute for DeleteAccessKey {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        tx.edit_access_key(&self.user, &self.key, |keys| {
            keys.remove(&self.key);
        })
    }
}
