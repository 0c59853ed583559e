//! A flow that is no longer allowed: who is told, and what.

use std::net::Ipv4Addr;

use super::world::*;
use crate::abi::*;
use crate::packet::{Ip, PacketBuilder, TcpFlags};
use crate::{DropReason, Flows, Hook, Verdict};

const SEQ: u32 = 1000;
const NEXT_ACK: u32 = 2000;

/// Nothing that the client may open or has opened is allowed any more.
fn forbid(world: &mut World) {
    world.change(|tables| {
        set_rules(tables, CONSUMER, CLIENT.iface, Direction::Egress, &[]);
    });
}

/// A segment with data, which a RST has none of.
fn segment(from: Place, to: (Ipv4Addr, u16), sport: u16, flags: TcpFlags) -> PacketBuilder {
    tcp(from, to, sport)
        .flags(flags)
        .seq(SEQ)
        .ack(NEXT_ACK)
        .tos(0xb8)
        .ttl(9)
        .payload(b"more")
}

/// What the receiver of this packet is told. The sender is answered as well.
#[track_caller]
fn told(world: &mut World, from: Place, packet: PacketBuilder, to: Place) -> Ip {
    let verdict = world.send(from, packet);
    refused(verdict.clone(), from, DropReason::FlowRevoked);
    cut(verdict, to)
}

/// Sequence and acknowledgement number and flags.
#[track_caller]
fn numbers(ip: &Ip) -> (u32, u32, TcpFlags) {
    let tcp = tcp_header(ip);
    (tcp.seq.get(), tcp.ack.get(), tcp.flags)
}

/// Whether the receiver of the packet got anything.
fn is_told(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Reply { cut: Some(_), .. })
}

#[test]
fn both_ends_of_a_cut_flow_are_told_whoever_speaks_first() {
    for from_client in [true, false] {
        let mut world = World::new();
        let port = world.connect(40000);
        forbid(&mut world);
        // As the packet would have been rewritten.
        let (from, packet, to, src, sent_ports) = if from_client {
            let packet = segment(CLIENT, SERVICE, 40000, ACK);
            (CLIENT, packet, BACKEND, NODE.addr, (port, BACKEND_PORT))
        } else {
            let packet = segment(BACKEND, (NODE.addr, port), BACKEND_PORT, ACK);
            (BACKEND, packet, CLIENT, SERVICE.0, (SERVICE_PORT, 40000))
        };
        let seen = told(&mut world, from, packet.clone(), to);
        assert_eq!((seen.src, ports(&seen)), (src.into(), sent_ports));
        assert_eq!(numbers(&seen), (SEQ, NEXT_ACK, RST | ACK));
        assert_eq!((seen.tos, seen.ttl), (0, 64));

        // Once: the flow is gone.
        assert_eq!(world.flow_counts(), (0, 0));
        assert!(!is_told(&world.send(from, packet)));
    }
}

#[test]
fn the_receiver_of_a_plain_flow_is_told_in_the_senders_name() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    forbid(&mut world);
    let packet = segment(CLIENT, (NEIGHBOUR.addr, 80), 40000, ACK);
    let seen = told(&mut world, CLIENT, packet, NEIGHBOUR);
    assert_eq!((seen.src, ports(&seen)), (CLIENT.addr.into(), (40000, 80)));
}

#[test]
fn a_half_open_flow_is_cut_at_both_ends_too() {
    let mut world = World::new();
    delivered(world.tcp(CLIENT, SERVICE, 40000, SYN), BACKEND);
    forbid(&mut world);
    let syn = segment(CLIENT, SERVICE, 40000, SYN);
    let seen = told(&mut world, CLIENT, syn, BACKEND);
    assert_eq!(numbers(&seen), (SEQ, 0, RST));
}

