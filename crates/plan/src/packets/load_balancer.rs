//! Load balancers: a node in each zone, and the ports it takes.

use datapath::abi::{
    AddressKind, Listener, ListenerKey, PROTO_TCP, PROTO_UDP, TooManyGroups, UDP_IDLE_SECS,
};
use model::State;
use model::load_balancer::{LoadBalancer, LoadBalancerState};

use crate::fragment::{Fragment, Report};
use crate::names;
use crate::packets::put_interface;
use crate::packets::target_group::reach_of;

/// A load balancer's nodes, their listeners, and its names.
///
/// # Errors
/// See [`put_interface`].
pub(crate) fn load_balancer(
    state: &State,
    balancer: &LoadBalancer,
) -> Result<Fragment, TooManyGroups> {
    let mut fragment = Fragment::default();
    let tables = state.tables();
    match &balancer.state {
        LoadBalancerState::Provisioning => {
            fragment.reports.insert(Report::LoadBalancerApplied {
                load_balancer: balancer.id,
            });
        }
        LoadBalancerState::Active => {}
        LoadBalancerState::Failed { .. } => return Ok(fragment),
    }
    let listeners: Vec<_> = state
        .indexes()
        .listeners_by_load_balancer
        .of(&balancer.id)
        .filter_map(|id| tables.listeners.get(id))
        .filter_map(|listener| {
            Some((
                listener,
                tables.target_groups.get(&listener.forward.target_group)?,
            ))
        })
        .collect();
    for node in balancer.nodes.values() {
        let Some(interface) = tables.network_interfaces.get(&node.network_interface) else {
            continue;
        };
        let Some(vpc) = tables.vpcs.get(&balancer.vpc) else {
            continue;
        };
        put_interface(state, interface, AddressKind::Node, &mut fragment.tables)?;
        for (listener, group) in &listeners {
            let reach = reach_of(state, balancer, group, &node.zone);
            if reach.is_dead {
                fragment.unhealthy_nodes.insert(interface.number);
            }
            let protocols = [
                (
                    listener.protocol.has_tcp(),
                    PROTO_TCP,
                    listener.tcp_idle_timeout_secs(),
                ),
                (listener.protocol.has_udp(), PROTO_UDP, UDP_IDLE_SECS),
            ];
            for (_, proto, idle_secs) in protocols.into_iter().filter(|(takes, ..)| *takes) {
                let key = ListenerKey::new(interface.number, listener.port, proto);
                let value = Listener {
                    vni: vpc.vni,
                    backend_set: reach.backend_set,
                    idle_secs,
                    pad: [0; 2],
                };
                fragment.tables.listeners.insert(key, value);
            }
        }
    }
    fragment.names = names::of_load_balancer(state, balancer);
    Ok(fragment)
}
