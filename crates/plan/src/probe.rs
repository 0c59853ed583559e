//! Probes: which targets to check, from where, and how.
//!
//! A target is checked from one node of its load balancer: of its own zone where there is one. AWS checks from every
//! node; on one host all nodes would find the same.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use model::State;
use model::load_balancer::LoadBalancer;
use model::target::{ObservedHealth, Target, TargetId, TargetKey, TargetZone};
use model::target_group::{HealthCheckPort, Probe, StatusMatcher, TargetGroup};

use crate::packets::{interface_of, is_checked};

/// One target to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbePlan {
    /// The target.
    pub key: TargetKey,
    /// Number of its registration.
    pub number: u32,
    /// Virtual network of both ends.
    pub vni: u32,
    /// Interface of the node that asks.
    pub node: u32,
    /// The node's address: what the target sees.
    pub node_address: Ipv4Addr,
    /// Interface of the target; `None` when nobody has its address.
    pub target: Option<u32>,
    /// The target's address.
    pub target_address: Ipv4Addr,
    /// The port that is checked.
    pub port: u16,
    /// What is asked there.
    pub kind: ProbeKind,
    /// From the start of one check to the next.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Successes in a row until the target is healthy.
    pub healthy_threshold: u8,
    /// Failures in a row until the target is unhealthy.
    pub unhealthy_threshold: u8,
    /// What is on record of the target: what the agent found and is not here it has to tell.
    pub on_record: ObservedHealth,
}

/// What a probe asks of its target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProbeKind {
    /// A TCP connection.
    Tcp,
    /// An HTTP request.
    Http(Arc<HttpGet>),
}

/// What an HTTP probe asks and expects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpGet {
    /// The host that it names: as in AWS the node and its listener's port, not the target.
    pub host: SocketAddrV4,
    /// Path and query, starting with `/`; printable ASCII.
    pub path: String,
    /// Status codes that mean healthy.
    pub matcher: StatusMatcher,
}

/// The probe of a target; `None` when it is not to be checked.
pub(crate) fn compile(
    state: &State,
    balancer: &LoadBalancer,
    group: &TargetGroup,
    target: &Target,
) -> Option<ProbePlan> {
    if !is_checked(state, target) {
        return None;
    }
    let own_zone = balancer
        .nodes
        .values()
        .find(|node| TargetZone::Zone(node.zone.clone()) == target.zone);
    let node = own_zone.or_else(|| balancer.nodes.values().next())?;
    let interface = interface_of(state, group, target.key.id);
    let target_address = match target.key.id {
        TargetId::Ip(address) => address,
        TargetId::Instance(_) => interface?.address,
    };
    let check = &group.health_check;
    Some(ProbePlan {
        key: target.key,
        number: target.number,
        vni: state.tables().vpcs.get(&group.vpc)?.vni,
        node: state
            .tables()
            .network_interfaces
            .get(&node.network_interface)?
            .number,
        node_address: node.address,
        target: interface.map(|interface| interface.number),
        target_address,
        port: match check.port {
            HealthCheckPort::Traffic => target.key.port,
            HealthCheckPort::Port(port) => port,
        },
        kind: match &check.probe {
            Probe::Tcp => ProbeKind::Tcp,
            Probe::Http(http) => ProbeKind::Http(Arc::new(HttpGet {
                host: SocketAddrV4::new(node.address, listener_port(state, group)?),
                path: http.path.clone(),
                matcher: http.matcher.clone(),
            })),
        },
        interval: Duration::from_secs(check.interval_secs.into()),
        timeout: Duration::from_secs(check.timeout_secs.into()),
        healthy_threshold: check.healthy_threshold,
        unhealthy_threshold: check.unhealthy_threshold,
        on_record: target.observed,
    })
}

/// The port of the listener that forwards to a group; of the first, when there are several.
fn listener_port(state: &State, group: &TargetGroup) -> Option<u16> {
    let listener = state.indexes().listeners_by_target_group.first(&group.id)?;
    Some(state.tables().listeners.get(listener)?.port)
}
