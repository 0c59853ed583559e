//! Flows through a frontend, from one virtual network into another with the same addresses.

use std::collections::BTreeSet;

use super::world::*;
use crate::abi::*;
use crate::packet::{Transport, mss};
use crate::{
    Admission, AllowedBy, Datapath, DropReason, Exit, Judged, Step, Target, Verdict, peer_key,
};

#[test]
fn the_backend_sees_the_node_and_the_client_sees_the_frontend() {
    let mut world = World::new();
    let seen = delivered(world.tcp(CLIENT, SERVICE, 40000, SYN), BACKEND);
    let (port, dport) = ports(&seen);
    assert_eq!((seen.src, dport), (NODE.addr.into(), BACKEND_PORT));
    assert!((world.config.nat_port_min..=world.config.nat_port_max).contains(&port));

    let seen = delivered(
        world.tcp(BACKEND, (NODE.addr, port), BACKEND_PORT, SYN_ACK),
        CLIENT,
    );
    assert_eq!(
        (seen.src, ports(&seen)),
        (FRONTEND.addr.into(), (SERVICE_PORT, 40000))
    );
    delivered(world.tcp(CLIENT, SERVICE, 40000, ACK), BACKEND);
    assert_eq!(world.flow_counts(), (2, 0));
    for (key, flow) in &world.flows.flows {
        assert_eq!((flow.frontend, flow.backend), (FRONTEND.iface, BACKEND_ID));
        assert_eq!(
            (flow.scopes, flow.idle_secs),
            ([10, 30], LISTENER_IDLE_SECS)
        );
        assert!(world.flows.flows.contains_key(&peer_key(key, flow)));
    }
}

#[test]
fn a_client_keeps_its_port_where_it_can() {
    let mut world = World::new();
    world.config.nat_port_min = 10000;
    assert_eq!(world.connect(40000), 40000);

    let taken = ports(&delivered(
        world.tcp(NEIGHBOUR, SERVICE, 40000, SYN),
        BACKEND,
    ));
    assert_ne!(taken.0, 40000, "another client has it");
    let reserved = world.connect(1024);
    assert!(reserved >= world.config.nat_port_min, "{reserved}");
}

#[test]
fn datagrams_pass_both_ways_with_and_without_checksum() {
    let mut world = World::new();
    let seen = delivered(world.send(CLIENT, udp(CLIENT, SERVICE, 5000)), BACKEND);
    let (port, _) = ports(&seen);
    let answer = udp(BACKEND, (NODE.addr, port), BACKEND_PORT);
    let seen = delivered(world.send(BACKEND, answer), CLIENT);
    assert_eq!(
        (seen.src, ports(&seen)),
        (FRONTEND.addr.into(), (SERVICE_PORT, 5000))
    );

    let unchecked = udp(CLIENT, SERVICE, 5000).udp_without_checksum(5000, SERVICE_PORT);
    let seen = delivered(world.send(CLIENT, unchecked), BACKEND);
    let Transport::Udp { header, .. } = seen.transport else {
        panic!("{seen:?}")
    };
    assert_eq!((header.checksum.get(), header.sport.get()), (0, port));
}

#[test]
fn a_provider_opens_no_connection_towards_a_consumer() {
    let mut world = World::new();
    let port = world.connect(40000);
    for (to, reason) in [
        ((NODE.addr, port + 1), DropReason::ToNode),
        ((NODE.addr, SERVICE_PORT), DropReason::ToNode),
        ((FRONTEND.addr, 80), DropReason::NoDestination),
    ] {
        assert_eq!(world.tcp(BACKEND, to, 40000, SYN), Verdict::Drop(reason));
    }
    // Nor does another workload of the provider's by the flow of the backend.
    let verdict = world.tcp(TWIN, (NODE.addr, port), BACKEND_PORT, ACK);
    refused(verdict, TWIN, DropReason::NoFlow);
}