#[test]
fn the_receiver_is_told_in_the_numbers_of_the_packet() {
    for (flags, expected) in [
        (ACK, (SEQ, NEXT_ACK, RST | ACK)),
        (FIN_ACK, (SEQ, NEXT_ACK, RST | ACK)),
        (TcpFlags::FIN, (SEQ, 0, RST)),
        (SYN, (SEQ, 0, RST)),
    ] {
        let mut world = World::new();
        world.connect(40000);
        forbid(&mut world);
        let packet = segment(CLIENT, SERVICE, 40000, flags);
        let seen = told(&mut world, CLIENT, packet, BACKEND);
        assert_eq!(numbers(&seen), expected, "{flags:?}");
    }
}

#[test]
fn a_rst_and_a_datagram_tell_nobody() {
    let mut world = World::new();
    world.connect(40000);
    let from_client = || udp(CLIENT, SERVICE, 40000);
    let (port, _) = ports(&delivered(world.send(CLIENT, from_client()), BACKEND));
    let answer = udp(BACKEND, (NODE.addr, port), BACKEND_PORT);
    delivered(world.send(BACKEND, answer), CLIENT);
    forbid(&mut world);
    let rst = world.tcp(CLIENT, SERVICE, 40000, RST);
    assert_eq!(rst, Verdict::Drop(DropReason::FlowRevoked));
    let datagram = world.send(CLIENT, from_client());
    assert_eq!(datagram, Verdict::Drop(DropReason::FlowRevoked));
    assert_eq!(world.flow_counts(), (0, 0));
}

#[test]
fn a_flow_that_ends_by_itself_is_told_to_the_sender_alone() {
    let mut idle = World::new();
    idle.connect(40000);
    idle.now += u32::from(LISTENER_IDLE_SECS) + 1;
    // Not allowed any more either, but that comes second.
    forbid(&mut idle);

    let mut unknown = World::new();
    let mut full = World::new();
    full.flows = Flows::with_capacity(1);
    let (port, _) = ports(&delivered(full.tcp(CLIENT, SERVICE, 40000, SYN), BACKEND));
    let syn_ack = full.tcp(BACKEND, (NODE.addr, port), BACKEND_PORT, SYN_ACK);
    delivered(syn_ack, CLIENT);

    for (world, reason) in [
        (&mut idle, DropReason::FlowExpired),
        (&mut unknown, DropReason::NoFlow),
        (&mut full, DropReason::FlowTableFull),
    ] {
        let verdict = world.send(CLIENT, segment(CLIENT, SERVICE, 40000, ACK));
        assert!(!is_told(&verdict), "{reason:?}");
        refused(verdict, CLIENT, reason);
    }
}

#[test]
fn the_fabric_is_not_told_and_tells_nobody() {
    let fabric = |kind, place: Place| {
        FabricAddr {
            kind,
            vni: PROVIDER,
            iface: place.iface,
            addr: place.addr,
        }
        .to_ipv6([0xfd, 0xad, 0, 1])
    };
    let check = |flags| {
        PacketBuilder::default()
            .ipv6(
                fabric(FabricKind::Local, NODE),
                fabric(FabricKind::Remote, BACKEND),
            )
            .tcp(50000, BACKEND_PORT)
            .flags(flags)
            .build()
    };
    for from_fabric in [true, false] {
        let mut world = World::new();
        delivered(world.decide(Hook::FromFabric, check(SYN)), BACKEND);
        world.change(|tables| {
            set_rules(tables, PROVIDER, BACKEND.iface, Direction::Ingress, &[]);
        });
        if from_fabric {
            let verdict = world.decide(Hook::FromFabric, check(SYN));
            assert_eq!(verdict, Verdict::Drop(DropReason::FlowRevoked));
        } else {
            let verdict = world.tcp(BACKEND, (NODE.addr, 50000), BACKEND_PORT, SYN_ACK);
            assert!(!is_told(&verdict));
            refused(verdict, BACKEND, DropReason::FlowRevoked);
        }
        assert_eq!(world.flow_counts(), (0, 0));
    }
}
