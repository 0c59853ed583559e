//! Users, roles and policies: what they have in common is finding them, by name.

mod attachment;
mod policy;
mod role;
mod user;

use std::sync::Arc;

use super::Transaction;
use crate::iam::{
    IamQuota, IamRejection, IdentityName, IdentityPolicies, ManagedPolicy, PolicyArn, Role,
    RoleName, User, UserName, counted_chars,
};
use crate::limits::POLICY_WHITE_SPACE_FACTOR;
use crate::rejection::Rejection;

impl Transaction<'_, '_> {
    /// The caller's user of a name.
    fn user_named(&self, name: &UserName) -> Result<Arc<User>, Rejection> {
        let found = self.state().user_named(self.caller(), name).cloned();
        found.ok_or_else(|| IamRejection::NoSuchUser(name.clone()).into())
    }

    /// The caller's role of a name.
    fn role_named(&self, name: &RoleName) -> Result<Arc<Role>, Rejection> {
        let found = self.state().role_named(self.caller(), name).cloned();
        found.ok_or_else(|| IamRejection::NoSuchRole(name.clone()).into())
    }

    /// The managed policy of an ARN that the caller can attach: its own, or AWS's.
    fn managed_policy(&self, arn: &PolicyArn) -> Result<Arc<ManagedPolicy>, Rejection> {
        let found = self.state().policy_of_arn(arn);
        let usable = found.filter(|policy| policy.is_usable_by(self.caller()));
        usable
            .cloned()
            .ok_or_else(|| IamRejection::NoSuchPolicy(arn.clone()).into())
    }

    /// The managed policy of an ARN that the caller can change: its own.
    fn own_policy(&self, arn: &PolicyArn) -> Result<Arc<ManagedPolicy>, Rejection> {
        let policy = self.managed_policy(arn)?;
        match policy.owner {
            Some(_) => Ok(policy),
            None => Err(IamRejection::AwsPolicy(arn.clone()).into()),
        }
    }

    /// Changes what policies a user or role holds.
    fn edit_policies(
        &mut self,
        identity: &IdentityName,
        change: impl FnOnce(&mut IdentityPolicies) -> Result<(), Rejection>,
    ) -> Result<(), Rejection> {
        match identity {
            IdentityName::User(name) => {
                let mut user = User::clone(&*self.user_named(name)?);
                change(&mut user.policies)?;
                self.put(user);
            }
            IdentityName::Role(name) => {
                let mut role = Role::clone(&*self.role_named(name)?);
                change(&mut role.policies)?;
                self.put(role);
            }
        }
        Ok(())
    }
}

/// Refuses one more of what there are already `count`, when the quota is reached.
fn within(count: usize, max: usize, quota: IamQuota) -> Result<(), Rejection> {
    if count < max {
        Ok(())
    } else {
        Err(IamRejection::Quota { quota, max }.into())
    }
}

/// Refuses documents that are too long together, white space not counted, or much too long with it: they are kept as
/// they are.
fn fitting<'a>(
    documents: impl IntoIterator<Item = &'a String>,
    max: usize,
    of: impl FnOnce() -> String,
) -> Result<(), Rejection> {
    let (mut counted, mut all) = (0, 0);
    for text in documents {
        counted += counted_chars(text);
        all += text.chars().count();
    }
    if counted > max {
        return Err(IamRejection::PolicySize { max, of: of() }.into());
    }
    let max = max.saturating_mul(POLICY_WHITE_SPACE_FACTOR);
    if all > max {
        return Err(IamRejection::PolicyLength { max, of: of() }.into());
    }
    Ok(())
}