#[test]
fn each_gate_sees_its_own_peer_and_port() {
    use Direction::{Egress, Ingress};
    let from = |place: Place, port| Rule {
        prefix: place.addr.into(),
        prefix_len: 128,
        proto: PROTO_TCP,
        port_lo: port,
        port_hi: port,
        ..Rule::default()
    };
    let in_group = |peer: Place, port| Rule {
        prefix: NOBODY.into(),
        peer_group: peer.iface,
        ..from(peer, port)
    };
    let set = |world: &mut World, place: Place, direction, rule| {
        let vni = world.tables.interfaces[&place.iface].vni;
        world.change(|tables| set_rules(tables, vni, place.iface, direction, &[rule]));
    };
    let mut world = World::new();
    set(&mut world, CLIENT, Egress, in_group(FRONTEND, SERVICE_PORT));
    set(
        &mut world,
        FRONTEND,
        Ingress,
        in_group(CLIENT, SERVICE_PORT),
    );
    set(&mut world, NODE, Ingress, from(CLIENT, SERVICE_PORT));
    set(&mut world, NODE, Egress, in_group(BACKEND, BACKEND_PORT));
    set(&mut world, BACKEND, Ingress, in_group(NODE, BACKEND_PORT));
    world.connect(40000);

    // Judged again, they see the same.
    set(&mut world, NODE, Egress, from(BACKEND, BACKEND_PORT));
    set(&mut world, BACKEND, Ingress, from(NODE, BACKEND_PORT));
    delivered(world.tcp(CLIENT, SERVICE, 40000, ACK), BACKEND);

    // A client's group means nothing at the node, which is in another network.
    set(&mut world, NODE, Ingress, in_group(CLIENT, SERVICE_PORT));
    let verdict = world.tcp(CLIENT, SERVICE, 40001, SYN);
    assert_eq!(verdict, Verdict::Drop(DropReason::RulesNode));
    world.change(|tables| {
        tables.frontends.get_mut(&FRONTEND.iface).unwrap().flags &= !FRONTEND_NODE_RULES;
    });
    delivered(world.tcp(CLIENT, SERVICE, 40001, SYN), BACKEND);
}

#[test]
fn a_rejected_frontend_cuts_live_flows_at_their_next_packet() {
    for from_client in [true, false] {
        let mut world = World::new();
        let port = world.connect(40000);
        world.change(|tables| {
            tables.frontends.remove(&FRONTEND.iface);
        });
        if from_client {
            let verdict = world.tcp(CLIENT, SERVICE, 40000, ACK);
            refused(verdict, CLIENT, DropReason::FlowRevoked);
        } else {
            let verdict = world.tcp(BACKEND, (NODE.addr, port), BACKEND_PORT, ACK);
            refused(verdict, BACKEND, DropReason::FlowRevoked);
        }
        assert_eq!(world.flow_counts(), (0, 0));
        let verdict = world.tcp(CLIENT, SERVICE, 40001, SYN);
        assert_eq!(verdict, Verdict::Drop(DropReason::FrontendClosed));
    }
}

#[test]
fn a_frontend_that_leads_elsewhere_takes_no_live_flow_along() {
    let other_node = |tables: &mut crate::Tables| {
        tables.frontends.get_mut(&FRONTEND.iface).unwrap().node_addr = NOBODY.into();
    };
    let other_network = |tables: &mut crate::Tables| {
        tables
            .frontends
            .get_mut(&FRONTEND.iface)
            .unwrap()
            .backend_vni = 31;
        let workload = Address::new(AddressKind::Workload, BACKEND.iface);
        tables
            .addresses
            .insert(address_key(31, BACKEND.addr), workload);
    };
    let other_owner = |tables: &mut crate::Tables| {
        let workload = Address::new(AddressKind::Workload, TWIN.iface);
        tables
            .addresses
            .insert(address_key(PROVIDER, BACKEND.addr), workload);
    };
    let workload_now = |tables: &mut crate::Tables| {
        let workload = Address::new(AddressKind::Workload, BACKEND.iface);
        tables
            .addresses
            .insert(address_key(CONSUMER, FRONTEND.addr), workload);
    };
    let other_frontend = |tables: &mut crate::Tables| {
        tables
            .frontends
            .insert(21, tables.frontends[&FRONTEND.iface]);
        tables
            .interfaces
            .insert(21, tables.interfaces[&FRONTEND.iface]);
        let frontend = Address::new(AddressKind::Frontend, 21);
        tables
            .addresses
            .insert(address_key(CONSUMER, FRONTEND.addr), frontend);
    };
    let changes = [
        ("another node", other_node as fn(&mut crate::Tables)),
        ("another network", other_network),
        ("the backend's address has another owner", other_owner),
        ("the frontend's address is a workload's", workload_now),
        (
            "the frontend's address is another frontend's",
            other_frontend,
        ),
    ];
    for (name, change) in changes {
        let mut world = World::new();
        world.connect(40000);
        world.change(change);
        let verdict = world.tcp(CLIENT, SERVICE, 40000, ACK);
        assert_eq!(verdict.reason(), Some(DropReason::FlowRevoked), "{name}");
    }
}

