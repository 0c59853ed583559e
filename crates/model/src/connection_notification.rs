//! Notifications of what happens to the connections of an endpoint service, or to one endpoint, through a topic.
//!
//! A [`ConnectionEvent`] is recorded together with the change that it tells of, and kept until it is published or given
//! up. Source: PrivateLink guide, "Receive alerts for endpoint service events"; EC2 API reference,
//! `CreateVpcEndpointConnectionNotification`, 2026. Invariant: the service or endpoint of a notification is there; its
//! topic need not be.

use std::collections::BTreeSet;

use crate::arn::Arn;
use crate::id::{AccountId, ConnectionNotificationId, EndpointServiceId, VpcEndpointId};
use crate::settings::Settings;
use crate::time::Timestamp;
use crate::topic::TopicAddress;
use crate::uuid::ConnectionEventId;
use crate::vpc_endpoint::VpcEndpointState;

/// One notification of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionNotification {
    /// Identifier.
    pub id: ConnectionNotificationId,
    /// Account that wants to know.
    pub owner: AccountId,
    /// About which connections.
    pub subject: NotificationSubject,
    /// Which events it tells of; at least one.
    pub events: BTreeSet<ConnectionEventKind>,
    /// Where they are published.
    pub topic: TopicAddress,
    /// How many events were not recorded because too many were waiting already.
    pub lost: u64,
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotificationSubject {
    /// All connections of an endpoint service, for its provider.
    Service(EndpointServiceId),
    /// One endpoint, for its consumer.
    Endpoint(VpcEndpointId),
}

impl NotificationSubject {
    /// The ARN of the service or endpoint, which is its notification's owner's.
    pub fn arn(self, settings: &Settings, owner: AccountId) -> Arn {
        match self {
            Self::Service(id) => Arn::ec2(settings, owner, "vpc-endpoint-service", id),
            Self::Endpoint(id) => Arn::ec2(settings, owner, "vpc-endpoint", id),
        }
    }
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionEventKind {
    /// The provider accepted it.
    Accept,
    /// The consumer made the endpoint.
    Connect,
    /// The consumer deleted the endpoint.
    Delete,
    /// The provider rejected it.
    Reject,
}

impl ConnectionEventKind {
    /// Every kind, ordered by AWS's words.
    pub const ALL: [Self; 4] = [Self::Accept, Self::Connect, Self::Delete, Self::Reject];

    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Accept => "Accept",
            Self::Connect => "Connect",
            Self::Delete => "Delete",
            Self::Reject => "Reject",
        }
    }
}

/// Something that happened to a connection and is to be published. It holds all that there is to say, since it may be
/// published after everything that it tells of is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// Identifier.
    pub id: ConnectionEventId,
    /// By which notification it is told.
    pub notification: ConnectionNotificationId,
    /// Account of the notification.
    pub owner: AccountId,
    /// What the notification is about.
    pub subject: NotificationSubject,
    /// Where it is published.
    pub topic: TopicAddress,
    /// What happened.
    pub kind: ConnectionEventKind,
    /// To which endpoint.
    pub endpoint: VpcEndpointId,
    /// Account of the endpoint.
    pub endpoint_owner: AccountId,
    /// Of which service.
    pub service: EndpointServiceId,
    /// The endpoint's state after it.
    pub state: VpcEndpointState,
    /// When.
    pub at: Timestamp,
}
