//! Flows inside one virtual network: their life and their state; and ARP.

use super::world::*;
use crate::abi::*;
use crate::packet::{ARP_REPLY, Body, PacketBuilder, TcpFlags, Transport, dissect};
use crate::{DropReason, Flows, Verdict, peer_key};

const NEIGHBOURS_80: (std::net::Ipv4Addr, u16) = (NEIGHBOUR.addr, 80);

#[test]
fn a_connection_between_neighbours_passes_unchanged_and_is_tracked_in_pairs() {
    let mut world = World::new();
    let seen = delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    assert_eq!(
        (seen.src, ports(&seen), seen.ttl),
        (CLIENT.addr.into(), (40000, 80), 64)
    );
    assert_eq!(world.flow_counts(), (0, 2));
    delivered(
        world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, SYN_ACK),
        CLIENT,
    );
    assert_eq!(
        world.flow_counts(),
        (0, 2),
        "the client has not confirmed yet"
    );
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (2, 0));
    for (key, flow) in &world.flows.flows {
        let peer = world.flows.flows[&peer_key(key, flow)];
        assert_eq!(peer_key(&peer_key(key, flow), &peer), *key);
        assert_eq!(flow.state, 0);
    }
}

#[test]
fn networks_with_the_same_addresses_do_not_meet() {
    let mut world = World::new();
    let verdict = world.tcp(NEIGHBOUR, (CLIENT.addr, 80), 40000, SYN);
    delivered(verdict, CLIENT);
    let verdict = world.tcp(BACKEND, (TWIN.addr, 80), 40000, SYN);
    delivered(verdict, TWIN);
    // Each network's own router and resolver, and nobody else's neighbours.
    let verdict = world.tcp(BACKEND, (NEIGHBOUR.addr, 80), 40000, SYN);
    assert_eq!(verdict, Verdict::Drop(DropReason::NoDestination));
    let verdict = world.tcp(BACKEND, (FRONTEND.addr, 80), 40000, SYN);
    assert_eq!(verdict, Verdict::Drop(DropReason::NoDestination));
}

#[test]
fn a_rst_answers_what_it_refuses() {
    let mut world = World::new();
    let refused_ack = world.send(
        CLIENT,
        tcp(CLIENT, NEIGHBOURS_80, 40000)
            .seq(100)
            .ack(7000)
            .flags(ACK)
            .payload(b"hello"),
    );
    let rst = refused(refused_ack, CLIENT, DropReason::NoFlow);
    assert_eq!((rst.seq.get(), rst.ack.get(), rst.flags), (7000, 0, RST));
    assert_eq!(
        (rst.sport.get(), rst.dport.get(), rst.window.get()),
        (80, 40000, 0)
    );

    let refused_fin = world.send(
        CLIENT,
        tcp(CLIENT, NEIGHBOURS_80, 40000)
            .seq(u32::MAX)
            .flags(TcpFlags::FIN)
            .payload(b"hello"),
    );
    let rst = refused(refused_fin, CLIENT, DropReason::NoFlow);
    assert_eq!(
        (rst.seq.get(), rst.ack.get()),
        (0, 5),
        "five bytes and the FIN"
    );
    assert_eq!(rst.flags, TcpFlags::RST | TcpFlags::ACK);

    let rst_to_rst = world.tcp(CLIENT, NEIGHBOURS_80, 40000, RST);
    assert_eq!(rst_to_rst, Verdict::Drop(DropReason::NoFlow));
}

#[test]
fn a_flow_lives_as_long_as_one_side_speaks() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    for _ in 0..3 {
        world.now += u32::from(TCP_IDLE_SECS);
        delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK), NEIGHBOUR);
    }
    delivered(world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, ACK), CLIENT);
    world.now += u32::from(TCP_IDLE_SECS) + 1;
    let verdict = world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, ACK);
    refused(verdict, NEIGHBOUR, DropReason::FlowExpired);
    assert_eq!(world.flow_counts(), (0, 0));
}

