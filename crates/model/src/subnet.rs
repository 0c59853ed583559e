//! Subnets: a part of a VPC's addresses in one zone, five of them reserved.
//!
//! Source: VPC user guide, "Subnet sizing": the first four addresses and the last belong to nobody.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::id::{AccountId, NetworkAclAssociationId, NetworkAclId, SubnetId, VpcId};
use crate::limits::SUBNET_RESERVED_HEAD;
use crate::settings::ZoneId;
use crate::tag::Tags;

/// One subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Identifier.
    pub id: SubnetId,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Its zone.
    pub zone: ZoneId,
    /// Its addresses; within the VPC's, apart from every other subnet's.
    pub cidr: Ipv4Net,
    /// Attribute `mapPublicIpOnLaunch`; there are no public addresses, so it has no effect.
    pub map_public_ip_on_launch: bool,
    /// Its network ACL.
    pub network_acl: NetworkAclId,
    /// The association with that network ACL.
    pub network_acl_association: NetworkAclAssociationId,
    /// Tags.
    pub tags: Tags,
}

impl Subnet {
    /// First and last address that interfaces may have, as numbers.
    pub(crate) fn usable(&self) -> (u32, u32) {
        let first = u32::from(self.cidr.network()) + SUBNET_RESERVED_HEAD;
        let last = u32::from(self.cidr.broadcast()) - 1;
        (first, last)
    }

    /// How many addresses interfaces may have.
    pub fn capacity(&self) -> u32 {
        let (first, last) = self.usable();
        last - first + 1
    }

    /// Whether an interface may have this address: in the subnet and not reserved.
    pub fn allows(&self, address: Ipv4Addr) -> bool {
        let (first, last) = self.usable();
        (first..=last).contains(&u32::from(address))
    }

    /// The router's address: the first after the network's.
    pub fn router(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.cidr.network()) + 1)
    }
}
