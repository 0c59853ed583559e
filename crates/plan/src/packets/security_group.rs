//! Security groups: one rule list for each direction.

use std::net::Ipv4Addr;

use datapath::RuleList;
use datapath::abi::{
    self, Addr, ICMP_ANY, PROTO_ANY, PROTO_ICMP, PROTO_TCP, PROTO_UDP, Rule, RulesetKey,
};
use ipnet::IpNet;
use model::State;
use model::security_group::{
    Direction, IcmpMatch, Peer, SecurityGroup, SecurityGroupRule, Traffic,
};

use crate::fragment::Fragment;

/// IP protocol number of ICMPv6.
const PROTO_ICMPV6: u8 = 58;

/// Both rule lists of a group; an empty list allows nothing, as no list would.
pub(crate) fn security_group(state: &State, group: &SecurityGroup) -> Option<Fragment> {
    let vni = state.tables().vpcs.get(&group.vpc)?.vni;
    let mut fragment = Fragment::default();
    for (direction, key) in [
        (Direction::Ingress, abi::Direction::Ingress),
        (Direction::Egress, abi::Direction::Egress),
    ] {
        let rules: Vec<Rule> = group
            .rules_of(direction)
            .filter_map(|(_, rule)| compile_rule(state, rule))
            .collect();
        fragment.tables.rulesets.insert(
            RulesetKey::new(group.number, key),
            RuleList::new(vni, rules),
        );
    }
    Some(fragment)
}

/// One rule; `None` when it can match no packet.
fn compile_rule(state: &State, rule: &SecurityGroupRule) -> Option<Rule> {
    let (proto, port_lo, port_hi) = match rule.traffic {
        Traffic::All => (PROTO_ANY, 0, u16::MAX),
        Traffic::Tcp(ports) => (PROTO_TCP, ports.first(), ports.last()),
        Traffic::Udp(ports) => (PROTO_UDP, ports.first(), ports.last()),
        Traffic::Icmp(icmp) => (PROTO_ICMP, icmp_type(icmp), icmp_code(icmp)),
        Traffic::Icmpv6(icmp) => (PROTO_ICMPV6, icmp_type(icmp), icmp_code(icmp)),
        Traffic::Protocol(proto) => (proto, 0, u16::MAX),
    };
    let (prefix, prefix_len, peer_group) = match &rule.peer {
        Peer::Cidr(IpNet::V4(net)) => (
            Addr::from(net.network()),
            Addr::V4_PREFIX_LEN + net.prefix_len(),
            0,
        ),
        Peer::Cidr(IpNet::V6(net)) => (Addr::from(net.network()), net.prefix_len(), 0),
        Peer::Group(id) => (
            Addr::from(Ipv4Addr::UNSPECIFIED),
            0,
            state.tables().security_groups.get(id)?.number,
        ),
    };
    // A wide IPv6 prefix (::/0) would hold the mapped IPv4 addresses too, which its author did not mean.
    let holds_v4 = matches!(&rule.peer, Peer::Cidr(IpNet::V6(net)) if net.contains(&Ipv4Addr::UNSPECIFIED.to_ipv6_mapped()));
    (!holds_v4).then_some(Rule {
        prefix,
        peer_group,
        port_lo,
        port_hi,
        prefix_len,
        proto,
        pad: [0; 2],
    })
}

fn icmp_type(icmp: IcmpMatch) -> u16 {
    match icmp {
        IcmpMatch::All => ICMP_ANY,
        IcmpMatch::Type(kind) | IcmpMatch::TypeCode(kind, _) => u16::from(kind),
    }
}

fn icmp_code(icmp: IcmpMatch) -> u16 {
    match icmp {
        IcmpMatch::All | IcmpMatch::Type(_) => ICMP_ANY,
        IcmpMatch::TypeCode(_, code) => u16::from(code),
    }
}
