//! Why a command about users, roles or policies is refused. Texts are IAM's where they are known.

use super::name::{PolicyArn, PolicyName, RoleName, UserName};
use super::policy::VersionId;

/// Why a command is refused; the code of IAM is in parentheses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IamRejection {
    /// (NoSuchEntity)
    #[error("The user with name {0} cannot be found.")]
    NoSuchUser(UserName),
    /// (NoSuchEntity)
    #[error("The role with name {0} cannot be found.")]
    NoSuchRole(RoleName),
    /// By its unique id, since it was deleted after it had been found by its name. (NoSuchEntity)
    #[error("The entity {0} cannot be found.")]
    Gone(String),
    /// (NoSuchEntity)
    #[error("The Access Key with id {0} cannot be found.")]
    NoSuchAccessKey(String),
    /// An inline policy. (NoSuchEntity)
    #[error("The {kind} policy with name {name} cannot be found.")]
    NoSuchInlinePolicy {
        /// Of a user or a role.
        kind: &'static str,
        /// Its name.
        name: PolicyName,
    },
    /// A managed policy. (NoSuchEntity)
    #[error("Policy {0} does not exist or is not attachable.")]
    NoSuchPolicy(PolicyArn),
    /// (NoSuchEntity)
    #[error("Policy {policy} version {version} does not exist or is not attachable.")]
    NoSuchVersion {
        /// The policy.
        policy: PolicyArn,
        /// The version.
        version: VersionId,
    },
    /// A change of a policy that is AWS's own. (AccessDenied)
    #[error("Not authorized to change resource: policy {0}, which is managed by AWS.")]
    AwsPolicy(PolicyArn),
    /// A managed policy that is not attached. (NoSuchEntity)
    #[error("Policy {0} was not found.")]
    NotAttached(PolicyArn),
    /// (EntityAlreadyExists)
    #[error("User with name {0} already exists.")]
    UserExists(UserName),
    /// (EntityAlreadyExists)
    #[error("Role with name {0} already exists.")]
    RoleExists(RoleName),
    /// (EntityAlreadyExists)
    #[error("A policy called {0} already exists. Duplicate names are not allowed.")]
    PolicyExists(PolicyName),
    /// (DeleteConflict)
    #[error("Cannot delete entity, must {0} first.")]
    DeleteConflict(&'static str),
    /// (DeleteConflict)
    #[error(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
    )]
    HasVersions,
    /// (DeleteConflict)
    #[error("Cannot delete a policy attached to entities.")]
    Attached,
    /// (DeleteConflict)
    #[error("Cannot delete the default version of a policy.")]
    DefaultVersion,
    /// (LimitExceeded)
    #[error("Cannot exceed quota for {}: {max}", quota.name())]
    Quota {
        /// Which quota.
        quota: IamQuota,
        /// How much it allows.
        max: usize,
    },
    /// (LimitExceeded)
    #[error(
        "A managed policy can have up to {0} versions. Before you create a new version, you must delete an existing version."
    )]
    Versions(usize),
    /// (LimitExceeded)
    #[error("Maximum policy size of {max} bytes exceeded for {of}")]
    PolicySize {
        /// Most characters, white space not counted.
        max: usize,
        /// Whose policy: `user alice`.
        of: String,
    },
    /// (LimitExceeded)
    #[error("Maximum policy size of {max} characters, white space included, exceeded for {of}")]
    PolicyLength {
        /// Most characters.
        max: usize,
        /// Whose policy: `user alice`.
        of: String,
    },
}

/// A quota of IAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IamQuota {
    /// Users of an account.
    Users,
    /// Roles of an account.
    Roles,
    /// Managed policies of an account.
    Policies,
    /// Access keys of a user.
    AccessKeys,
    /// Managed policies that are attached to a user.
    PoliciesOfUser,
    /// Managed policies that are attached to a role.
    PoliciesOfRole,
    /// Tags of a user, role or policy.
    Tags,
    /// Characters of a managed policy, white space not counted.
    PolicySize,
    /// Characters of a role's trust policy, white space not counted.
    TrustPolicySize,
}

impl IamQuota {
    /// As IAM calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "UsersPerAccount",
            Self::Roles => "RolesPerAccount",
            Self::Policies => "PoliciesPerAccount",
            Self::AccessKeys => "AccessKeysPerUser",
            Self::PoliciesOfUser => "PoliciesPerUser",
            Self::PoliciesOfRole => "PoliciesPerRole",
            Self::Tags => "TagsPerResource",
            Self::PolicySize => "PolicySize",
            Self::TrustPolicySize => "ACLSizePerRole",
        }
    }
}
