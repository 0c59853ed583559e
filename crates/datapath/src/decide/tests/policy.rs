//! Rules and routes, for new flows and for live ones.

use super::world::*;
use crate::abi::*;
use crate::{DropReason, Tables, Verdict};

const NEIGHBOURS_80: (std::net::Ipv4Addr, u16) = (NEIGHBOUR.addr, 80);

/// Whether the client can reach its neighbour's port 80 when `judged` has only these rules.
fn reaches(judged: Place, direction: Direction, rules: &[Rule]) -> bool {
    let mut world = World::new();
    world.change(|tables| set_rules(tables, CONSUMER, judged.iface, direction, rules));
    world
        .tcp(CLIENT, NEIGHBOURS_80, 40000, SYN)
        .reason()
        .is_none()
}

const TCP_80: Rule = Rule {
    prefix: Addr { bytes: [0; 16] },
    peer_group: 0,
    port_lo: 80,
    port_hi: 80,
    prefix_len: 0,
    proto: PROTO_TCP,
    pad: [0; 2],
};

fn tcp_80_of(addr: [u8; 4], prefix_len: u8) -> Rule {
    let prefix_len = Addr::V4_PREFIX_LEN + prefix_len;
    Rule {
        prefix: std::net::Ipv4Addr::from(addr).into(),
        prefix_len,
        ..TCP_80
    }
}

#[test]
fn rules_judge_protocol_port_prefix_and_group() {
    let range = Rule {
        port_lo: 79,
        port_hi: 90,
        ..TCP_80
    };
    let other_ports = Rule {
        port_lo: 81,
        port_hi: 65535,
        ..TCP_80
    };
    let udp_80 = Rule {
        proto: PROTO_UDP,
        ..TCP_80
    };
    let every_protocol = Rule {
        proto: PROTO_ANY,
        ..other_ports
    };
    for (judged, peer, direction) in [
        (NEIGHBOUR, CLIENT, Direction::Ingress),
        (CLIENT, NEIGHBOUR, Direction::Egress),
    ] {
        let elsewhere = tcp_80_of([192, 0, 2, 0], 24);
        let group = |peer_group| Rule {
            peer_group,
            ..elsewhere
        };
        let cases: [(&str, &[Rule], bool); 12] = [
            ("no rule", &[], false),
            ("the port", &[TCP_80], true),
            ("a range", &[range], true),
            ("another range", &[other_ports], false),
            ("another protocol", &[udp_80], false),
            (
                "every protocol, whatever the ports",
                &[every_protocol],
                true,
            ),
            ("the peer's prefix", &[tcp_80_of([10, 0, 0, 0], 24)], true),
            (
                "the peer's address",
                &[tcp_80_of(peer.addr.octets(), 32)],
                true,
            ),
            ("another prefix", &[tcp_80_of([10, 0, 1, 0], 24)], false),
            (
                "the peer's group, whatever its prefix",
                &[group(peer.iface)],
                true,
            ),
            ("another group", &[group(judged.iface)], false),
            ("the second of two", &[other_ports, TCP_80], true),
        ];
        for (name, rules, is_allowed) in cases {
            assert_eq!(
                reaches(judged, direction, rules),
                is_allowed,
                "{name}, {direction:?}"
            );
        }
    }
}

#[test]
fn rules_judge_only_the_first_packet_of_a_flow() {
    let mut world = World::new();
    world.change(|tables| {
        set_rules(tables, CONSUMER, CLIENT.iface, Direction::Ingress, &[]);
        set_rules(tables, CONSUMER, NEIGHBOUR.iface, Direction::Egress, &[]);
    });
    world.connect_to_neighbour(40000);
    let back = world.tcp(NEIGHBOUR, (CLIENT.addr, 80), 40000, SYN);
    assert_eq!(back, Verdict::Drop(DropReason::RulesEgress));
}

#[test]
fn an_interface_without_filter_has_no_rules() {
    let mut world = World::new();
    world.change(|tables| {
        for place in [CLIENT, NEIGHBOUR] {
            let interface = tables.interfaces.get_mut(&place.iface).unwrap();
            interface.flags &= !INTERFACE_FILTERED;
        }
        tables.rulesets.clear();
    });
    world.connect_to_neighbour(40000);
}

#[test]
fn the_longest_prefix_wins() {
    let mut world = World::new();
    let block = |addr: [u8; 4], len, kind| {
        move |tables: &mut Tables| {
            let key = RouteKey::v4(CONSUMER, addr.into(), len);
            tables.routes.insert(key, Route::new(CONSUMER, kind));
        }
    };
    world.change(block([10, 0, 0, 0], 24, RouteKind::Blackhole));
    let verdict = world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN);
    assert_eq!(verdict, Verdict::Drop(DropReason::Blackhole));
    world.change(block([10, 0, 0, 12], 32, RouteKind::Local));
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, SYN), NEIGHBOUR);
}

