//! Security groups: stateful allow rules, in each direction apart.
//!
//! Not the matching of packets: that is the data plane's. Invariant: no two rules of a group are equal in
//! direction, traffic and peer.

use std::collections::BTreeMap;
use std::fmt;

use ipnet::IpNet;
use smallvec::SmallVec;

use crate::id::{AccountId, SecurityGroupId, SecurityGroupRuleId, VpcId};
use crate::tag::Tags;

/// The name of the group that comes with each VPC.
pub const DEFAULT_GROUP_NAME: &str = "default";

/// One security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Identifier.
    pub id: SecurityGroupId,
    /// Number in the data plane, from 1; never given again.
    pub number: u32,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Name, unique in the VPC.
    pub name: String,
    /// Description, fixed at creation.
    pub description: String,
    /// Rules of both directions.
    pub rules: BTreeMap<SecurityGroupRuleId, SecurityGroupRule>,
    /// Tags.
    pub tags: Tags,
}

impl SecurityGroup {
    /// Whether it came with its VPC and goes with it.
    pub fn is_default(&self) -> bool {
        self.name == DEFAULT_GROUP_NAME
    }

    /// The rules of one direction.
    pub fn rules_of(
        &self,
        direction: Direction,
    ) -> impl Iterator<Item = (SecurityGroupRuleId, &SecurityGroupRule)> {
        self.rules
            .iter()
            .filter(move |(_, rule)| rule.direction == direction)
            .map(|(id, rule)| (*id, rule))
    }
}

/// One rule of a security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroupRule {
    /// Towards the interface or away from it.
    pub direction: Direction,
    /// Which packets.
    pub traffic: Traffic,
    /// From or to whom.
    pub peer: Peer,
    /// Description.
    pub description: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// Groups of an interface, ascending. Most have one, which takes no memory beside.
pub type SecurityGroupIds = SmallVec<[SecurityGroupId; 1]>;

/// A direction, seen from the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Towards the interface.
    Ingress,
    /// Away from the interface.
    Egress,
}

/// The other side of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// Addresses; IPv6 ones are kept and match nothing as long as there is no IPv6.
    Cidr(IpNet),
    /// Interfaces that are in this group.
    Group(SecurityGroupId),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(block) => block.fmt(f),
            Self::Group(id) => id.fmt(f),
        }
    }
}

/// Which packets a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Traffic {
    /// Every protocol and port: `-1`.
    All,
    /// TCP to these ports.
    Tcp(PortRange),
    /// UDP to these ports.
    Udp(PortRange),
    /// ICMP.
    Icmp(IcmpMatch),
    /// ICMPv6.
    Icmpv6(IcmpMatch),
    /// Another IP protocol, by number (not 1, 6, 17 or 58).
    Protocol(u8),
}

/// A closed range of ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// All ports.
    pub const ALL: Self = Self {
        first: 0,
        last: u16::MAX,
    };

    /// From `first` to `last`, both included; `None` when `last` is less.
    pub const fn new(first: u16, last: u16) -> Option<Self> {
        if first <= last {
            Some(Self { first, last })
        } else {
            None
        }
    }

    /// The lowest port.
    pub const fn first(self) -> u16 {
        self.first
    }

    /// The highest port.
    pub const fn last(self) -> u16 {
        self.last
    }
}

/// ICMP messages; on the wire `-1` stands for "every".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IcmpMatch {
    /// Every type and code.
    All,
    /// Every code of one type.
    Type(u8),
    /// One type and code.
    TypeCode(u8, u8),
}

/// As EC2's messages tell it.
impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.aws_ports().unwrap_or((-1, -1));
        let part = |number: i32| match number {
            -1 => "ALL".to_owned(),
            number => number.to_string(),
        };
        let protocol = self.aws_protocol().to_uppercase();
        match self {
            Self::All => f.write_str("ALL"),
            Self::Tcp(_) | Self::Udp(_) => {
                write!(f, "{protocol}, from port: {first}, to port: {last}")
            }
            Self::Icmp(_) | Self::Icmpv6(_) => {
                write!(f, "{protocol}, type: {}, code: {}", part(first), part(last))
            }
            Self::Protocol(number) => write!(f, "protocol: {number}"),
        }
    }
}

impl Traffic {
    /// AWS's protocol text: a name where it shows names, else the number.
    pub fn aws_protocol(self) -> String {
        match self {
            Self::All => "-1".to_owned(),
            Self::Tcp(_) => "tcp".to_owned(),
            Self::Udp(_) => "udp".to_owned(),
            Self::Icmp(_) => "icmp".to_owned(),
            Self::Icmpv6(_) => "icmpv6".to_owned(),
            Self::Protocol(number) => number.to_string(),
        }
    }

    /// AWS's `fromPort` and `toPort`: ports, or ICMP type and code with -1 for "every"; none for other protocols.
    pub fn aws_ports(self) -> Option<(i32, i32)> {
        match self {
            Self::All | Self::Protocol(_) => None,
            Self::Tcp(ports) | Self::Udp(ports) => Some((ports.first.into(), ports.last.into())),
            Self::Icmp(icmp) | Self::Icmpv6(icmp) => Some(match icmp {
                IcmpMatch::All => (-1, -1),
                IcmpMatch::Type(icmp_type) => (icmp_type.into(), -1),
                IcmpMatch::TypeCode(icmp_type, code) => (icmp_type.into(), code.into()),
            }),
        }
    }

    /// The traffic that AWS's `IpProtocol`, `FromPort` and `ToPort` describe. `None` when they make no sense
    /// together. A protocol without ports matches whatever ports are given, as in AWS.
    pub fn from_aws(protocol: &str, from_port: Option<i32>, to_port: Option<i32>) -> Option<Self> {
        let ports = || {
            PortRange::new(
                u16::try_from(from_port?).ok()?,
                u16::try_from(to_port?).ok()?,
            )
        };
        let icmp = || match (from_port.unwrap_or(-1), to_port.unwrap_or(-1)) {
            (-1, -1) => Some(IcmpMatch::All),
            (icmp_type, -1) => Some(IcmpMatch::Type(u8::try_from(icmp_type).ok()?)),
            (icmp_type, code) => Some(IcmpMatch::TypeCode(
                u8::try_from(icmp_type).ok()?,
                u8::try_from(code).ok()?,
            )),
        };
        let number = match protocol.to_ascii_lowercase().as_str() {
            "-1" | "all" => return Some(Self::All),
            "icmp" => 1,
            "tcp" => 6,
            "udp" => 17,
            "icmpv6" => 58,
            digits => digits.parse().ok()?,
        };
        match number {
            1 => icmp().map(Self::Icmp),
            6 => ports().map(Self::Tcp),
            17 => ports().map(Self::Udp),
            58 => icmp().map(Self::Icmpv6),
            other => Some(Self::Protocol(other)),
        }
    }
}