#[test]
fn a_handshake_that_is_not_completed_ends_after_a_minute() {
    let mut world = World::new();
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    world.now += u32::from(TCP_HALF_OPEN_SECS) + 1;
    let verdict = world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, SYN_ACK);
    refused(verdict, NEIGHBOUR, DropReason::FlowExpired);
    assert_eq!(world.flow_counts(), (0, 0));
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (0, 2));
}

#[test]
fn data_does_not_complete_a_handshake_that_nobody_answered() {
    let mut world = World::new();
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (0, 2));
}

#[test]
fn a_refused_connection_is_forgotten_at_once() {
    let mut world = World::new();
    for (place, to, sport) in [
        (NEIGHBOUR, (CLIENT.addr, 40000), 80),
        (CLIENT, NEIGHBOURS_80, 40000),
    ] {
        delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
        let other = if place == CLIENT { NEIGHBOUR } else { CLIENT };
        delivered(world.tcp(place, to, sport, RST | ACK), other);
        assert_eq!(world.flow_counts(), (0, 0));
    }
}

#[test]
fn a_closed_flow_ends_soon_and_its_ports_may_open_another() {
    let mut world = World::new();
    let fin = |world: &mut World| {
        delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, FIN_ACK), NEIGHBOUR);
        delivered(
            world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, FIN_ACK),
            CLIENT,
        );
        delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK), NEIGHBOUR);
    };
    world.connect_to_neighbour(40000);
    fin(&mut world);
    assert_eq!(world.flow_counts(), (2, 0), "late packets still find it");
    world.connect_to_neighbour(40000);
    assert_eq!(
        world.flow_counts(),
        (2, 0),
        "the same ports, used again at once"
    );
    assert!(world.flows.flows.values().all(|flow| flow.state == 0));

    fin(&mut world);
    world.now += u32::from(TCP_CLOSING_SECS) + 1;
    let verdict = world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, ACK);
    refused(verdict, NEIGHBOUR, DropReason::FlowExpired);
}

#[test]
fn only_the_initiator_reopens_a_closed_flow() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, FIN_ACK), NEIGHBOUR);
    delivered(
        world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, FIN_ACK),
        CLIENT,
    );
    delivered(world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, SYN), CLIENT);
    assert_eq!(world.flow_counts(), (2, 0));
}

#[test]
fn one_fin_is_a_half_close_and_ends_nothing() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, FIN_ACK), NEIGHBOUR);
    world.now += u32::from(TCP_CLOSING_SECS) + 1;
    delivered(world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, ACK), CLIENT);
}

#[test]
fn a_rst_that_its_receiver_ignores_ends_nothing() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, RST), NEIGHBOUR);
    assert!(
        world
            .flows
            .flows
            .values()
            .all(|flow| flow.state & FLOW_RST != 0)
    );
    delivered(world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, ACK), CLIENT);
    assert!(
        world
            .flows
            .flows
            .values()
            .all(|flow| flow.state & FLOW_RST == 0)
    );
    world.now += u32::from(TCP_CLOSING_SECS) + 1;
    delivered(world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, ACK), CLIENT);
}

#[test]
fn a_handshake_may_end_with_data_and_fin() {
    let mut world = World::new();
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    delivered(
        world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, SYN_ACK),
        CLIENT,
    );
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, FIN_ACK), NEIGHBOUR);
    let mut states: Vec<u8> = world.flows.flows.values().map(|flow| flow.state).collect();
    states.sort_unstable();
    assert_eq!(states, [FLOW_FIN_SELF, FLOW_FIN_PEER]);
}

#[test]
fn an_evicted_direction_ends_its_half_open_flow() {
    let mut world = World::new();
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    world
        .flows
        .half_open
        .retain(|key, _| key.iface != CLIENT.iface);
    let verdict = world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, SYN_ACK);
    refused(verdict, NEIGHBOUR, DropReason::NoFlow);
    assert_eq!(world.flow_counts(), (0, 0));

    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    world
        .flows
        .half_open
        .retain(|key, _| key.iface == CLIENT.iface);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (0, 2), "a SYN opens it anew");
}

