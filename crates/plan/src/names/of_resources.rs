//! What each resource is called, and what its names give.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use model::State;
use model::load_balancer::LoadBalancer;
use model::settings::{Settings, ZoneId};
use model::vpc::Vpc;
use model::vpc_endpoint::VpcEndpoint;

use super::{Data, NameKey, NodeAddress, RecordSet, Scope};
use crate::hidden_zones::HiddenZone;
use crate::instance;

/// How long an answer about endpoints and load balancers may be kept, seconds.
const ENDPOINT_TTL_SECS: u32 = 60;
/// How long an answer about instances may be kept, seconds.
const INSTANCE_TTL_SECS: u32 = 60;

/// An endpoint's address in one zone, and the node behind it if there is one.
#[derive(Clone, Debug)]
pub(crate) struct EndpointAddress {
    pub(crate) zone: ZoneId,
    pub(crate) address: Ipv4Addr,
    pub(crate) node: Option<u32>,
}

fn public(name: &str) -> NameKey {
    NameKey::new(name, Scope::Public)
}

fn addresses(entries: impl IntoIterator<Item = NodeAddress>) -> RecordSet {
    RecordSet {
        ttl_secs: ENDPOINT_TTL_SECS,
        data: Data::Addresses(entries.into_iter().collect()),
    }
}

/// An endpoint's regional and zonal names; none that would have no address.
pub(crate) fn of_endpoint(
    settings: &Settings,
    endpoint: &VpcEndpoint,
    places: &[EndpointAddress],
) -> BTreeMap<NameKey, RecordSet> {
    let names = endpoint.dns_names(settings).into_iter();
    names
        .map(|dns_name| {
            let in_zone = |place: &&EndpointAddress| {
                dns_name
                    .zone
                    .as_ref()
                    .is_none_or(|zone| place.zone == *zone)
            };
            let entries = places.iter().filter(in_zone).map(node_address);
            (public(&dns_name.name), addresses(entries))
        })
        .filter(|_| !places.is_empty())
        .collect()
}

fn node_address(place: &EndpointAddress) -> NodeAddress {
    NodeAddress {
        address: place.address,
        node: place.node,
    }
}

/// An endpoint's private name, which gives what the regional one gives, and the zone that holds it.
pub(crate) fn private_of_endpoint(
    vpc: &Vpc,
    endpoint: &VpcEndpoint,
    places: &[EndpointAddress],
) -> Option<(NameKey, RecordSet, HiddenZone)> {
    let own = endpoint.private_dns.as_ref();
    let name = &own
        .filter(|_| vpc.has_private_dns() && !places.is_empty())?
        .name;
    Some((
        NameKey::new(name.as_str(), Scope::Vpc(vpc.vni)),
        addresses(places.iter().map(node_address)),
        (vpc.vni, name.domain().to_owned()),
    ))
}

/// A load balancer's name, and one for each of its zones.
pub(crate) fn of_load_balancer(
    state: &State,
    balancer: &LoadBalancer,
) -> BTreeMap<NameKey, RecordSet> {
    let settings = state.settings();
    let name = balancer.dns_name(settings);
    let entry = |node: &model::load_balancer::LoadBalancerNode| {
        let interface = state
            .tables()
            .network_interfaces
            .get(&node.network_interface);
        NodeAddress {
            address: node.address,
            node: interface.map(|interface| interface.number),
        }
    };
    let mut records = BTreeMap::new();
    records.insert(public(&name), addresses(balancer.nodes.values().map(entry)));
    for node in balancer.nodes.values() {
        let zonal = format!("{}.{name}", settings.zone_name(&node.zone));
        records.insert(public(&zonal), addresses([entry(node)]));
    }
    records
}

/// An instance's private name, forward and reverse.
pub(crate) fn of_instance(
    settings: &Settings,
    vpc: &Vpc,
    address: Ipv4Addr,
) -> BTreeMap<NameKey, RecordSet> {
    let scope = Scope::Vpc(vpc.vni);
    let name = instance::private_dns_name(settings, address);
    let [a, b, c, d] = address.octets();
    let reverse = format!("{d}.{c}.{b}.{a}.in-addr.arpa");
    let forward = Data::Addresses(vec![NodeAddress {
        address,
        node: None,
    }]);
    [
        (
            NameKey::new(&name, scope),
            RecordSet {
                ttl_secs: INSTANCE_TTL_SECS,
                data: forward,
            },
        ),
        (
            NameKey::new(&reverse, scope),
            RecordSet {
                ttl_secs: INSTANCE_TTL_SECS,
                data: Data::Pointer(name),
            },
        ),
    ]
    .into()
}
