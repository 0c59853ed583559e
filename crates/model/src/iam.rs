//! IAM: users, roles and managed policies of an account, what they hold, and AWS's own policies.
//!
//! Policy documents are text here. What they say is for the policy engine, and whether they say anything for whoever
//! makes a command of them; the model counts their characters alone. Not here either: groups, permissions boundaries,
//! passwords. Invariant: names are unique in an account by kind, whatever their letter case.
//! Source: IAM user guide, "IAM identifiers" and "IAM and STS quotas"; IAM API reference, 2026.

mod aws;
mod id;
mod name;
mod policy;
mod rejection;
mod role;
mod user;

pub use self::aws::aws_policies;
pub(crate) use self::aws::{policy as aws_policy, policy_named as aws_policy_named};
pub use self::id::{MalformedIamId, PolicyId, RoleId, UserId};
pub use self::name::{
    FoldedName, MalformedName, Path, PathPrefix, PolicyArn, PolicyName, RoleArn, RoleName, UserName,
};
pub use self::policy::{
    IdentityPolicies, MalformedVersion, ManagedPolicy, PolicyVersion, VersionId, counted_chars,
};
pub use self::rejection::{IamQuota, IamRejection};
pub use self::role::Role;
pub use self::user::{AccessKeyStatus, User, UserAccessKey};

/// What policies are attached to: a user or a role, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityName {
    /// A user.
    User(UserName),
    /// A role.
    Role(RoleName),
}
