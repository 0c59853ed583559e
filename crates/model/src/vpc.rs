//! VPCs: isolated networks, each an address space of its own.
//!
//! Invariant: a VPC always has its main route table, default network ACL and default security group; they are
//! made and deleted with it.

use ipnet::Ipv4Net;

use crate::id::{AccountId, NetworkAclId, RouteTableId, SecurityGroupId, VpcId};
use crate::tag::Tags;

/// One VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// Identifier.
    pub id: VpcId,
    /// Account that owns it.
    pub owner: AccountId,
    /// 24-bit number of its network in the data plane, from 1; never given again.
    pub vni: u32,
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// Route table of subnets without an association of their own.
    pub main_route_table: RouteTableId,
    /// Network ACL of all its subnets.
    pub default_network_acl: NetworkAclId,
    /// Security group of interfaces created without one.
    pub default_security_group: SecurityGroupId,
    /// Attribute `enableDnsSupport`: the resolver answers.
    pub enable_dns_support: bool,
    /// Attribute `enableDnsHostnames`: instances get public host names, and private DNS is possible.
    pub enable_dns_hostnames: bool,
    /// Attribute `enableNetworkAddressUsageMetrics`.
    pub enable_network_address_usage_metrics: bool,
    /// Tags.
    pub tags: Tags,
}

impl Vpc {
    /// Whether private names of endpoints, like private zones, can resolve here.
    pub const fn has_private_dns(&self) -> bool {
        self.enable_dns_support && self.enable_dns_hostnames
    }
}
