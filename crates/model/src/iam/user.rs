//! Users and their access keys.
//!
//! Source: IAM user guide, "IAM users", "Manage access keys for IAM users", 2026.

use std::collections::BTreeMap;

use super::id::UserId;
use super::name::{Path, UserName};
use super::policy::IdentityPolicies;
use crate::account::AccessKeyId;
use crate::arn::Arn;
use crate::id::AccountId;
use crate::settings::Settings;
use crate::tag::Tags;
use crate::time::Timestamp;

/// One user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Unique id.
    pub id: UserId,
    /// Account that it belongs to.
    pub owner: AccountId,
    /// Path.
    pub path: Path,
    /// Name.
    pub name: UserName,
    /// What it signs with, at most [`crate::limits::ACCESS_KEYS_PER_USER_MAX`].
    pub access_keys: BTreeMap<AccessKeyId, UserAccessKey>,
    /// What it may do.
    pub policies: IdentityPolicies,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
}

impl User {
    /// Its ARN: `arn:aws:iam::ACCOUNT:user/PATH/NAME`.
    pub fn arn(&self, settings: &Settings) -> Arn {
        Arn::iam(
            settings,
            self.owner,
            format_args!("user{}{}", self.path, self.name),
        )
    }
}

/// An access key of a user.
#[derive(Clone, PartialEq, Eq)]
pub struct UserAccessKey {
    /// The secret half.
    pub secret: String,
    /// Whether it can be used.
    pub status: AccessKeyStatus,
    /// When it was made.
    pub created: Timestamp,
}

impl std::fmt::Debug for UserAccessKey {
    /// Never shows the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserAccessKey")
            .field("status", &self.status)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

/// Whether an access key can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessKeyStatus {
    /// It can.
    Active,
    /// It is as if there were none.
    Inactive,
}

impl AccessKeyStatus {
    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}
