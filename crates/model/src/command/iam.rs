//! Requests about users, roles and policies. Documents are policies: whoever makes a command has read them.

use crate::account::AccessKeyId;
use crate::iam::{
    AccessKeyStatus, IdentityName, Path, PolicyArn, PolicyName, RoleName, UserName, VersionId,
};
use crate::tag::Tags;

/// See [`super::Command::CreateUser`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateUser {
    /// Path.
    pub path: Path,
    /// Name.
    pub name: UserName,
    /// Tags.
    pub tags: Tags,
}

/// See [`super::Command::UpdateUser`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdateUser {
    /// Which.
    pub user: UserName,
    /// New path; as before if not given.
    pub new_path: Option<Path>,
    /// New name; as before if not given.
    pub new_name: Option<UserName>,
}

/// See [`super::Command::DeleteUser`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteUser {
    /// Which. It holds no keys and policies.
    pub user: UserName,
}

/// See [`super::Command::CreateAccessKey`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateAccessKey {
    /// Of which user.
    pub user: UserName,
}

/// See [`super::Command::UpdateAccessKey`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdateAccessKey {
    /// Of which user.
    pub user: UserName,
    /// Which.
    pub key: AccessKeyId,
    /// Whether it can be used from now on.
    pub status: AccessKeyStatus,
}

/// See [`super::Command::DeleteAccessKey`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteAccessKey {
    /// Of which user.
    pub user: UserName,
    /// Which.
    pub key: AccessKeyId,
}

/// See [`super::Command::CreateRole`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateRole {
    /// Path.
    pub path: Path,
    /// Name.
    pub name: RoleName,
    /// Description.
    pub description: String,
    /// Who may assume it.
    pub trust_policy: String,
    /// The longest session, in seconds.
    pub max_session_secs: u32,
    /// Tags.
    pub tags: Tags,
}

/// See [`super::Command::UpdateRole`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdateRole {
    /// Which.
    pub role: RoleName,
    /// Description; as before if not given.
    pub description: Option<String>,
    /// The longest session, in seconds; as before if not given.
    pub max_session_secs: Option<u32>,
}

/// See [`super::Command::UpdateAssumeRolePolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdateAssumeRolePolicy {
    /// Which role.
    pub role: RoleName,
    /// Who may assume it.
    pub trust_policy: String,
}

/// See [`super::Command::DeleteRole`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteRole {
    /// Which. It holds no policies.
    pub role: RoleName,
}

/// See [`super::Command::PutInlinePolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PutInlinePolicy {
    /// Of whom.
    pub identity: IdentityName,
    /// Its name; a policy of that name is replaced.
    pub name: PolicyName,
    /// The document.
    pub document: String,
}

/// See [`super::Command::DeleteInlinePolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteInlinePolicy {
    /// Of whom.
    pub identity: IdentityName,
    /// Which.
    pub name: PolicyName,
}

/// See [`super::Command::CreatePolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreatePolicy {
    /// Path.
    pub path: Path,
    /// Name.
    pub name: PolicyName,
    /// Description.
    pub description: String,
    /// The document of its first version.
    pub document: String,
    /// Tags.
    pub tags: Tags,
}

/// See [`super::Command::DeletePolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeletePolicy {
    /// Which. It is attached to nobody and has no version but the one in force.
    pub policy: PolicyArn,
}

/// See [`super::Command::CreatePolicyVersion`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreatePolicyVersion {
    /// Of which policy.
    pub policy: PolicyArn,
    /// The document.
    pub document: String,
    /// Whether it is in force from now on.
    pub set_as_default: bool,
}

/// See [`super::Command::DeletePolicyVersion`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeletePolicyVersion {
    /// Of which policy.
    pub policy: PolicyArn,
    /// Which; not the one in force.
    pub version: VersionId,
}

/// See [`super::Command::SetDefaultPolicyVersion`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetDefaultPolicyVersion {
    /// Of which policy.
    pub policy: PolicyArn,
    /// The version that is in force from now on.
    pub version: VersionId,
}

/// See [`super::Command::AttachPolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttachPolicy {
    /// To whom.
    pub identity: IdentityName,
    /// Which policy.
    pub policy: PolicyArn,
}

/// See [`super::Command::DetachPolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DetachPolicy {
    /// From whom.
    pub identity: IdentityName,
    /// Which policy.
    pub policy: PolicyArn,
}
