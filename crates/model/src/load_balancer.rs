//! Network Load Balancers: a node with a private address in each of their subnets.
//!
//! Source: ELBv2 API reference and Network Load Balancer guide, 2026. Invariant: every node has its interface,
//! and there is at most one node in a zone.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use crate::arn::Arn;
use crate::attribute::{Accepts, AttributeSpec, Attributes};
use crate::id::{AccountId, LoadBalancerId, NetworkInterfaceId, SubnetId, VpcId};
use crate::security_group::SecurityGroupIds;
use crate::settings::{Settings, ZoneId};
use crate::tag::Tags;
use crate::time::Timestamp;

/// One load balancer, of type `network`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Identifier.
    pub id: LoadBalancerId,
    /// Name, unique among the account's load balancers.
    pub name: ElbName,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Whether its name leads to private or public addresses.
    pub scheme: Scheme,
    /// Its node in each subnet.
    pub nodes: BTreeMap<SubnetId, LoadBalancerNode>,
    /// Security groups of its nodes; when empty at creation it stays without.
    pub security_groups: SecurityGroupIds,
    /// Whether the groups' inbound rules apply to traffic that comes through endpoints.
    pub enforce_inbound_rules_on_private_link: bool,
    /// Attributes, of [`LOAD_BALANCER_ATTRIBUTES`].
    pub attributes: Attributes,
    /// State.
    pub state: LoadBalancerState,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
}

/// A load balancer's presence in a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancerNode {
    /// The subnet's zone.
    pub zone: ZoneId,
    /// Its interface.
    pub network_interface: NetworkInterfaceId,
    /// The interface's address: what targets see as source.
    pub address: Ipv4Addr,
    /// Whether the user chose the address.
    pub address_chosen: bool,
}

/// Whether a load balancer's name leads to private or public addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Private addresses.
    Internal,
    /// Public addresses; needs an internet gateway in the VPC.
    InternetFacing,
}

impl Scheme {
    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::InternetFacing => "internet-facing",
        }
    }
}

/// The state of a load balancer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoadBalancerState {
    /// Its nodes are not yet in the data plane.
    Provisioning,
    /// Its nodes are there.
    Active,
    /// The agent could not make them.
    Failed {
        /// Why.
        reason: String,
    },
}

impl LoadBalancerState {
    /// AWS's word.
    pub const fn as_aws_str(&self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Failed { .. } => "failed",
        }
    }
}

/// `deletion_protection.enabled`.
pub const DELETION_PROTECTION: &str = "deletion_protection.enabled";
/// `load_balancing.cross_zone.enabled`, of load balancers and target groups.
pub const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

/// The attributes of a load balancer.
pub const LOAD_BALANCER_ATTRIBUTES: &[AttributeSpec] = &[
    AttributeSpec {
        key: DELETION_PROTECTION,
        default: "false",
        accepts: Accepts::Bool,
    },
    AttributeSpec {
        key: CROSS_ZONE,
        default: "false",
        accepts: Accepts::Bool,
    },
    AttributeSpec {
        key: "access_logs.s3.enabled",
        default: "false",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: "access_logs.s3.bucket",
        default: "",
        accepts: Accepts::AnyText,
    },
    AttributeSpec {
        key: "access_logs.s3.prefix",
        default: "",
        accepts: Accepts::AnyText,
    },
    AttributeSpec {
        key: "ipv6.deny_all_igw_traffic",
        default: "true",
        accepts: Accepts::Bool,
    },
    AttributeSpec {
        key: "dns_record.client_routing_policy",
        default: "any_availability_zone",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: "zonal_shift.config.enabled",
        default: "false",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: "secondary_ips.auto_assigned.per_subnet",
        default: "0",
        accepts: Accepts::DefaultOnly,
    },
];

impl LoadBalancer {
    /// Whether a node may use targets of every zone (unless the target group says otherwise).
    pub fn cross_zone(&self) -> bool {
        self.attributes.is_true(CROSS_ZONE)
    }

    /// The zones it has nodes in.
    pub fn zones(&self) -> impl Iterator<Item = &ZoneId> {
        self.nodes.values().map(|node| &node.zone)
    }

    /// Its ARN.
    pub fn arn(&self, settings: &Settings) -> Arn {
        Arn::load_balancer(settings, self.owner, &self.name, self.id)
    }

    /// Its DNS name: `NAME-16hex.elb.REGION.SUFFIX`.
    pub fn dns_name(&self, settings: &Settings) -> String {
        format!(
            "{}-{}.elb.{}.{}",
            self.name, self.id, settings.region, settings.dns_suffix
        )
    }
}

/// A name of a load balancer or target group: 1 to 32 letters, digits and hyphens, no hyphen at either end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElbName(String);

impl ElbName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ElbName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not an [`ElbName`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error(
    "The name '{0}' must have 1 to 32 characters, contain only alphanumeric characters and hyphens, \
     and not begin or end with a hyphen"
)]
pub struct MalformedElbName(pub String);

impl FromStr for ElbName {
    type Err = MalformedElbName;

    fn from_str(text: &str) -> Result<Self, MalformedElbName> {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let ends = text.starts_with('-') || text.ends_with('-');
        if (1..=32).contains(&text.len()) && plain && !ends {
            Ok(Self(text.to_owned()))
        } else {
            Err(MalformedElbName(text.to_owned()))
        }
    }
}
