//! What was decided, and because of what.
//!
//! The clauses are AWS's own, as they follow "User: ... is not authorized to perform: ...".
//! Source: IAM User Guide, `troubleshoot_access-denied`.

use std::fmt;

/// A kind of policy, by its part in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Attached to the user or role, or to a group of the user.
    Identity,
    /// The most that identity policies can give.
    Boundary,
    /// The most that a session can have.
    Session,
    /// Attached to the resource.
    Resource,
    /// Attached to the VPC endpoint that the request came through.
    Endpoint,
}

impl Layer {
    /// As AWS's messages call it.
    const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
            Self::Endpoint => "VPC endpoint policy",
        }
    }

    const fn article(self) -> &'static str {
        match self {
            Self::Identity => "an",
            Self::Boundary | Self::Session | Self::Resource | Self::Endpoint => "a",
        }
    }
}

/// A statement of one of the policies that were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementRef<'a> {
    /// Which kind of policy it is in.
    pub layer: Layer,
    /// The policy's name, as the caller gave it.
    pub policy: &'a str,
    /// Its `Sid`, if it has one that is not empty.
    pub sid: Option<&'a str>,
    /// Its place in the policy, from 0.
    pub index: usize,
}

impl fmt::Display for StatementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sid {
            Some(sid) => write!(f, "statement {sid} of {}", self.policy),
            None => write!(f, "statement {} of {}", self.index + 1, self.policy),
        }
    }
}

/// What allowed a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant<'a> {
    /// The root user may do everything in its account.
    Root,
    /// A statement.
    Statement(StatementRef<'a>),
}

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<'a> {
    /// It may be done.
    Allowed {
        /// What allowed it; of the first resource, if there are several.
        by: Grant<'a>,
    },
    /// A statement denies it.
    Denied {
        /// The first such statement.
        by: StatementRef<'a>,
        /// The resource that it denies it on.
        resource: &'a str,
    },
    /// No statement denies it, but neither is it allowed.
    NotAllowed {
        /// The kind of policy that would have had to allow it.
        missing: Layer,
        /// What was to be done.
        action: &'a str,
        /// The resource that it is not allowed on.
        resource: &'a str,
    },
    /// Finding out takes more work than there is. That is no leave.
    Undecided {
        /// What was to be done.
        action: &'a str,
        /// The resource at which it was given up.
        resource: &'a str,
    },
}

impl Decision<'_> {
    /// Whether the request may be done.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// The clause that gives the reason.
impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allowed { by: Grant::Root } => f.write_str("by the account's root user"),
            Self::Allowed {
                by: Grant::Statement(by),
            } => write!(f, "by {} {}: {by}", by.layer.article(), by.layer.name()),
            Self::Denied { by, .. } => {
                let (article, name) = (by.layer.article(), by.layer.name());
                write!(f, "with an explicit deny in {article} {name}: {by}")
            }
            Self::NotAllowed {
                missing, action, ..
            } => write!(
                f,
                "because no {} allows the {action} action",
                missing.name()
            ),
            Self::Undecided { .. } => f.write_str(
                "because the policies take more comparisons than one request may: ask on fewer resources, or with \
                 fewer patterns",
            ),
        }
    }
}
