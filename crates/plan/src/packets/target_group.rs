//! Target groups: backends, and one backend set for each reach (every zone, or one).
//!
//! Source: Network Load Balancer guide, "Target groups" and "Health checks" (fail-open, cross-zone), 2026.

use std::net::Ipv4Addr;

use datapath::abi::{BACKEND_TERMINATE, Backend};
use datapath::maglev::{self, TooManyBackends, Weight};
use model::State;
use model::load_balancer::LoadBalancer;
use model::network_interface::{NetworkInterface, NetworkInterfaceKind};
use model::settings::ZoneId;
use model::target::{Registration, Target, TargetHealth, TargetId, TargetZone};
use model::target_group::{TargetGroup, UNHEALTHY_TERMINATION};

use crate::fragment::Fragment;
use crate::probe;

/// Bits of a backend set's id that tell its reach; the rest is the target group's number.
const REACH_BITS: u32 = 4;

/// Which targets a node uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The zone they must be in; `None`: any.
    zone: Option<ZoneId>,
    /// Its backend set.
    pub(crate) backend_set: u32,
    /// No target in reach is healthy, or there is none: names leave the node out.
    pub(crate) is_dead: bool,
}

/// Which targets of a group the nodes of one zone use.
pub(crate) fn reach_of(
    state: &State,
    balancer: &LoadBalancer,
    group: &TargetGroup,
    zone: &ZoneId,
) -> Reach {
    let zone = (!state.cross_zone(balancer, group)).then(|| zone.clone());
    // The model allows at most 15 zones, so that each has a number of its own here.
    let index = zone.as_ref().map_or(0, |zone| {
        1 + state
            .settings()
            .zones
            .iter()
            .position(|known| known.id == *zone)
            .unwrap_or_default()
    });
    let backend_set = (group.number << REACH_BITS)
        | (u32::try_from(index).unwrap_or_default() & ((1 << REACH_BITS) - 1));
    let is_dead = !targets(state, group)
        .filter(|target| is_in(target, zone.as_ref()))
        .any(|target| state.target_health(target) == TargetHealth::Healthy);
    Reach {
        zone,
        backend_set,
        is_dead,
    }
}

fn targets<'a>(state: &'a State, group: &TargetGroup) -> impl Iterator<Item = &'a Target> {
    let keys = state.indexes().targets_by_group.of(&group.id);
    keys.filter_map(|key| state.tables().targets.get(key))
        .map(AsRef::as_ref)
}

fn is_in(target: &Target, zone: Option<&ZoneId>) -> bool {
    match (&target.zone, zone) {
        (TargetZone::All, _) | (_, None) => true,
        (TargetZone::Zone(own), Some(zone)) => own == zone,
    }
}

/// A group's backends, backend sets and probes; `None` while no load balancer uses it.
///
/// # Errors
/// More targets than a backend set holds.
pub(crate) fn target_group(
    state: &State,
    group: &TargetGroup,
) -> Result<Option<Fragment>, TooManyBackends> {
    let Some(balancer) = state.load_balancer_of_target_group(group) else {
        return Ok(None);
    };
    let mut fragment = Fragment::default();
    let reached: Vec<Reached<'_>> = targets(state, group)
        .filter_map(|target| reached(state, group, target))
        .collect();
    // With no healthy target anywhere, all that were found unhealthy get traffic: better some answer than none.
    let healthy = |entry: &Reached<'_>| entry.health == TargetHealth::Healthy;
    let unhealthy = |entry: &Reached<'_>| matches!(entry.health, TargetHealth::Unhealthy(_));
    let fails_open = !reached.iter().any(healthy);
    for entry in &reached {
        let given_up =
            unhealthy(entry) && !fails_open && group.attributes.is_true(UNHEALTHY_TERMINATION);
        let severed = matches!(entry.target.registration, Registration::Severed { .. });
        let cut = given_up || severed;
        let flags = if cut { BACKEND_TERMINATE } else { 0 };
        fragment.tables.backends.insert(
            entry.target.number,
            Backend {
                flags,
                ..entry.backend
            },
        );
    }
    for node in balancer.nodes.values() {
        let reach = reach_of(state, balancer, group, &node.zone);
        let in_reach: Vec<_> = reached
            .iter()
            .filter(|entry| is_in(entry.target, reach.zone.as_ref()))
            .collect();
        let used: Vec<(u32, Weight)> = in_reach
            .iter()
            .filter(|entry| {
                if fails_open {
                    unhealthy(entry)
                } else {
                    healthy(entry)
                }
            })
            .map(|entry| (entry.target.number, Weight::EQUAL))
            .collect();
        if !used.is_empty() {
            fragment
                .tables
                .backend_sets
                .insert(reach.backend_set, maglev::slots(&used, in_reach.len())?);
        }
    }
    for target in targets(state, group) {
        if let Some(probe) = probe::compile(state, balancer, group, target) {
            fragment.probes.insert(target.key, probe);
        }
    }
    Ok(Some(fragment))
}

/// A target that packets can get to.
struct Reached<'a> {
    target: &'a Target,
    health: TargetHealth,
    backend: Backend,
}

fn reached<'a>(state: &State, group: &TargetGroup, target: &'a Target) -> Option<Reached<'a>> {
    let vpc = state.tables().vpcs.get(&group.vpc)?;
    let interface = interface_of(state, group, target.key.id)?;
    Some(Reached {
        target,
        health: state.target_health(target),
        backend: Backend {
            vni: vpc.vni,
            iface: interface.number,
            addr: interface.address.into(),
            port: target.key.port.into(),
            ..Backend::default()
        },
    })
}

/// The interface behind a target, when an instance is behind it.
pub(crate) fn interface_of<'a>(
    state: &'a State,
    group: &TargetGroup,
    target: TargetId,
) -> Option<&'a NetworkInterface> {
    let address = match target {
        TargetId::Instance(id) => state.tables().instances.get(&id)?.network.as_ref()?.address,
        TargetId::Ip(address) => address,
    };
    interface_at(state, group, address)
        .filter(|interface| matches!(interface.kind, NetworkInterfaceKind::Instance { .. }))
}

fn interface_at<'a>(
    state: &'a State,
    group: &TargetGroup,
    address: Ipv4Addr,
) -> Option<&'a NetworkInterface> {
    let id = state
        .indexes()
        .interface_of_address
        .first(&(group.vpc, address))?;
    state.tables().network_interfaces.get(id).map(AsRef::as_ref)
}

/// Whether a target is checked at all: registered, and used by a load balancer.
pub(crate) fn is_checked(state: &State, target: &Target) -> bool {
    match state.target_health(target) {
        TargetHealth::Initial(_) | TargetHealth::Healthy | TargetHealth::Unhealthy(_) => true,
        TargetHealth::Unused(_) | TargetHealth::Draining => false,
    }
}
