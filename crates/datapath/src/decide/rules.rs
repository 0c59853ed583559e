//! Section 2, "Rules": what the groups of an interface allow.

use crate::Tables;
use crate::abi::{
    Addr, Direction, ICMP_ANY, INTERFACE_FILTERED, Interface, PROTO_ANY, PROTO_ICMP, Rule,
    RulesetKey,
};
use crate::packet::ICMP_ECHO_REQUEST;

/// Whose rules were asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Judged {
    /// The sender's, egress.
    Sender,
    /// The receiver's, ingress.
    Receiver,
    /// The frontend's, ingress.
    Frontend,
    /// The load balancer node's, ingress: about the client.
    NodeIngress,
    /// The load balancer node's, egress: about the backend.
    NodeEgress,
    /// The backend's, ingress.
    Backend,
}

/// What made rules let a packet pass.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AllowedBy {
    /// The interface has no rules.
    Unfiltered,
    /// A rule of one of its groups.
    Rule {
        /// Security group.
        group: u32,
        /// Index of the rule in the group's list for that direction.
        index: usize,
    },
}

/// What rules look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Traffic<'a> {
    pub(super) proto: u8,
    /// Destination port that the judged interface sees.
    pub(super) dport: u16,
    /// The other side's address.
    pub(super) peer: Addr,
    /// The other side's groups.
    pub(super) peer_groups: &'a [u32],
}

/// Whether the rules of `interface` in one direction allow the traffic, and by what.
pub(super) fn allowed_by(
    tables: &Tables,
    interface: &Interface,
    direction: Direction,
    traffic: &Traffic<'_>,
) -> Option<AllowedBy> {
    if !interface.has(INTERFACE_FILTERED) {
        return Some(AllowedBy::Unfiltered);
    }
    interface.groups().iter().find_map(|group| {
        let list = tables.rulesets.get(&RulesetKey::new(*group, direction))?;
        let index = list.rules.iter().position(|rule| matches(rule, traffic))?;
        Some(AllowedBy::Rule {
            group: *group,
            index,
        })
    })
}

fn matches(rule: &Rule, traffic: &Traffic<'_>) -> bool {
    matches_service(rule, traffic) && matches_peer(rule, traffic)
}

fn matches_service(rule: &Rule, traffic: &Traffic<'_>) -> bool {
    if rule.proto == PROTO_ANY {
        return true;
    }
    if rule.proto != traffic.proto {
        return false;
    }
    if traffic.proto == PROTO_ICMP {
        // A flow is an echo, whose packets' code says nothing.
        let is = |wanted: u16, number: u8| wanted == ICMP_ANY || wanted == u16::from(number);
        return is(rule.port_lo, ICMP_ECHO_REQUEST) && is(rule.port_hi, 0);
    }
    (rule.port_lo..=rule.port_hi).contains(&traffic.dport)
}

fn matches_peer(rule: &Rule, traffic: &Traffic<'_>) -> bool {
    match rule.peer_group {
        0 => traffic.peer.is_in(rule.prefix, rule.prefix_len),
        group => traffic.peer_groups.contains(&group),
    }
}
