//! Interface endpoints: a consumer's private way to an endpoint service.
//!
//! Source: PrivateLink guide ("Endpoint states", "DNS names"), EC2 API reference, 2026. Invariants: one subnet per
//! zone, one interface per subnet whose address never changes; only [`VpcEndpointState::Available`] and
//! [`VpcEndpointState::Pending`] endpoints may have a way through the data plane.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use compact_str::CompactString;
use litemap::LiteMap;

use crate::arn::Arn;
use crate::connection_notification::ConnectionEventKind;
use crate::endpoint_service::{base_dns_name, service_name};
use crate::id::{
    AccountId, EndpointServiceId, NetworkInterfaceId, SubnetId, VpcEndpointConnectionId,
    VpcEndpointId, VpcId,
};
use crate::private_dns::EndpointPrivateDns;
use crate::security_group::SecurityGroupIds;
use crate::settings::{Settings, ZoneId};
use crate::tag::Tags;
use crate::time::Timestamp;

/// One interface endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcEndpoint {
    /// Identifier.
    pub id: VpcEndpointId,
    /// Account that owns it: the consumer.
    pub owner: AccountId,
    /// The consumer's VPC.
    pub vpc: VpcId,
    /// The service it leads to; may be gone once the endpoint is rejected, expired or failed.
    pub service: EndpointServiceId,
    /// Account of the service: the provider.
    pub service_owner: AccountId,
    /// The provider's name for the connection.
    pub connection: VpcEndpointConnectionId,
    /// The eight characters that follow the id in its DNS names.
    pub dns_token: DnsToken,
    /// Its interface in each subnet.
    pub interfaces: LiteMap<SubnetId, EndpointInterface>,
    /// Security groups of its interfaces, ascending; empty only when it is deleted, as are the interfaces.
    pub groups: SecurityGroupIds,
    /// The service's private name, if it leads here inside the VPC. No two endpoints of a VPC have the same domain.
    pub private_dns: Option<Box<EndpointPrivateDns>>,
    /// State.
    pub state: VpcEndpointState,
    /// When it expires unless the provider has decided by then.
    pub acceptance_until: Timestamp,
    /// Grows with each change that the data plane must follow; starts at 1.
    pub generation: u64,
    /// Policy document, as given.
    pub policy: EndpointPolicy,
    /// Why it failed.
    pub last_error: Option<Box<str>>,
    /// When it was made.
    pub created: Timestamp,
    /// The consumer's tags.
    pub tags: Tags,
    /// The provider's tags on the connection.
    pub connection_tags: Tags,
}

/// A policy document of an endpoint. The one that most endpoints have takes no memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointPolicy(Option<Box<str>>);

impl EndpointPolicy {
    /// The policy that allows everything.
    pub const FULL_ACCESS: Self = Self(None);

    /// The document.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or(FULL_ACCESS_POLICY)
    }
}

impl From<&str> for EndpointPolicy {
    fn from(document: &str) -> Self {
        Self((document != FULL_ACCESS_POLICY).then(|| document.into()))
    }
}

/// The policy of an endpoint created without one, as AWS shows it on interface endpoints.
const FULL_ACCESS_POLICY: &str = r#"{
	"Statement": [
		{
			"Action": "*",
			"Effect": "Allow",
			"Principal": "*",
			"Resource": "*"
		}
	]
}"#;

/// An endpoint's interface in one subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointInterface {
    /// The subnet's zone.
    pub zone: ZoneId,
    /// The interface.
    pub network_interface: NetworkInterfaceId,
    /// The interface's address.
    pub address: Ipv4Addr,
}

/// Eight lower-case letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsToken(CompactString);

impl DnsToken {
    /// The token with this text, when it is one.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        (text.len() == 8 && text.bytes().all(plain)).then(|| Self(text.into()))
    }

    /// A token that follows from `bits`.
    pub(crate) fn from_bits(bits: u128) -> Self {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        Self(crate::account::spell(bits, ALPHABET, 8).into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The state of an endpoint, which is also its connection's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VpcEndpointState {
    /// The provider has not decided. Nothing passes.
    PendingAcceptance,
    /// Accepted or modified; the data plane has not followed yet.
    Pending,
    /// Packets pass.
    Available,
    /// The provider said no, at once or later. Nothing passes.
    Rejected,
    /// Nobody decided in time. Nothing passes.
    Expired,
    /// The data plane could not follow. Nothing passes.
    Failed,
    /// Deleted; the data plane has not followed yet. Nothing passes.
    Deleting,
    /// It is gone and holds nothing; the record is kept for a while.
    Deleted {
        /// When it went.
        at: Timestamp,
    },
}

/// What can happen to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VpcEndpointEvent {
    /// The provider accepts.
    Accept,
    /// The provider rejects.
    Reject,
    /// The consumer changes it.
    Modify,
    /// The consumer deletes it.
    Delete,
    /// The acceptance did not come in time.
    Expire,
    /// The data plane has followed the current generation.
    Applied,
    /// The data plane could not.
    Fault,
    /// The data plane has let go of it.
    Removed {
        /// When.
        at: Timestamp,
    },
}

impl VpcEndpointEvent {
    /// How notifications of connections call it, if they tell of it.
    pub(crate) const fn told_as(self) -> Option<ConnectionEventKind> {
        match self {
            Self::Accept => Some(ConnectionEventKind::Accept),
            Self::Reject => Some(ConnectionEventKind::Reject),
            Self::Delete => Some(ConnectionEventKind::Delete),
            Self::Modify | Self::Expire | Self::Applied | Self::Fault | Self::Removed { .. } => {
                None
            }
        }
    }

