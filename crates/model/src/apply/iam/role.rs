//! Roles.

use super::policy::named;
use super::{fitting, within};
use crate::apply::{Execute, Transaction};
use crate::command::{CreateRole, DeleteRole, UpdateAssumeRolePolicy, UpdateRole};
use crate::iam::{IamQuota, IamRejection, IdentityPolicies, Role, RoleId};
use crate::limits::{ROLES_MAX, TRUST_POLICY_CHARS_MAX};
use crate::outcome::Reply;
use crate::rejection::{Limit, Rejection};
use crate::resource::Key;

fn trustable(document: &String) -> Result<(), Rejection> {
    fitting([document], TRUST_POLICY_CHARS_MAX, || {
        "AssumeRolePolicy".to_owned()
    })
    .map_err(|refusal| named(refusal, IamQuota::TrustPolicySize))
}

impl Execute for CreateRole {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let owner = tx.caller();
        if tx.state().role_named(owner, &self.name).is_some() {
            return Err(IamRejection::RoleExists(self.name).into());
        }
        trustable(&self.trust_policy)?;
        let present = tx.state().indexes().role_names.count(&owner);
        within(present, ROLES_MAX, IamQuota::Roles)?;
        let id = RoleId::from_bits(tx.bits());
        if tx.state().tables().roles.contains(&id) {
            return Err(Limit::Identifiers.into());
        }
        let created = tx.now();
        tx.put(Role {
            id,
            owner,
            path: self.path,
            name: self.name,
            description: self.description,
            trust_policy: self.trust_policy,
            max_session_secs: self.max_session_secs,
            policies: IdentityPolicies::default(),
            created,
            tags: self.tags,
        });
        Ok(Reply::Role(id))
    }
}

impl Execute for UpdateRole {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut role = Role::clone(&*tx.role_named(&self.role)?);
        if let Some(description) = self.description {
            role.description = description;
        }
        if let Some(secs) = self.max_session_secs {
            role.max_session_secs = secs;
        }
        tx.put(role);
        Ok(Reply::Done)
    }
}

impl Execute for UpdateAssumeRolePolicy {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut role = Role::clone(&*tx.role_named(&self.role)?);
        trustable(&self.trust_policy)?;
        role.trust_policy = self.trust_policy;
        tx.put(role);
        Ok(Reply::Done)
    }
}

impl Execute for DeleteRole {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let role = tx.role_named(&self.role)?;
        let in_the_way = if !role.policies.attached.is_empty() {
            "detach all policies"
        } else if !role.policies.inline.is_empty() {
            "delete policies"
        } else {
            tx.delete(Key::Role(role.id));
            return Ok(Reply::Done);
        };
        Err(IamRejection::DeleteConflict(in_the_way).into())
    }
}