#[test]
fn the_reaper_takes_what_is_idle_in_both_directions() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    world.connect_to_neighbour(40001);
    world.now += u32::from(TCP_IDLE_SECS) + 1;
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40002, SYN), NEIGHBOUR);
    // One that has spoken since, by one side.
    let key = *world.flows.flows.keys().next().unwrap();
    world.flows.flows.get_mut(&key).unwrap().last_seen = world.now;
    let candidates: Vec<FlowKey> = world
        .flows
        .flows
        .keys()
        .chain(world.flows.half_open.keys())
        .copied()
        .collect();
    assert_eq!(world.flows.reap(&candidates, world.now), 2);
    assert_eq!(world.flow_counts(), (2, 2));
    assert!(world.flows.flows.contains_key(&key));
}

#[test]
fn a_full_table_refuses_new_flows_and_keeps_old_ones() {
    let mut world = World::new();
    world.flows = Flows::with_capacity(5);
    world.connect_to_neighbour(40000);
    world.connect_to_neighbour(40001);
    let before = world.flows.flows.clone();
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40002, SYN), NEIGHBOUR);
    delivered(
        world.tcp(NEIGHBOUR, (CLIENT.addr, 40002), 80, SYN_ACK),
        CLIENT,
    );
    let verdict = world.tcp(CLIENT, NEIGHBOURS_80, 40002, ACK);
    refused(verdict, CLIENT, DropReason::FlowTableFull);
    assert_eq!(
        world.flows.flows, before,
        "room for one entry, but not for both"
    );
    assert!(world.flows.half_open.is_empty());
    for sport in [40000, 40001] {
        delivered(world.tcp(CLIENT, NEIGHBOURS_80, sport, ACK), NEIGHBOUR);
    }

    // UDP has nothing to be answered by.
    delivered(
        world.send(CLIENT, udp(CLIENT, NEIGHBOURS_80, 5000)),
        NEIGHBOUR,
    );
    let verdict = world.send(NEIGHBOUR, udp(NEIGHBOUR, (CLIENT.addr, 5000), 80));
    assert_eq!(verdict, Verdict::Drop(DropReason::FlowTableFull));
}

#[test]
fn udp_is_established_by_the_answer() {
    let mut world = World::new();
    let query = || udp(CLIENT, NEIGHBOURS_80, 5000);
    delivered(world.send(CLIENT, query()), NEIGHBOUR);
    delivered(world.send(CLIENT, query()), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (0, 2));
    delivered(
        world.send(NEIGHBOUR, udp(NEIGHBOUR, (CLIENT.addr, 5000), 80)),
        CLIENT,
    );
    assert_eq!(world.flow_counts(), (2, 0));
    world.now += u32::from(UDP_IDLE_SECS) + 1;
    delivered(world.send(CLIENT, query()), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (0, 2), "an idle flow is opened again");
}

#[test]
fn a_second_syn_on_a_live_connection_opens_nothing() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (2, 0));
}

#[test]
fn a_flow_whose_other_direction_is_missing_ages_alone() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    world.flows.flows.retain(|key, _| key.iface == CLIENT.iface);
    world.now += u32::from(TCP_IDLE_SECS);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, FIN_ACK), NEIGHBOUR);
    world.now += u32::from(TCP_IDLE_SECS) + 1;
    let verdict = world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK);
    refused(verdict, CLIENT, DropReason::FlowExpired);
}

#[test]
fn an_entry_of_another_flow_under_the_peers_key_is_left_alone() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    // As after a new flow took the key: it leads back to somebody else.
    let (key, others) = world
        .flows
        .flows
        .iter_mut()
        .find(|(key, _)| key.sport == 80)
        .unwrap();
    others.dport = 40009.into();
    let (key, others) = (*key, *others);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, FIN_ACK), NEIGHBOUR);
    assert_eq!(world.flows.flows[&key], others);
    world.now += u32::from(TCP_IDLE_SECS) + 1;
    let verdict = world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK);
    refused(verdict, CLIENT, DropReason::FlowExpired);
    assert_eq!(world.flow_counts(), (1, 0));
    assert_eq!(world.flows.flows[&key], others);
}

