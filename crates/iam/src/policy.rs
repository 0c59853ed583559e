//! A policy document, parsed.

use crate::error::PolicyError;
use crate::parse::{self, Limits};
use crate::principal::PrincipalPattern;
use crate::statement::{Principals, Statement};

/// What a document is for: this decides which elements it must and must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Attached to a user, group or role, or passed as a boundary or a session policy: without `Principal`.
    Identity,
    /// Attached to a resource, such as a topic: with `Principal`.
    Resource,
    /// A role's trust policy: with `Principal` (not `NotPrincipal`), without `Resource`, about `sts` alone.
    Trust,
    /// A VPC endpoint's policy: as of a resource. Its limit of 20,480 characters is for the caller to give.
    Endpoint,
}

/// The version of the language. Policy variables came with the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// `2008-10-17`, also of documents that name none. `${aws:username}` is just text.
    V2008,
    /// `2012-10-17`
    V2012,
}

/// A policy, ready to be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub(crate) version: Version,
    pub(crate) id: Option<String>,
    pub(crate) statements: Vec<Statement>,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// What [`crate::Problem`] lists: too long, no JSON, not of the policy grammar, or not as this kind has to be.
    pub fn parse(text: &str, kind: PolicyKind, limits: Limits) -> Result<Self, PolicyError> {
        parse::policy(text, kind, limits)
    }

    /// The version of the language it is written in.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Its `Id`.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Everyone that `Principal` and `NotPrincipal` name, so that a caller can check that they exist.
    pub fn principals(&self) -> impl Iterator<Item = &PrincipalPattern> {
        self.statements
            .iter()
            .flat_map(|statement| match &statement.principals {
                Principals::Attached => [].as_slice(),
                Principals::In(listed) | Principals::NotIn(listed) => listed.as_slice(),
            })
    }
}
