//! The fabric's sockets: the resolver, health checks, and the translation between IPv4 and IPv6.

use std::net::Ipv6Addr;

use super::world::*;
use crate::abi::*;
use crate::packet::{PacketBuilder, Transport};
use crate::{DropReason, Hook, Verdict};

fn fabric(kind: FabricKind, vni: u32, place: Place) -> Ipv6Addr {
    FabricAddr {
        kind,
        vni,
        iface: place.iface,
        addr: place.addr,
    }
    .to_ipv6([0xfd, 0xad, 0, 1])
}

/// The node as the fabric's sockets own it.
fn node() -> Ipv6Addr {
    fabric(FabricKind::Local, PROVIDER, NODE)
}

/// The backend as the fabric's sockets see it.
fn backend() -> Ipv6Addr {
    fabric(FabricKind::Remote, PROVIDER, BACKEND)
}

fn resolver() -> Ipv6Addr {
    fabric(
        FabricKind::Local,
        CONSUMER,
        Place {
            iface: 0,
            addr: RESOLVER,
        },
    )
}

fn check(world: &mut World, packet: PacketBuilder) -> Verdict {
    world.decide(Hook::FromFabric, packet.build())
}

fn check_tcp(sport: u16) -> PacketBuilder {
    PacketBuilder::default()
        .ipv6(node(), backend())
        .tcp(sport, BACKEND_PORT)
}

#[test]
fn a_health_check_reaches_its_target_and_comes_back() {
    let mut world = World::new();
    let syn = check_tcp(50000).flags(SYN).mss(9000).tos(0x2e).ttl(9);
    let seen = delivered(check(&mut world, syn), BACKEND);
    assert_eq!(
        (seen.src, ports(&seen)),
        (NODE.addr.into(), (50000, BACKEND_PORT))
    );
    assert_eq!((seen.tos, seen.ttl), (0x2e, 9));
    let Transport::Tcp { mss, .. } = seen.transport else {
        panic!("{seen:?}")
    };
    assert_eq!(mss, Some(8460));

    let syn_ack = tcp(BACKEND, (NODE.addr, 50000), BACKEND_PORT)
        .flags(SYN_ACK)
        .mss(8460)
        .tos(3);
    let seen = delivered_to_fabric(world.send(BACKEND, syn_ack), &world);
    assert_eq!((seen.src, seen.dst), (backend().into(), node().into()));
    assert_eq!(
        (ports(&seen), seen.tos, seen.ttl),
        ((BACKEND_PORT, 50000), 3, 64)
    );
    delivered(check(&mut world, check_tcp(50000).flags(ACK)), BACKEND);
    assert_eq!(world.flow_counts(), (2, 0));

    delivered(
        check(&mut world, check_tcp(50000).flags(FIN_ACK).padding(5)),
        BACKEND,
    );
    delivered_to_fabric(
        world.tcp(BACKEND, (NODE.addr, 50000), BACKEND_PORT, FIN_ACK),
        &world,
    );
}

#[test]
fn the_fabric_is_never_answered_by_a_rst() {
    let mut world = World::new();
    let verdict = check(&mut world, check_tcp(50000).flags(ACK));
    assert_eq!(verdict, Verdict::Drop(DropReason::NoFlow));
}

#[test]
fn a_check_whose_port_is_taken_waits_for_another() {
    let mut world = World::new();
    let port = world.connect(40000);
    let verdict = check(&mut world, check_tcp(port).flags(SYN));
    assert_eq!(verdict, Verdict::Drop(DropReason::NoPort));
    assert_eq!(world.flow_counts(), (2, 0));
    // And the other way round.
    world.config.nat_port_min = 50000;
    world.config.nat_port_max = 50000;
    delivered(check(&mut world, check_tcp(50000).flags(SYN)), BACKEND);
    let verdict = world.tcp(CLIENT, SERVICE, 40001, SYN);
    assert_eq!(verdict, Verdict::Drop(DropReason::NoPort));
}

#[test]
fn a_check_is_cut_when_its_target_moves() {
    let mut world = World::new();
    delivered(check(&mut world, check_tcp(50000).flags(SYN)), BACKEND);
    world.change(|tables| {
        set_rules(tables, PROVIDER, BACKEND.iface, Direction::Ingress, &[]);
    });
    let verdict = world.tcp(BACKEND, (NODE.addr, 50000), BACKEND_PORT, SYN_ACK);
    refused(verdict, BACKEND, DropReason::FlowRevoked);
}

#[test]
fn datagrams_of_the_fabric_are_flows_too() {
    let mut world = World::new();
    let probe = || {
        PacketBuilder::default()
            .ipv6(node(), backend())
            .udp(50000, 53)
            .payload(b"?")
    };
    delivered(check(&mut world, probe()), BACKEND);
    let unchecked = PacketBuilder::default()
        .ipv4(BACKEND.addr, NODE.addr)
        .udp_without_checksum(53, 50000);
    let verdict = world.send(BACKEND, unchecked);
    assert_eq!(verdict, Verdict::Drop(DropReason::UdpNoChecksum));
    let answer = PacketBuilder::default()
        .ipv4(BACKEND.addr, NODE.addr)
        .udp(53, 50000);
    delivered_to_fabric(world.send(BACKEND, answer), &world);
    assert_eq!(world.flow_counts(), (2, 0));
}

#[test]
fn an_error_about_a_check_is_not_carried() {
    let mut world = World::new();
    let verdict = check(&mut world, check_tcp(50000).flags(SYN));
    let Verdict::Redirect { bytes, .. } = verdict else {
        panic!("{verdict:?}")
    };
    let error = PacketBuilder::default()
        .ipv4(BACKEND.addr, NODE.addr)
        .icmp_error(3, 3, &bytes[14..]);
    assert_eq!(
        world.send(BACKEND, error),
        Verdict::Drop(DropReason::IcmpNoFlow)
    );
}

#[test]
fn a_query_reaches_the_resolver_and_the_answer_its_asker() {
    let mut world = World::new();
    // Neither rules nor routes nor flows have a say.
    world.change(|tables| {
        tables.rulesets.clear();
        tables.routes.clear();
    });
    let query = udp(CLIENT, (RESOLVER, 53), 5353);
    let seen = delivered_to_fabric(world.send(CLIENT, query), &world);
    let client = fabric(FabricKind::Remote, CONSUMER, CLIENT);
    assert_eq!((seen.src, seen.dst), (client.into(), resolver().into()));
    assert_eq!(ports(&seen), (5353, 53));

    let answer = PacketBuilder::default()
        .ipv6(resolver(), client)
        .udp(53, 5353)
        .payload(b"!");
    let seen = delivered(check(&mut world, answer), CLIENT);
    assert_eq!((seen.src, ports(&seen)), (RESOLVER.into(), (53, 5353)));
    assert_eq!(world.flow_counts(), (0, 0));

    for flags in [SYN, ACK, RST] {
        delivered_to_fabric(world.tcp(CLIENT, (RESOLVER, 53), 5353, flags), &world);
    }
}
