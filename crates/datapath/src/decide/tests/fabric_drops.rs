//! Drops of what the fabric's sockets send.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::tried::{Tried, cut, edited, no_rules};
use super::world::*;
use crate::abi::*;
use crate::packet::{PacketBuilder, TcpFlags};
use crate::{DropReason as D, Hook};

fn local(vni: u32, iface: u32, addr: Ipv4Addr) -> Ipv6Addr {
    FabricAddr {
        kind: FabricKind::Local,
        vni,
        iface,
        addr,
    }
    .to_ipv6([0xfd, 0xad, 0, 1])
}

fn remote(vni: u32, iface: u32, addr: Ipv4Addr) -> Ipv6Addr {
    FabricAddr {
        kind: FabricKind::Remote,
        vni,
        iface,
        addr,
    }
    .to_ipv6([0xfd, 0xad, 0, 1])
}

/// A health check from the node to the backend.
fn check() -> PacketBuilder {
    check_between(node(), remote(PROVIDER, BACKEND.iface, BACKEND.addr))
}

fn check_between(src: Ipv6Addr, dst: Ipv6Addr) -> PacketBuilder {
    PacketBuilder::default()
        .ipv6(src, dst)
        .tcp(40000, BACKEND_PORT)
        .flags(SYN)
}

fn node() -> Ipv6Addr {
    local(PROVIDER, NODE.iface, NODE.addr)
}

/// Frames that are not what the fabric's sockets send.
pub(super) fn frames(t: &mut Tried) {
    let too_long = check().payload(&vec![0; 65_516 - 20]);
    let forbidden = no_rules(PROVIDER, BACKEND, Direction::Ingress);
    t.fabric(
        D::Malformed,
        "a frame without its EtherType",
        cut(check(), 13),
    );
    t.fabric(
        D::Malformed,
        "an IPv6 header that is cut short",
        cut(check(), 53),
    );
    t.fabric(
        D::Malformed,
        "IP version 4 as IPv6",
        edited(check(), 14, 0x40),
    );
    t.fabric(
        D::Malformed,
        "a payload past the frame",
        edited(check(), 19, 21),
    );
    t.fabric(D::Malformed, "more than IPv4 can carry", too_long);
    t.fabric(D::Ethertype, "IPv4", udp(CLIENT, SERVICE, 40000));
    t.fabric(D::Protocol, "ICMPv6", check().protocol(58).payload(&[0; 8]));
    t.fabric(D::TcpFlags, "no flags", check().flags(TcpFlags(0)));
    t.fabric(D::NoFlow, "no SYN", check().flags(ACK));
    t.expect(
        D::RulesIngress,
        "the rules",
        forbidden,
        Hook::FromFabric,
        check().build(),
    );
}

/// Addresses that the fabric's sockets do not own or may not reach.
pub(super) fn addresses(t: &mut Tried) {
    let backend = remote(PROVIDER, BACKEND.iface, BACKEND.addr);
    let client = remote(CONSUMER, CLIENT.iface, CLIENT.addr);
    let frontend = remote(PROVIDER, NODE.iface, NODE.addr);
    let wrong_iface = remote(PROVIDER, SECOND_BACKEND.iface, BACKEND.addr);
    let sources = [
        ("a foreign source", "2001:db8::1".parse().unwrap()),
        ("a workload's address", backend),
        (
            "another interface's address",
            local(PROVIDER, NODE.iface, BACKEND.addr),
        ),
        (
            "another network's interface",
            local(PROVIDER, CLIENT.iface, CLIENT.addr),
        ),
        (
            "an interface that is not there",
            local(PROVIDER, 99, NODE.addr),
        ),
    ];
    for (name, source) in sources {
        t.fabric(D::FabricSource, name, check_between(source, backend));
    }
    let destinations = [
        ("an address of the fabric's own", node()),
        ("another network", client),
        ("an address that is no workload's", frontend),
        ("another workload's address", wrong_iface),
    ];
    for (name, destination) in destinations {
        t.fabric(
            D::FabricDestination,
            name,
            check_between(node(), destination),
        );
    }
    let answer = |addr, sport| {
        let source = local(CONSUMER, 0, addr);
        PacketBuilder::default()
            .ipv6(source, client)
            .udp(sport, 40000)
    };
    t.fabric(
        D::FabricSource,
        "an answer of no resolver",
        answer(NEIGHBOUR.addr, 53),
    );
    t.fabric(
        D::FabricSource,
        "an answer from another port",
        answer(RESOLVER, 54),
    );
}
