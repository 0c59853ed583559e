//! Network interfaces (ENIs): an address in a subnet, with security groups, owned by a user or by a service.
//!
//! Invariant: the primary address is unique in the VPC and never changes; the number is never given again.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use crate::id::{
    AccountId, AttachmentId, InstanceId, LoadBalancerId, NetworkInterfaceId, SubnetId,
    VpcEndpointId, VpcId,
};
use crate::security_group::SecurityGroupIds;
use crate::settings::ZoneId;
use crate::tag::Tags;
use crate::time::Timestamp;

/// The lowest number of an interface. Lower ones are the data plane's own.
pub const INTERFACE_NUMBER_MIN: u32 = 1000;
/// The highest number of an interface: the kernel's interface indexes are positive 32-bit integers.
pub const INTERFACE_NUMBER_MAX: u32 = i32::MAX as u32;

/// One network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInterface {
    /// Identifier.
    pub id: NetworkInterfaceId,
    /// Number in the data plane, and in the MAC.
    pub number: u32,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its subnet.
    pub subnet: SubnetId,
    /// The subnet's zone.
    pub zone: ZoneId,
    /// Primary private address.
    pub address: Ipv4Addr,
    /// Security groups, all of the same VPC, ascending. Empty only for a load balancer made without any: not filtered.
    pub groups: SecurityGroupIds,
    /// What it is there for.
    pub kind: NetworkInterfaceKind,
    /// What a user has written; see [`Self::description`].
    pub description: String,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
}

/// What an interface is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NetworkInterfaceKind {
    /// Made by a user, attached to nothing.
    Detached,
    /// Attached to an instance as its device 0.
    Instance {
        /// The instance.
        instance: InstanceId,
        /// The attachment.
        attachment: AttachmentId,
        /// Whether it goes with the instance.
        delete_on_termination: bool,
    },
    /// Of an interface endpoint; managed by the service.
    VpcEndpoint {
        /// The endpoint.
        endpoint: VpcEndpointId,
        /// The attachment.
        attachment: AttachmentId,
    },
    /// A load balancer's node; managed by the service.
    LoadBalancer {
        /// The load balancer.
        load_balancer: LoadBalancerId,
        /// The attachment.
        attachment: AttachmentId,
    },
}

impl NetworkInterface {
    /// The description that is shown: an endpoint's interface has AWS's, which follows from the endpoint.
    pub fn description(&self) -> Cow<'_, str> {
        match self.kind {
            NetworkInterfaceKind::VpcEndpoint { endpoint, .. } => {
                format!("VPC Endpoint Interface {endpoint}").into()
            }
            NetworkInterfaceKind::Detached
            | NetworkInterfaceKind::Instance { .. }
            | NetworkInterfaceKind::LoadBalancer { .. } => self.description.as_str().into(),
        }
    }

    /// The MAC address: `02:ad` and the number.
    pub fn mac(&self) -> [u8; 6] {
        let [a, b, c, d] = self.number.to_be_bytes();
        [0x02, 0xad, a, b, c, d]
    }

    /// The instance it is attached to.
    pub fn instance(&self) -> Option<InstanceId> {
        match self.kind {
            NetworkInterfaceKind::Instance { instance, .. } => Some(instance),
            NetworkInterfaceKind::Detached
            | NetworkInterfaceKind::VpcEndpoint { .. }
            | NetworkInterfaceKind::LoadBalancer { .. } => None,
        }
    }
}

impl NetworkInterfaceKind {
    /// AWS's `interfaceType`.
    pub const fn interface_type(self) -> &'static str {
        match self {
            Self::Detached | Self::Instance { .. } => "interface",
            Self::VpcEndpoint { .. } => "vpc_endpoint",
            Self::LoadBalancer { .. } => "network_load_balancer",
        }
    }

    /// Whether AWS manages it: users see it, and cannot change or delete it.
    pub const fn is_requester_managed(self) -> bool {
        self.requester().is_some()
    }

    /// The service that manages it, as in `requesterId` and `attachment.instanceOwnerId`.
    pub const fn requester(self) -> Option<&'static str> {
        match self {
            Self::Detached | Self::Instance { .. } => None,
            Self::VpcEndpoint { .. } => Some("amazon-aws"),
            Self::LoadBalancer { .. } => Some("amazon-elb"),
        }
    }

    /// The attachment, when there is one. An attached interface has the status `in-use`.
    pub const fn attachment(self) -> Option<AttachmentId> {
        match self {
            Self::Detached => None,
            Self::Instance { attachment, .. }
            | Self::VpcEndpoint { attachment, .. }
            | Self::LoadBalancer { attachment, .. } => Some(attachment),
        }
    }
}
