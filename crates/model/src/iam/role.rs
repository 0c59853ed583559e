//! Roles, which users and roles of any account may assume.
//!
//! Source: IAM user guide, "IAM roles"; IAM API reference, `CreateRole`, 2026.

use super::id::RoleId;
use super::name::{Path, RoleName};
use super::policy::IdentityPolicies;
use crate::arn::Arn;
use crate::id::AccountId;
use crate::settings::Settings;
use crate::tag::Tags;
use crate::time::Timestamp;

/// One role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Unique id.
    pub id: RoleId,
    /// Account that it belongs to.
    pub owner: AccountId,
    /// Path.
    pub path: Path,
    /// Name.
    pub name: RoleName,
    /// Description; empty if there is none.
    pub description: String,
    /// Who may assume it: a policy document.
    pub trust_policy: String,
    /// The longest session, in seconds.
    pub max_session_secs: u32,
    /// What its sessions may do.
    pub policies: IdentityPolicies,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
}

impl Role {
    /// Its ARN: `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
    pub fn arn(&self, settings: &Settings) -> Arn {
        Arn::iam(
            settings,
            self.owner,
            format_args!("role{}{}", self.path, self.name),
        )
    }
}
