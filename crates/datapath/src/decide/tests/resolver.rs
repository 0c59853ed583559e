//! How many packets an interface may send to the resolver in one second.

use super::world::*;
use crate::abi::ResolverWindow;
use crate::packet::{Packet, PacketBuilder};
use crate::{DropReason, Hook, Verdict};

const LIMIT: u32 = 5;
const REFUSED: Verdict = Verdict::Drop(DropReason::ResolverLimit);

fn world(resolver_packets_max: u32) -> World {
    let mut world = World::new();
    world.config.resolver_packets_max = resolver_packets_max;
    world
}

fn query(from: Place) -> PacketBuilder {
    udp(from, (RESOLVER, 53), 40000)
}

/// Asks so often, and returns how many queries were delivered.
fn ask(world: &mut World, from: Place, times: u32) -> u32 {
    let mut delivered = 0;
    for _ in 0..times {
        let verdict = world.send(from, query(from));
        if verdict != REFUSED {
            delivered_to_fabric(verdict, world);
            delivered += 1;
        }
    }
    delivered
}

fn window(world: &World, place: Place) -> (u32, u32) {
    let ResolverWindow { count, second } = world.flows.resolver_windows[&place.iface];
    (count, second)
}

#[test]
fn each_interface_has_its_packets_in_each_second() {
    let mut world = world(LIMIT);
    for _ in 0..3 {
        assert_eq!(ask(&mut world, CLIENT, 3), 3);
        assert_eq!(ask(&mut world, CLIENT, 9), 2);
        assert_eq!(window(&world, CLIENT), (LIMIT, world.now));
        assert_eq!(ask(&mut world, NEIGHBOUR, 9), LIMIT);
        world.now += 1;
    }
    // However long it was silent.
    world.now += 0x7fff_fffe;
    assert_eq!(ask(&mut world, CLIENT, 9), LIMIT);
}

#[test]
fn without_a_limit_nothing_is_counted() {
    let mut world = world(0);
    assert_eq!(ask(&mut world, CLIENT, 5000), 5000);
    assert!(world.flows.resolver_windows.is_empty());
}

#[test]
fn a_late_packet_counts_in_the_second_that_has_begun() {
    let mut world = world(LIMIT);
    assert_eq!(ask(&mut world, CLIENT, 3), 3);
    world.now -= 1;
    assert_eq!(ask(&mut world, CLIENT, 3), 2);
    world.now += 1;
    assert_eq!(ask(&mut world, CLIENT, 3), 0);
    assert_eq!(window(&world, CLIENT), (LIMIT, world.now));
}

#[test]
fn tcp_counts_as_well_and_its_sender_gets_no_answer() {
    let mut world = world(3);
    for flags in [SYN, ACK, FIN_ACK] {
        delivered_to_fabric(world.tcp(CLIENT, (RESOLVER, 53), 40000, flags), &world);
    }
    for flags in [SYN, ACK, RST] {
        assert_eq!(world.tcp(CLIENT, (RESOLVER, 53), 40000, flags), REFUSED);
    }
    assert_eq!(world.send(CLIENT, query(CLIENT)), REFUSED);
}

#[test]
fn only_what_the_resolver_would_get_is_counted() {
    let mut world = world(1);
    let elsewhere = [
        udp(CLIENT, (RESOLVER, 80), 40000),
        PacketBuilder::default()
            .ipv4(CLIENT.addr, RESOLVER)
            .echo_request(1, 1),
        udp(CLIENT, (NEIGHBOUR.addr, 53), 40000),
    ];
    for packet in elsewhere {
        world.send(CLIENT, packet);
    }
    assert!(world.flows.resolver_windows.is_empty());
    assert_eq!(ask(&mut world, CLIENT, 3), 1);
    assert_ne!(
        world.send(CLIENT, udp(CLIENT, (NEIGHBOUR.addr, 53), 40000)),
        REFUSED
    );
}

/// Bytes of payload, `gso_size`, packets.
#[test]
fn a_gso_packet_counts_as_what_it_stands_for() {
    let cases = [
        (0, 0, 1),
        (0, 100, 1),
        (100, 0, 1),
        (100, 100, 1),
        (101, 100, 2),
        (1000, 100, 10),
        (1000, 1, 1000),
    ];
    for (payload, gso_size, packets) in cases {
        for is_tcp in [false, true] {
            let mut world = world(1000);
            let packet = if is_tcp {
                tcp(CLIENT, (RESOLVER, 53), 40000).flags(ACK).mss(1460)
            } else {
                query(CLIENT)
            };
            let bytes = packet
                .payload(&vec![1; payload])
                .ethernet(crate::abi::mac(CLIENT.iface), crate::abi::Mac::ROUTER)
                .build();
            let hook = Hook::FromWorkload {
                iface: CLIENT.iface,
            };
            let verdict = world.decide(hook, Packet { bytes, gso_size });
            assert_eq!(verdict.reason(), None);
            assert_eq!(window(&world, CLIENT), (packets, world.now), "{payload}");
        }
    }
}

#[test]
fn a_packet_that_goes_beyond_the_limit_is_dropped_as_a_whole() {
    let mut world = world(LIMIT);
    assert_eq!(ask(&mut world, CLIENT, 3), 3);
    let bytes = query(CLIENT)
        .payload(&[1; 300])
        .ethernet(crate::abi::mac(CLIENT.iface), crate::abi::Mac::ROUTER)
        .build();
    let hook = Hook::FromWorkload {
        iface: CLIENT.iface,
    };
    let gso_size = 100;
    assert_eq!(world.decide(hook, Packet { bytes, gso_size }), REFUSED);
    assert_eq!(window(&world, CLIENT), (6, world.now));
    assert_eq!(ask(&mut world, CLIENT, 3), 0);
    world.now += 1;
    assert_eq!(ask(&mut world, CLIENT, 3), 3);
}
