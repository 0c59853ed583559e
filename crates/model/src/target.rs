//! Targets: what a target group sends traffic to, with their registration and health.
//!
//! A target is a record of its own, so that a health report costs the same whatever the group's size.
//! Invariant: what is *observed* here comes from agents; [`crate::State::target_health`] adds what follows from
//! other resources (unused, draining).

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use crate::id::{InstanceId, MalformedId, TargetGroupId};
use crate::settings::ZoneId;
use crate::time::Timestamp;

/// One registration of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What is registered where.
    pub key: TargetKey,
    /// Number in the data plane, from 1; a target registered anew gets a new one.
    pub number: u32,
    /// The zone whose nodes may use it without cross-zone balancing.
    pub zone: TargetZone,
    /// Registered or draining.
    pub registration: Registration,
    /// What health checks found last.
    pub observed: ObservedHealth,
}

/// A target's place: group, target and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetKey {
    /// The group.
    pub group: TargetGroupId,
    /// The target.
    pub id: TargetId,
    /// The port it takes traffic on, from 1.
    pub port: u16,
}

/// What is a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetId {
    /// An instance.
    Instance(InstanceId),
    /// An address.
    Ip(Ipv4Addr),
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance(id) => id.fmt(f),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

impl FromStr for TargetId {
    type Err = MalformedId;

    fn from_str(text: &str) -> Result<Self, MalformedId> {
        match text.parse() {
            Ok(address) => Ok(Self::Ip(address)),
            Err(_) => text.parse().map(Self::Instance),
        }
    }
}

/// The zone of a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetZone {
    /// One zone.
    Zone(ZoneId),
    /// Outside the VPC: every zone may use it.
    All,
}

/// Whether a target gets new flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registration {
    /// It does, when healthy.
    Registered {
        /// Since when.
        since: Timestamp,
    },
    /// It was deregistered and keeps its flows until then.
    Draining {
        /// When draining ends.
        until: Timestamp,
    },
    /// Its draining has ended and its flows are cut at their next packet. Users see it no more.
    Severed {
        /// When no flow can be left, since all would have been idle for too long.
        until: Timestamp,
    },
}

impl Target {
    /// Whether users see it: registered or draining.
    pub const fn is_listed(&self) -> bool {
        match self.registration {
            Registration::Registered { .. } | Registration::Draining { .. } => true,
            Registration::Severed { .. } => false,
        }
    }
}

/// What health checks found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObservedHealth {
    /// No agent knows of the target yet.
    Registering,
    /// Checks have begun, without a result.
    Checking,
    /// Enough checks succeeded.
    Healthy,
    /// Enough checks failed.
    Unhealthy(UnhealthyReason),
}

/// Why a target is unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnhealthyReason {
    /// The connection was refused or cut, or the answer was malformed.
    FailedHealthChecks,
    /// No answer in time.
    Timeout,
    /// This status code came, which is not one of the matcher's.
    ResponseCodeMismatch(u16),
}

/// The health of a target as users see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetHealth {
    /// Being registered, or checked for the first time.
    Initial(InitialReason),
    /// Gets traffic.
    Healthy,
    /// Gets none, unless all are unhealthy.
    Unhealthy(UnhealthyReason),
    /// No load balancer could use it.
    Unused(UnusedReason),
    /// Deregistered, keeps its flows.
    Draining,
}

/// Why a target is in its initial state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InitialReason {
    /// No agent knows of it yet.
    RegistrationInProgress,
    /// There is no result yet.
    InitialHealthChecking,
}

/// Why a target is unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnusedReason {
    /// No listener forwards to its group, or its zone has no node.
    NotInUse,
    /// Its instance does not run.
    InvalidState,
    /// It is registered no more.
    NotRegistered,
}

impl TargetHealth {
    /// AWS's word for the state.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Initial(_) => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy(_) => "unhealthy",
            Self::Unused(_) => "unused",
            Self::Draining => "draining",
        }
    }

    /// AWS's reason code; a healthy target has none.
    pub const fn aws_reason(self) -> Option<&'static str> {
        match self {
            Self::Healthy => None,
            Self::Initial(InitialReason::RegistrationInProgress) => {
                Some("Elb.RegistrationInProgress")
            }
            Self::Initial(InitialReason::InitialHealthChecking) => {
                Some("Elb.InitialHealthChecking")
            }
            Self::Unhealthy(UnhealthyReason::FailedHealthChecks) => {
                Some("Target.FailedHealthChecks")
            }
            Self::Unhealthy(UnhealthyReason::Timeout) => Some("Target.Timeout"),
            Self::Unhealthy(UnhealthyReason::ResponseCodeMismatch(_)) => {
                Some("Target.ResponseCodeMismatch")
            }
            Self::Unused(UnusedReason::NotInUse) => Some("Target.NotInUse"),
            Self::Unused(UnusedReason::InvalidState) => Some("Target.InvalidState"),
            Self::Unused(UnusedReason::NotRegistered) => Some("Target.NotRegistered"),
            Self::Draining => Some("Target.DeregistrationInProgress"),
        }
    }

    /// AWS's description to go with the reason.
    pub fn aws_description(self) -> Option<Cow<'static, str>> {
        let text = match self {
            Self::Healthy => return None,
            Self::Initial(InitialReason::RegistrationInProgress) => {
                "Target registration is in progress"
            }
            Self::Initial(InitialReason::InitialHealthChecking) => {
                "Initial health checks in progress"
            }
            Self::Unhealthy(UnhealthyReason::FailedHealthChecks) => "Health checks failed",
            Self::Unhealthy(UnhealthyReason::Timeout) => "Request timed out",
            Self::Unhealthy(UnhealthyReason::ResponseCodeMismatch(status)) => {
                let text = format!("Health checks failed with these codes: [{status}]");
                return Some(Cow::Owned(text));
            }
            Self::Unused(UnusedReason::NotInUse) => {
                "Target group is not configured to receive traffic from the load balancer"
            }
            Self::Unused(UnusedReason::InvalidState) => {
                "Target is in the stopped or terminated state"
            }
            Self::Unused(UnusedReason::NotRegistered) => {
                "Target is not registered to the target group"
            }
            Self::Draining => "Target deregistration is in progress",
        };
        Some(Cow::Borrowed(text))
    }
}