#[test]
fn an_entry_of_a_later_second_is_not_idle() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    world.now -= 1;
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK), NEIGHBOUR);
}

#[test]
fn a_flow_that_is_promoted_twice_at_once_passes_both_packets() {
    let mut world = World::new();
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    delivered(
        world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, SYN_ACK),
        CLIENT,
    );
    // As when another processor has inserted the reply's entry and not yet the forward one.
    let reply = world
        .flows
        .half_open
        .iter()
        .find(|(key, _)| key.sport == 80)
        .unwrap();
    world.flows.flows.insert(*reply.0, *reply.1);
    world.now += 1;
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (1, 2));
    let mut seen = world.flows.half_open.values().map(|flow| flow.last_seen);
    assert!(seen.any(|last_seen| last_seen == world.now));
}

#[test]
fn a_stale_flow_in_the_replys_way_is_removed_with_its_pair() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    world.flows.flows.retain(|key, _| key.iface != CLIENT.iface);
    assert_eq!(world.flow_counts(), (1, 0));
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
    assert_eq!(world.flow_counts(), (0, 2));
}

#[test]
fn large_packets_are_judged_by_what_they_are_cut_into() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    for (gso_size, is_passed) in [(8460, true), (8461, false), (0, false)] {
        let frame = tcp(CLIENT, NEIGHBOURS_80, 40000)
            .payload(&vec![1; 20_000])
            .ethernet(mac(CLIENT.iface), Mac::ROUTER)
            .build();
        let packet = crate::packet::Packet {
            bytes: frame,
            gso_size,
        };
        let hook = crate::Hook::FromWorkload {
            iface: CLIENT.iface,
        };
        let verdict = world.decide(hook, packet);
        assert_eq!(verdict.reason().is_none(), is_passed, "{gso_size}");
    }
}

#[test]
fn padding_is_no_part_of_the_packet_and_stays() {
    let mut world = World::new();
    let verdict = world.send(
        CLIENT,
        udp(CLIENT, NEIGHBOURS_80, 5000).payload(b"x").padding(17),
    );
    let Verdict::Redirect { bytes, .. } = &verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(bytes.len(), 60);
    let Transport::Udp { payload, .. } = delivered(verdict, NEIGHBOUR).transport else {
        panic!()
    };
    assert_eq!(payload, b"x");
}

#[test]
fn the_router_answers_arp_for_every_address_but_the_askers() {
    let mut world = World::new();
    for (sender, target) in [
        (CLIENT.addr, ROUTER),
        (CLIENT.addr, NEIGHBOUR.addr),
        (CLIENT.addr, NOBODY),
        ([0, 0, 0, 0].into(), NEIGHBOUR.addr),
    ] {
        let frame = PacketBuilder::from_workload(CLIENT.iface).arp_request(sender, target);
        let hook = crate::Hook::FromWorkload {
            iface: CLIENT.iface,
        };
        let verdict = world.decide(hook, frame.padding(18).build());
        let Verdict::Reply {
            iface,
            bytes,
            reason: None,
            cut: None,
        } = verdict
        else {
            panic!("{verdict:?}")
        };
        assert_eq!((iface, bytes.len()), (CLIENT.iface, 60));
        let dissected = dissect(&bytes).unwrap();
        assert_eq!(
            (dissected.dst, dissected.src),
            (mac(CLIENT.iface), Mac::ROUTER)
        );
        let Body::Arp(arp) = dissected.body else {
            panic!("{dissected:?}")
        };
        assert_eq!(arp.operation.get(), ARP_REPLY);
        assert_eq!(
            (arp.sender_mac, arp.sender_addr),
            (Mac::ROUTER, target.octets())
        );
        assert_eq!(
            (arp.target_mac, arp.target_addr),
            (mac(CLIENT.iface), sender.octets())
        );
    }
}