#[test]
fn a_deregistered_backend_keeps_its_flows_and_a_terminated_one_loses_them() {
    let mut world = World::new();
    world.connect(40000);
    world.change(|tables| {
        tables.backends.remove(&BACKEND_ID);
        tables.backend_sets.insert(1, [SECOND_BACKEND_ID].into());
    });
    delivered(world.tcp(CLIENT, SERVICE, 40000, ACK), BACKEND);
    delivered(world.tcp(CLIENT, SERVICE, 40001, SYN), SECOND_BACKEND);

    world.change(|tables| {
        let terminated = Backend {
            flags: BACKEND_TERMINATE,
            ..backend_at(BACKEND)
        };
        tables.backends.insert(BACKEND_ID, terminated);
    });
    let verdict = world.tcp(CLIENT, SERVICE, 40000, ACK);
    refused(verdict, CLIENT, DropReason::FlowRevoked);
}

#[test]
fn new_flows_spread_over_the_set_and_stay_where_they_are() {
    let mut world = World::new();
    world.change(|tables| {
        tables
            .backend_sets
            .insert(1, [BACKEND_ID, SECOND_BACKEND_ID].into());
    });
    let mut counts = [0u32; 2];
    for sport in 40000..40100 {
        let Verdict::Redirect { iface, .. } = world.tcp(CLIENT, SERVICE, sport, SYN) else {
            panic!("not delivered")
        };
        counts[usize::from(iface == BACKEND.iface)] += 1;
        let again = world.tcp(CLIENT, SERVICE, sport, SYN);
        assert!(matches!(again, Verdict::Redirect { iface: same, .. } if same == iface));
    }
    assert!(counts.iter().all(|count| *count > 30), "{counts:?}");
}

#[test]
fn two_clients_with_one_port_get_two_ports() {
    let mut world = World::new();
    let mut ports_seen = BTreeSet::new();
    for client in [CLIENT, NEIGHBOUR] {
        let seen = delivered(world.tcp(client, SERVICE, 40000, SYN), BACKEND);
        assert!(ports_seen.insert(ports(&seen).0));
    }
}

#[test]
fn a_backend_without_free_ports_leaves_the_others_alone() {
    let mut world = World::new();
    world.config.nat_port_max = world.config.nat_port_min + 9;
    let mut sports = 40000..;
    for _ in 0..10 {
        world.connect(sports.next().unwrap());
    }
    let verdict = world.tcp(CLIENT, SERVICE, sports.next().unwrap(), SYN);
    assert_eq!(verdict, Verdict::Drop(DropReason::NoPort));
    assert_eq!(
        world.flow_counts(),
        (20, 0),
        "nothing is left of the attempt"
    );

    world.change(|tables| {
        tables.backend_sets.insert(1, [SECOND_BACKEND_ID].into());
    });
    delivered(
        world.tcp(CLIENT, SERVICE, sports.next().unwrap(), SYN),
        SECOND_BACKEND,
    );
    // UDP has its own ports.
    world.change(|tables| {
        tables.backend_sets.insert(1, [BACKEND_ID].into());
    });
    delivered(world.send(CLIENT, udp(CLIENT, SERVICE, 5000)), BACKEND);
}

#[test]
fn the_port_of_a_closed_or_idle_flow_is_used_again() {
    for is_closed in [true, false] {
        let mut world = World::new();
        world.config.nat_port_max = world.config.nat_port_min;
        let port = world.connect(40000);
        let second = world.tcp(CLIENT, SERVICE, 40001, SYN);
        assert_eq!(second, Verdict::Drop(DropReason::NoPort));
        if is_closed {
            delivered(world.tcp(CLIENT, SERVICE, 40000, FIN_ACK), BACKEND);
            delivered(
                world.tcp(BACKEND, (NODE.addr, port), BACKEND_PORT, FIN_ACK),
                CLIENT,
            );
        } else {
            world.now += u32::from(LISTENER_IDLE_SECS) + 1;
        }
        assert_eq!(world.connect(40001), port);
        assert_eq!(world.flow_counts(), (2, 0), "the old pair is gone");
        let verdict = world.tcp(CLIENT, SERVICE, 40000, ACK);
        refused(verdict, CLIENT, DropReason::NoFlow);
    }
}

