//! Route tables. For now each has the VPC's local route alone.

use std::collections::BTreeMap;

use crate::id::{AccountId, RouteTableAssociationId, RouteTableId, SubnetId, VpcId};
use crate::tag::Tags;

/// One route table. Its only route is the implicit local one: the VPC's CIDR, origin `CreateRouteTable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    /// Identifier.
    pub id: RouteTableId,
    /// Number in the data plane; never given again.
    pub number: u32,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its VPC.
    pub vpc: VpcId,
    /// Who uses it.
    pub associations: BTreeMap<RouteTableAssociationId, RouteTableUser>,
    /// Tags.
    pub tags: Tags,
}

/// Who uses a route table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteTableUser {
    /// Every subnet of the VPC without an association of its own.
    Main,
    /// One subnet.
    Subnet(SubnetId),
}

impl RouteTable {
    /// Whether it is its VPC's main route table.
    pub fn is_main(&self) -> bool {
        self.associations
            .values()
            .any(|user| *user == RouteTableUser::Main)
    }
}