    /// What the event makes of an endpoint, in a sentence.
    const fn participle(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Reject => "rejected",
            Self::Modify => "modified",
            Self::Delete => "deleted",
            Self::Expire => "expired",
            Self::Applied => "put in force",
            Self::Fault => "failed",
            Self::Removed { .. } => "removed",
        }
    }
}

/// An event that does not fit the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("an endpoint that is {} cannot be {}", state.as_aws_str(), event.participle())]
pub struct InvalidTransition {
    /// The state.
    pub state: VpcEndpointState,
    /// The event.
    pub event: VpcEndpointEvent,
}

impl VpcEndpointState {
    /// The state of a new endpoint.
    pub const fn initial(acceptance_required: bool) -> Self {
        if acceptance_required {
            Self::PendingAcceptance
        } else {
            Self::Pending
        }
    }

    /// The state after an event.
    ///
    /// Where AWS is silent: a rejected endpoint may be accepted, so that a provider can change its mind without
    /// the consumer's help, and a decision may be repeated, so that a request is safe to send again. What a consumer
    /// has attached to a rejected or expired endpoint can be taken off again, as Terraform does when it destroys.
    ///
    /// # Errors
    /// When the event does not fit the state.
    pub const fn on(self, event: VpcEndpointEvent) -> Result<Self, InvalidTransition> {
        use VpcEndpointEvent as On;
        let next = match (self, event) {
            (
                Self::PendingAcceptance
                | Self::Pending
                | Self::Available
                | Self::Rejected
                | Self::Expired
                | Self::Failed
                | Self::Deleting,
                On::Delete,
            ) => Self::Deleting,
            (Self::Deleting, On::Removed { at }) => Self::Deleted { at },
            (Self::PendingAcceptance | Self::Rejected, On::Accept) => Self::Pending,
            (Self::Pending | Self::Available, On::Accept) => self,
            (
                Self::PendingAcceptance | Self::Pending | Self::Available | Self::Rejected,
                On::Reject,
            ) => Self::Rejected,
            (Self::PendingAcceptance | Self::Rejected | Self::Expired, On::Modify) => self,
            (Self::Pending | Self::Available | Self::Failed, On::Modify) => Self::Pending,
            (Self::PendingAcceptance, On::Expire) => Self::Expired,
            (Self::Pending, On::Applied) => Self::Available,
            (Self::Pending, On::Fault) => Self::Failed,
            (
                Self::PendingAcceptance
                | Self::Pending
                | Self::Available
                | Self::Rejected
                | Self::Expired
                | Self::Failed
                | Self::Deleting
                | Self::Deleted { .. },
                On::Accept
                | On::Reject
                | On::Modify
                | On::Delete
                | On::Expire
                | On::Applied
                | On::Fault
                | On::Removed { .. },
            ) => return Err(InvalidTransition { state: self, event }),
        };
        Ok(next)
    }

    /// Whether the data plane is to let its packets pass.
    pub const fn is_connected(self) -> bool {
        matches!(self, Self::Pending | Self::Available)
    }

    /// Whether only its record is left, which can be looked at but not acted on.
    pub const fn is_deleted(self) -> bool {
        matches!(self, Self::Deleted { .. })
    }

    /// Whether it has, or may come to have again, what is its alone in its VPC.
    pub const fn holds_names(self) -> bool {
        !matches!(self, Self::Deleting | Self::Deleted { .. })
    }

    /// Whether it keeps its service from being deleted.
    pub const fn blocks_service_deletion(self) -> bool {
        matches!(
            self,
            Self::PendingAcceptance | Self::Pending | Self::Available
        )
    }

    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::PendingAcceptance => "pendingAcceptance",
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Deleting => "deleting",
            Self::Deleted { .. } => "deleted",
        }
    }
}

/// One DNS name of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointDnsName {
    /// The name, without a dot at its end.
    pub name: String,
    /// The zone it stands for; none for the regional name.
    pub zone: Option<ZoneId>,
}

impl VpcEndpoint {
    /// Its public DNS names: the regional one, then the zonal ones, ordered by name.
    pub fn dns_names(&self, settings: &Settings) -> Vec<EndpointDnsName> {
        let host = format!("{}-{}", self.id, self.dns_token.as_str());
        let base = base_dns_name(settings, self.service);
        let mut names = vec![EndpointDnsName {
            name: format!("{host}.{base}"),
            zone: None,
        }];
        let zones: BTreeSet<&ZoneId> = self
            .interfaces
            .values()
            .map(|interface| &interface.zone)
            .collect();
        let mut zonal: Vec<EndpointDnsName> = zones
            .into_iter()
            .map(|zone| EndpointDnsName {
                name: format!("{host}-{}.{base}", settings.zone_name(zone)),
                zone: Some(zone.clone()),
            })
            .collect();
        zonal.sort();
        names.append(&mut zonal);
        names
    }

    /// The name of its service.
    pub fn service_name(&self, settings: &Settings) -> String {
        service_name(settings, self.service)
    }

    /// Its ARN.
    pub fn arn(&self, settings: &Settings) -> Arn {
        Arn::ec2(settings, self.owner, "vpc-endpoint", self.id)
    }
}
