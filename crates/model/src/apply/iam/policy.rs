//! Managed policies and their versions.

use std::collections::BTreeMap;

use super::{fitting, within};
use crate::apply::{Execute, Transaction};
use crate::command::{
    CreatePolicy, CreatePolicyVersion, DeletePolicy, DeletePolicyVersion, SetDefaultPolicyVersion,
};
use crate::iam::{
    IamQuota, IamRejection, ManagedPolicy, PolicyArn, PolicyId, PolicyVersion, VersionId,
};
use crate::limits::{MANAGED_POLICIES_MAX, MANAGED_POLICY_CHARS_MAX, POLICY_VERSIONS_MAX};
use crate::outcome::Reply;
use crate::rejection::{Limit, Rejection};
use crate::resource::Key;

fn storable(document: &String, name: &str) -> Result<(), Rejection> {
    fitting([document], MANAGED_POLICY_CHARS_MAX, || {
        format!("policy {name}")
    })
    .map_err(|refusal| named(refusal, IamQuota::PolicySize))
}

/// The refusal of a document that is too long, by the name of its quota.
pub(super) fn named(refusal: Rejection, quota: IamQuota) -> Rejection {
    if let Rejection::Iam(IamRejection::PolicySize { max, .. }) = refusal {
        return IamRejection::Quota { quota, max }.into();
    }
    refusal
}

impl Execute for CreatePolicy {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let owner = tx.caller();
        if tx.state().policy_named(owner, &self.name).is_some() {
            return Err(IamRejection::PolicyExists(self.name).into());
        }
        storable(&self.document, self.name.as_str())?;
        let present = tx.state().indexes().policy_names.count(&owner);
        within(present, MANAGED_POLICIES_MAX, IamQuota::Policies)?;
        let id = PolicyId::from_bits(tx.bits());
        if tx.state().managed_policy(id).is_some() {
            return Err(Limit::Identifiers.into());
        }
        let created = tx.now();
        let first = PolicyVersion {
            document: self.document,
            created,
        };
        tx.put(ManagedPolicy {
            id,
            owner: Some(owner),
            path: self.path,
            name: self.name,
            description: self.description,
            versions: BTreeMap::from([(VersionId::FIRST, first)]),
            default_version: VersionId::FIRST,
            next_version: VersionId::FIRST.next(),
            created,
            updated: created,
            tags: self.tags,
        });
        Ok(Reply::ManagedPolicy(id))
    }
}

impl Execute for DeletePolicy {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let policy = tx.own_policy(&self.policy)?;
        if tx.state().attachments(tx.caller(), policy.id) > 0 {
            return Err(IamRejection::Attached.into());
        }
        if policy.versions.len() > 1 {
            return Err(IamRejection::HasVersions.into());
        }
        tx.delete(Key::ManagedPolicy(policy.id));
        Ok(Reply::Done)
    }
}

impl Execute for CreatePolicyVersion {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut policy = ManagedPolicy::clone(&*tx.own_policy(&self.policy)?);
        storable(&self.document, policy.name.as_str())?;
        if policy.versions.len() >= POLICY_VERSIONS_MAX {
            return Err(IamRejection::Versions(POLICY_VERSIONS_MAX).into());
        }
        let version = policy.next_version;
        let created = tx.now();
        let document = self.document;
        policy
            .versions
            .insert(version, PolicyVersion { document, created });
        policy.next_version = version.next();
        policy.updated = created;
        if self.set_as_default {
            policy.default_version = version;
        }
        tx.put(policy);
        Ok(Reply::PolicyVersion(version))
    }
}

impl Transaction<'_, '_> {
    /// A copy of a policy that has a version.
    fn policy_with(&self, arn: &PolicyArn, version: VersionId) -> Result<ManagedPolicy, Rejection> {
        let policy = self.own_policy(arn)?;
        if policy.versions.contains_key(&version) {
            return Ok(ManagedPolicy::clone(&policy));
        }
        let policy = arn.clone();
        Err(IamRejection::NoSuchVersion { policy, version }.into())
    }
}

impl Execute for DeletePolicyVersion {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut policy = tx.policy_with(&self.policy, self.version)?;
        if policy.default_version == self.version {
            return Err(IamRejection::DefaultVersion.into());
        }
        policy.versions.remove(&self.version);
        policy.updated = tx.now();
        tx.put(policy);
        Ok(Reply::Done)
    }
}

impl Execute for SetDefaultPolicyVersion {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut policy = tx.policy_with(&self.policy, self.version)?;
        policy.default_version = self.version;
        policy.updated = tx.now();
        tx.put(policy);
        Ok(Reply::Done)
    }
}
