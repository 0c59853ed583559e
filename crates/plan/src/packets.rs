//! Resources to table entries.
//!
//! Invariant: every entry carries the virtual network of the VPC it belongs to; the only entries that name two are
//! the frontends of connected endpoints.

mod endpoint;
mod interface;
mod load_balancer;
mod security_group;
mod target_group;

use std::net::Ipv4Addr;

use datapath::abi::{Address, AddressKey, AddressKind, Route, RouteKey, RouteKind};
use model::State;
use model::route_table::RouteTable;
use model::subnet::Subnet;
use model::vpc::Vpc;

pub(crate) use self::endpoint::vpc_endpoint;
pub(crate) use self::interface::put_interface;
pub(crate) use self::load_balancer::load_balancer;
pub(crate) use self::security_group::security_group;
pub(crate) use self::target_group::{interface_of, is_checked, target_group};

use crate::fragment::Fragment;

/// The resolver's address in every VPC, besides the VPC's own third address.
pub(crate) const RESOLVER_LINK_LOCAL: Ipv4Addr = Ipv4Addr::new(169, 254, 169, 253);

/// The resolver's address inside a VPC: the third of its block ("VPC+2").
pub(crate) fn resolver_address(vpc: &Vpc) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(vpc.cidr.network()).wrapping_add(2))
}

/// A VPC's resolver, reachable as long as `enableDnsSupport` is on.
pub(crate) fn vpc(vpc: &Vpc) -> Fragment {
    let mut fragment = Fragment::default();
    if vpc.enable_dns_support {
        for addr in [resolver_address(vpc), RESOLVER_LINK_LOCAL] {
            let key = AddressKey {
                vni: vpc.vni,
                addr: addr.into(),
            };
            fragment
                .tables
                .addresses
                .insert(key, Address::new(AddressKind::Resolver, 0));
        }
    }
    fragment
}

/// A subnet's router.
pub(crate) fn subnet(state: &State, subnet: &Subnet) -> Option<Fragment> {
    let vpc = state.tables().vpcs.get(&subnet.vpc)?;
    let mut fragment = Fragment::default();
    let key = AddressKey {
        vni: vpc.vni,
        addr: subnet.router().into(),
    };
    fragment
        .tables
        .addresses
        .insert(key, Address::new(AddressKind::Router, 0));
    Some(fragment)
}

/// A route table's routes: the local one.
pub(crate) fn route_table(state: &State, table: &RouteTable) -> Option<Fragment> {
    let vpc = state.tables().vpcs.get(&table.vpc)?;
    let mut fragment = Fragment::default();
    let key = RouteKey::v4(table.number, vpc.cidr.network(), vpc.cidr.prefix_len());
    fragment
        .tables
        .routes
        .insert(key, Route::new(vpc.vni, RouteKind::Local));
    Some(fragment)
}
