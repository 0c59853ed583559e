//! Managed policies with their versions, and what policies a user or role holds.
//!
//! Source: IAM user guide, "Managed policies and inline policies", "Versioning IAM policies", 2026.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::id::PolicyId;
use super::name::{Path, PolicyArn, PolicyName};
use crate::id::AccountId;
use crate::settings::Settings;
use crate::tag::Tags;
use crate::time::Timestamp;

/// The characters of a policy document that count towards its quota: all but white space.
pub fn counted_chars(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

/// The policies of a user or role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityPolicies {
    /// Documents that are its own, by name.
    pub inline: BTreeMap<PolicyName, String>,
    /// Managed policies that are attached to it.
    pub attached: BTreeSet<PolicyId>,
}

/// A managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Unique id.
    pub id: PolicyId,
    /// Whose it is; none for AWS's own.
    pub owner: Option<AccountId>,
    /// Path.
    pub path: Path,
    /// Name.
    pub name: PolicyName,
    /// Description, which never changes; empty if there is none.
    pub description: String,
    /// Its versions, at least one.
    pub versions: BTreeMap<VersionId, PolicyVersion>,
    /// The version in force.
    pub default_version: VersionId,
    /// The number of the next version: numbers are not used again.
    pub next_version: VersionId,
    /// When it was made.
    pub created: Timestamp,
    /// When its versions last changed.
    pub updated: Timestamp,
    /// Tags.
    pub tags: Tags,
}

impl ManagedPolicy {
    /// Its ARN.
    pub fn arn(&self, settings: &Settings) -> PolicyArn {
        PolicyArn::new(settings, self.owner, &self.path, &self.name)
    }

    /// Whether an account can read and attach it: its own, and AWS's.
    pub fn is_usable_by(&self, account: AccountId) -> bool {
        self.owner.is_none_or(|owner| owner == account)
    }

    /// The document in force.
    pub fn document(&self) -> Option<&str> {
        let version = self.versions.get(&self.default_version)?;
        Some(&version.document)
    }
}

/// One version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// The document.
    pub document: String,
    /// When it was made.
    pub created: Timestamp,
}

/// The number of a policy's version, from 1: `v1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionId(pub u32);

impl VersionId {
    /// The version that a policy begins with.
    pub const FIRST: Self = Self(1);

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// A text that is not a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed policy version \"{0}\"")]
pub struct MalformedVersion(pub String);

impl FromStr for VersionId {
    type Err = MalformedVersion;

    fn from_str(text: &str) -> Result<Self, MalformedVersion> {
        let number = text
            .strip_prefix('v')
            .and_then(|digits| digits.parse().ok());
        let version = number.filter(|number| *number > 0).map(Self);
        version
            .filter(|version| version.to_string() == text)
            .ok_or_else(|| MalformedVersion(text.to_owned()))
    }
}