#[test]
fn a_half_open_flow_gives_its_port_up_when_it_is_idle() {
    let mut world = World::new();
    world.config.nat_port_max = world.config.nat_port_min;
    delivered(world.tcp(CLIENT, SERVICE, 40000, SYN), BACKEND);
    let second = world.tcp(CLIENT, SERVICE, 40001, SYN);
    assert_eq!(second, Verdict::Drop(DropReason::NoPort));
    world.now += u32::from(TCP_HALF_OPEN_SECS) + 1;
    delivered(world.tcp(CLIENT, SERVICE, 40001, SYN), BACKEND);
    assert_eq!(world.flow_counts(), (0, 2));
}

#[test]
fn the_segment_size_is_lowered_both_ways() {
    let mut world = World::new();
    world.config.mtu = 1500;
    let syn = tcp(CLIENT, SERVICE, 40000).flags(SYN).mss(8960);
    let verdict = world.send(CLIENT, syn);
    let port = ports(&delivered(verdict.clone(), BACKEND)).0;
    let announced = |verdict| {
        let Verdict::Redirect {
            bytes,
            to: Exit::Peer,
            ..
        } = verdict
        else {
            panic!("{verdict:?}")
        };
        mss(&bytes[34..])
    };
    assert_eq!(announced(verdict), Some(1460));
    let syn_ack = tcp(BACKEND, (NODE.addr, port), BACKEND_PORT)
        .flags(SYN_ACK)
        .mss(1400);
    assert_eq!(announced(world.send(BACKEND, syn_ack)), Some(1400));
}

#[test]
fn a_judgement_says_what_let_the_flow_pass() {
    let world = World::new();
    let datapath = Datapath {
        config: &world.config,
        tables: &world.tables,
        epochs: &world.epochs,
    };
    let key = FlowKey {
        iface: CLIENT.iface,
        sport: 40000.into(),
        dport: SERVICE_PORT.into(),
        saddr: CLIENT.addr.into(),
        daddr: FRONTEND.addr.into(),
        proto: PROTO_TCP,
        pad: [0; 3],
    };
    let target = Target {
        backend: BACKEND_ID,
        iface: BACKEND.iface,
        addr: BACKEND.addr.into(),
        port: BACKEND_PORT,
    };
    let rules = |judged, place: Place| Step::Rules {
        judged,
        allowed_by: AllowedBy::Rule {
            group: place.iface,
            index: 0,
        },
    };
    let judgement = datapath.admit(&key);
    assert_eq!(
        judgement.steps,
        [
            Step::Source,
            rules(Judged::Sender, CLIENT),
            Step::Route(RouteKey::v4(CONSUMER, [10, 0, 0, 0].into(), 16)),
            Step::Destination(Address::new(AddressKind::Frontend, FRONTEND.iface)),
            Step::Frontend(world.tables.frontends[&FRONTEND.iface]),
            rules(Judged::Frontend, FRONTEND),
            Step::Listener(ListenerKey::new(NODE.iface, SERVICE_PORT, PROTO_TCP)),
            rules(Judged::NodeIngress, NODE),
            Step::Backend(target),
            rules(Judged::NodeEgress, NODE),
            rules(Judged::Backend, BACKEND),
        ]
    );
    let admission = Admission::Frontend {
        frontend: FRONTEND.iface,
        node_addr: NODE.addr.into(),
        target,
        scopes: [10, 30],
        idle_secs: LISTENER_IDLE_SECS,
    };
    assert_eq!(judgement.outcome, Ok(admission));

    let closed = datapath.admit(&FlowKey {
        dport: 81.into(),
        ..key
    });
    assert_eq!(closed.outcome, Err(DropReason::NoListener));
    assert_eq!(closed.steps, judgement.steps[..6]);
}
