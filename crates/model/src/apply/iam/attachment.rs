//! What users and roles may do: their inline policies, and managed ones that are attached to them.

use super::{fitting, within};
use crate::apply::{Execute, Transaction};
use crate::command::{AttachPolicy, DeleteInlinePolicy, DetachPolicy, PutInlinePolicy};
use crate::iam::{IamQuota, IamRejection, IdentityName};
use crate::limits::{ATTACHED_POLICIES_MAX, ROLE_POLICY_CHARS_MAX, USER_POLICY_CHARS_MAX};
use crate::outcome::Reply;
use crate::rejection::Rejection;

/// The word for the kind of an identity.
const fn kind(identity: &IdentityName) -> &'static str {
    match identity {
        IdentityName::User(_) => "user",
        IdentityName::Role(_) => "role",
    }
}

impl Execute for PutInlinePolicy {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let (max, name) = match &self.identity {
            IdentityName::User(name) => (USER_POLICY_CHARS_MAX, name.as_str()),
            IdentityName::Role(name) => (ROLE_POLICY_CHARS_MAX, name.as_str()),
        };
        let kind = kind(&self.identity);
        tx.edit_policies(&self.identity, |policies| {
            policies.inline.insert(self.name, self.document);
            fitting(policies.inline.values(), max, || format!("{kind} {name}"))
        })?;
        Ok(Reply::Done)
    }
}

impl Execute for DeleteInlinePolicy {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let kind = kind(&self.identity);
        tx.edit_policies(&self.identity, |policies| {
            match policies.inline.remove(&self.name) {
                Some(_) => Ok(()),
                None => {
                    let name = self.name;
                    Err(IamRejection::NoSuchInlinePolicy { kind, name }.into())
                }
            }
        })?;
        Ok(Reply::Done)
    }
}

impl Execute for AttachPolicy {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let quota = match &self.identity {
            IdentityName::User(_) => IamQuota::PoliciesOfUser,
            IdentityName::Role(_) => IamQuota::PoliciesOfRole,
        };
        let policy = tx.managed_policy(&self.policy);
        tx.edit_policies(&self.identity, |policies| {
            let policy = policy?.id;
            if !policies.attached.contains(&policy) {
                within(policies.attached.len(), ATTACHED_POLICIES_MAX, quota)?;
                policies.attached.insert(policy);
            }
            Ok(())
        })?;
        Ok(Reply::Done)
    }
}

impl Execute for DetachPolicy {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let policy = tx.managed_policy(&self.policy);
        tx.edit_policies(&self.identity, |policies| {
            if policies.attached.remove(&policy?.id) {
                return Ok(());
            }
            Err(IamRejection::NotAttached(self.policy).into())
        })?;
        Ok(Reply::Done)
    }
}