#[test]
fn a_narrower_route_cuts_live_flows() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    world.change(|tables| {
        let key = RouteKey::v4(CONSUMER, NEIGHBOUR.addr, 32);
        tables
            .routes
            .insert(key, Route::new(CONSUMER, RouteKind::Blackhole));
    });
    let verdict = world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK);
    refused(verdict, CLIENT, DropReason::FlowRevoked);
}

#[test]
fn a_flow_does_not_follow_an_address_to_another_interface() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    world.change(|tables| {
        let interface = tables.interfaces[&NEIGHBOUR.iface];
        tables.interfaces.insert(13, interface);
        let owner = Address::new(AddressKind::Workload, 13);
        tables
            .addresses
            .insert(address_key(CONSUMER, NEIGHBOUR.addr), owner);
    });
    let verdict = world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK);
    refused(verdict, CLIENT, DropReason::FlowRevoked);
}

#[test]
fn a_change_that_allows_the_flow_still_leaves_it_alone() {
    let mut world = World::new();
    world.connect_to_neighbour(40000);
    world.change(|tables| {
        let only_80 = Rule {
            proto: PROTO_TCP,
            port_lo: 80,
            port_hi: 80,
            ..Rule::default()
        };
        set_rules(
            tables,
            CONSUMER,
            NEIGHBOUR.iface,
            Direction::Ingress,
            &[only_80],
        );
    });
    // Both directions are checked again, by the same rules.
    delivered(world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, ACK), CLIENT);
    delivered(world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK), NEIGHBOUR);
    let epoch = world.epochs.sum([10, 10]);
    assert!(epoch > 0 && world.flows.flows.values().all(|flow| flow.epoch == epoch));
}

#[test]
fn a_revoked_rule_refuses_the_next_packet_of_either_side() {
    for from_client in [true, false] {
        let mut world = World::new();
        world.connect_to_neighbour(40000);
        world.change(|tables| {
            set_rules(tables, CONSUMER, NEIGHBOUR.iface, Direction::Ingress, &[]);
        });
        if from_client {
            let verdict = world.tcp(CLIENT, NEIGHBOURS_80, 40000, ACK);
            refused(verdict, CLIENT, DropReason::FlowRevoked);
        } else {
            let verdict = world.tcp(NEIGHBOUR, (CLIENT.addr, 40000), 80, ACK);
            refused(verdict, NEIGHBOUR, DropReason::FlowRevoked);
        }
        assert_eq!(world.flow_counts(), (0, 0));
    }
}

/// Whatever it does with rules about clients.
#[test]
fn a_node_sends_to_backends_what_its_rules_allow() {
    for flags in [0, FRONTEND_NODE_RULES] {
        let mut world = World::new();
        let set_node_egress = |world: &mut World, rules: &[Rule]| {
            world.change(|tables| {
                set_rules(tables, PROVIDER, NODE.iface, Direction::Egress, rules);
            });
        };
        world.change(|tables| {
            tables.frontends.get_mut(&FRONTEND.iface).unwrap().flags = flags;
        });
        let service_port_only = Rule {
            proto: PROTO_TCP,
            port_lo: SERVICE_PORT,
            port_hi: SERVICE_PORT,
            ..Rule::default()
        };
        set_node_egress(&mut world, &[service_port_only]);
        let verdict = world.tcp(CLIENT, SERVICE, 40000, SYN);
        assert_eq!(verdict, Verdict::Drop(DropReason::RulesNode));

        set_node_egress(&mut world, &[any_rule()]);
        let port = world.connect(40000);
        world.connect(40001);
        set_node_egress(&mut world, &[]);
        let verdict = world.tcp(CLIENT, SERVICE, 40000, ACK);
        refused(verdict, CLIENT, DropReason::FlowRevoked);
        let verdict = world.tcp(BACKEND, (NODE.addr, port), BACKEND_PORT, ACK);
        refused(verdict, BACKEND, DropReason::NoFlow);
        let verdict = world.tcp(CLIENT, SERVICE, 40002, SYN);
        assert_eq!(verdict, Verdict::Drop(DropReason::RulesNode));

        world.change(|tables| {
            let node = tables.interfaces.get_mut(&NODE.iface).unwrap();
            node.flags &= !INTERFACE_FILTERED;
        });
        world.connect(40002);
    }
}
