//! Interface endpoints: frontends that lead to a node of the service's load balancer.
//!
//! Invariant: an endpoint that is not connected compiles to no table entry and no name.

use std::cmp::Reverse;

use datapath::abi::{AddressKind, FRONTEND_NODE_RULES, Frontend, TooManyGroups};
use model::State;
use model::load_balancer::{LoadBalancer, LoadBalancerNode, LoadBalancerState};
use model::network_interface::NetworkInterface;
use model::settings::ZoneId;
use model::vpc_endpoint::{VpcEndpoint, VpcEndpointState};
use model::{LoadBalancerId, NetworkInterfaceId, Timestamp};

use crate::fragment::{Fragment, Report};
use crate::names::{self, EndpointAddress};
use crate::packets::put_interface;

/// An endpoint's interfaces, where they lead, and its names.
///
/// # Errors
/// See [`put_interface`].
pub(crate) fn vpc_endpoint(
    state: &State,
    endpoint: &VpcEndpoint,
) -> Result<Fragment, TooManyGroups> {
    let mut fragment = Fragment::default();
    match endpoint.state {
        VpcEndpointState::Pending => {
            let report = Report::EndpointApplied {
                endpoint: endpoint.id,
                generation: endpoint.generation,
            };
            fragment.reports.insert(report);
        }
        VpcEndpointState::Deleting => {
            fragment.reports.insert(Report::EndpointRemoved {
                endpoint: endpoint.id,
            });
        }
        VpcEndpointState::PendingAcceptance
        | VpcEndpointState::Available
        | VpcEndpointState::Rejected
        | VpcEndpointState::Expired
        | VpcEndpointState::Failed
        | VpcEndpointState::Deleted { .. } => {}
    }
    if !endpoint.state.is_connected() {
        return Ok(fragment);
    }
    let mut addresses = Vec::new();
    for place in endpoint.interfaces.values() {
        let Some(interface) = state
            .tables()
            .network_interfaces
            .get(&place.network_interface)
        else {
            continue;
        };
        put_interface(
            state,
            interface,
            AddressKind::Frontend,
            &mut fragment.tables,
        )?;
        let node = node_for(state, endpoint, &place.zone, interface);
        let frontend = node
            .as_ref()
            .and_then(|(balancer, node)| frontend(state, endpoint, balancer, node));
        if let Some(frontend) = frontend {
            fragment.tables.frontends.insert(interface.number, frontend);
        }
        addresses.push(EndpointAddress {
            zone: place.zone.clone(),
            address: place.address,
            node: frontend.map(|frontend| frontend.node),
        });
    }
    fragment.names = names::of_endpoint(state.settings(), endpoint, &addresses);
    let vpc = state.tables().vpcs.get(&endpoint.vpc);
    let private = vpc.and_then(|vpc| names::private_of_endpoint(vpc, endpoint, &addresses));
    if let Some((name, record, zone)) = private {
        fragment.names.insert(name, record);
        fragment.hidden_zones.insert(zone);
    }
    Ok(fragment)
}

/// The load balancer node that an endpoint's interface uses: one of the service's in the same zone. Among those that
/// the service had when the interface was made, the interface's own choice, which looks random and stays as long as
/// that load balancer does (rendezvous hashing). When none of them is left, the one that the service has had longest. So
/// no interface moves to what is added, and nothing has to be on record for it.
fn node_for<'a>(
    state: &'a State,
    endpoint: &VpcEndpoint,
    zone: &ZoneId,
    interface: &NetworkInterface,
) -> Option<(&'a LoadBalancer, &'a LoadBalancerNode)> {
    let service = state.tables().endpoint_services.get(&endpoint.service)?;
    service
        .load_balancers
        .iter()
        .filter_map(|(id, attached)| Some((state.tables().load_balancers.get(id)?, *attached)))
        .filter(|(balancer, _)| !matches!(balancer.state, LoadBalancerState::Failed { .. }))
        .filter_map(|(balancer, attached)| {
            let node = balancer.nodes.values().find(|node| node.zone == *zone)?;
            let since = serves_since(state, balancer, attached, node);
            // What came in the same instant counts as later: it may be what is added to an interface that is there.
            let later = (since >= interface.created).then_some(since);
            Some((balancer.as_ref(), node, later))
        })
        .max_by_key(|(balancer, _, later)| (Reverse(*later), preference(interface.id, balancer.id)))
        .map(|(balancer, node, _)| (balancer, node))
}

/// Since when a service has had a load balancer's node: since its load balancer was attached or, if it was added to that
/// later, since then. (Only what was added is looked at, as a load balancer may be younger than its attachment is on
/// record: there are services from before the time was kept.)
fn serves_since(
    state: &State,
    balancer: &LoadBalancer,
    attached: Timestamp,
    node: &LoadBalancerNode,
) -> Timestamp {
    let interfaces = &state.tables().network_interfaces;
    let made = interfaces.get(&node.network_interface);
    made.map(|interface| interface.created)
        .filter(|made| *made > balancer.created)
        .map_or(attached, |made| made.max(attached))
}

/// How much an interface prefers a load balancer: FNV-1a over both, finished so that near ids lie far apart.
fn preference(interface: NetworkInterfaceId, balancer: LoadBalancerId) -> u64 {
    let text = format!("{interface}/{balancer}");
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

fn frontend(
    state: &State,
    endpoint: &VpcEndpoint,
    balancer: &LoadBalancer,
    node: &LoadBalancerNode,
) -> Option<Frontend> {
    let vpcs = &state.tables().vpcs;
    let node_interface = state
        .tables()
        .network_interfaces
        .get(&node.network_interface)?;
    let enforced = balancer.enforce_inbound_rules_on_private_link;
    Some(Frontend {
        vni: vpcs.get(&endpoint.vpc)?.vni,
        backend_vni: vpcs.get(&balancer.vpc)?.vni,
        node: node_interface.number,
        flags: if enforced { FRONTEND_NODE_RULES } else { 0 },
        node_addr: node.address.into(),
    })
}
