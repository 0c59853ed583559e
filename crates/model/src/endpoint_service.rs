//! Endpoint services: what a provider publishes, in front of network load balancers.
//!
//! Source: PrivateLink guide, "Create a service", and EC2 API reference, 2026. Invariant: a service has at least
//! one load balancer of its owner, and none of them can be deleted.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::Arn;
use crate::id::{AccountId, EndpointServiceId, LoadBalancerId, ServicePermissionId};
use crate::principal::Principal;
use crate::private_dns::{DomainVerification, PrivateDnsName, ServicePrivateDns};
use crate::settings::{Settings, ZoneId};
use crate::tag::Tags;
use crate::time::Timestamp;

/// One endpoint service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointService {
    /// Identifier.
    pub id: EndpointServiceId,
    /// Account that provides it.
    pub owner: AccountId,
    /// The load balancers behind it, each with the time when it was attached: no earlier than the service was made, and
    /// later than every interface that its endpoints had then. So these keep the load balancers that they use.
    pub load_balancers: BTreeMap<LoadBalancerId, Timestamp>,
    /// The zones it serves: those its load balancers had when it was last modified.
    pub zones: BTreeSet<ZoneId>,
    /// Whether its provider accepts each endpoint by hand.
    pub acceptance_required: bool,
    /// Its own name for itself.
    pub private_dns: Option<ServicePrivateDns>,
    /// Who may connect, besides its owner.
    pub permissions: BTreeMap<ServicePermissionId, ServicePermission>,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
}

/// One permission of an endpoint service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePermission {
    /// Who may connect.
    pub principal: Principal,
    /// Tags.
    pub tags: Tags,
}

/// The state of an endpoint service, which follows from its load balancers'.
/// See [`crate::State::service_state`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndpointServiceState {
    /// None of its load balancers is active yet.
    Pending,
    /// At least one is.
    Available,
    /// All have failed.
    Failed,
}

impl EndpointServiceState {
    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Available => "Available",
            Self::Failed => "Failed",
        }
    }
}

impl EndpointService {
    /// Its private name, once it is verified: what endpoints can be given.
    pub fn verified_name(&self) -> Option<&PrivateDnsName> {
        let known = self.private_dns.as_ref()?;
        matches!(known.verification, DomainVerification::Verified(_)).then_some(&known.name)
    }

    /// The name that consumers give: `com.amazonaws.vpce.REGION.ID`.
    pub fn name(&self, settings: &Settings) -> String {
        service_name(settings, self.id)
    }

    /// Base of its endpoints' DNS names: `ID.REGION.vpce.SUFFIX`.
    pub fn base_dns_name(&self, settings: &Settings) -> String {
        base_dns_name(settings, self.id)
    }

    /// Its ARN.
    pub fn arn(&self, settings: &Settings) -> Arn {
        Arn::ec2(settings, self.owner, "vpc-endpoint-service", self.id)
    }
}

pub(crate) fn service_name(settings: &Settings, id: EndpointServiceId) -> String {
    format!("com.amazonaws.vpce.{}.{id}", settings.region)
}

pub(crate) fn base_dns_name(settings: &Settings, id: EndpointServiceId) -> String {
    format!("{id}.{}.vpce.{}", settings.region, settings.dns_suffix)
}

/// The service that a service name means in this region, whether it exists or not.
pub fn parse_service_name(settings: &Settings, name: &str) -> Option<EndpointServiceId> {
    let rest = name
        .strip_prefix("com.amazonaws.vpce.")?
        .strip_prefix(settings.region.as_str())?;
    rest.strip_prefix('.')?.parse().ok()
}
