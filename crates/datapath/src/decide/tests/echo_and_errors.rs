//! ICMP: echo, and errors about packets of flows.

use std::net::Ipv4Addr;

use super::world::*;
use crate::abi::*;
use crate::packet::{ICMP_ECHO_REPLY, Ip, PacketBuilder, Transport};
use crate::{DropReason, Verdict};

fn echo(from: Place, to: Ipv4Addr) -> PacketBuilder {
    PacketBuilder::default().ipv4(from.addr, to)
}

/// An ICMP error by `from` about the IP packet that it received.
fn error(from: Place, to: Ipv4Addr, received: &[u8]) -> PacketBuilder {
    PacketBuilder::default()
        .ipv4(from.addr, to)
        .icmp_error(3, 4, received)
}

/// The IP packet that a verdict delivers.
#[track_caller]
fn ip_packet(verdict: Verdict) -> Vec<u8> {
    let Verdict::Redirect { bytes, .. } = verdict else {
        panic!("{verdict:?}")
    };
    bytes[14..].to_vec()
}

/// The packet that a delivered ICMP error quotes; its checksums are right.
#[track_caller]
fn quoted(ip: &Ip) -> Ip {
    let Transport::Icmp { body, .. } = &ip.transport else {
        panic!("{ip:?}")
    };
    let quoted = Ip::dissect(body).unwrap();
    assert_eq!(quoted.checksum_fault, None, "{quoted:?}");
    quoted
}

#[test]
fn an_echo_and_its_reply_are_a_flow() {
    let mut world = World::new();
    delivered(
        world.send(CLIENT, echo(CLIENT, NEIGHBOUR.addr).echo_request(7, 1)),
        NEIGHBOUR,
    );
    assert_eq!(world.flow_counts(), (0, 2));
    let reply = echo(NEIGHBOUR, CLIENT.addr)
        .echo_reply(7, 1)
        .payload(b"as it was");
    let seen = delivered(world.send(NEIGHBOUR, reply), CLIENT);
    let Transport::Icmp { header, .. } = seen.transport else {
        panic!("{seen:?}")
    };
    assert_eq!((header.icmp_type, header.id.get()), (ICMP_ECHO_REPLY, 7));
    assert_eq!(world.flow_counts(), (2, 0));

    let stray = echo(NEIGHBOUR, CLIENT.addr).echo_reply(8, 1);
    assert_eq!(
        world.send(NEIGHBOUR, stray),
        Verdict::Drop(DropReason::IcmpNoFlow)
    );
    world.now += u32::from(ICMP_IDLE_SECS) + 1;
    let late = echo(NEIGHBOUR, CLIENT.addr).echo_reply(7, 2);
    assert_eq!(
        world.send(NEIGHBOUR, late),
        Verdict::Drop(DropReason::FlowExpired)
    );
}

#[test]
fn rules_name_icmp_by_type_and_code() {
    let rule = |port_lo, port_hi| Rule {
        proto: PROTO_ICMP,
        port_lo,
        port_hi,
        ..Rule::default()
    };
    let cases = [
        (rule(ICMP_ANY, ICMP_ANY), true),
        (rule(8, ICMP_ANY), true),
        (rule(8, 0), true),
        (rule(8, 1), false),
        (rule(0, 0), false),
        (
            Rule {
                proto: PROTO_TCP,
                ..rule(8, 0)
            },
            false,
        ),
    ];
    for (rule, is_allowed) in cases {
        let mut world = World::new();
        world.change(|tables| {
            set_rules(
                tables,
                CONSUMER,
                NEIGHBOUR.iface,
                Direction::Ingress,
                &[rule],
            );
        });
        let ping = echo(CLIENT, NEIGHBOUR.addr).echo_request(7, 1);
        let verdict = world.send(CLIENT, ping);
        assert_eq!(verdict.reason().is_none(), is_allowed, "{rule:?}");
    }
}

#[test]
fn an_error_about_a_tcp_packet_comes_back_through_the_frontend() {
    let mut world = World::new();
    let port = world.connect(40000);
    let data = tcp(CLIENT, SERVICE, 40000).payload(b"too large for somebody");
    let received = ip_packet(world.send(CLIENT, data));

    let by_backend = error(BACKEND, NODE.addr, &received);
    let seen = delivered(world.send(BACKEND, by_backend), CLIENT);
    assert_eq!(seen.src, FRONTEND.addr);
    let quote = quoted(&seen);
    assert_eq!(
        (quote.src, quote.dst),
        (CLIENT.addr.into(), FRONTEND.addr.into())
    );
    assert_eq!(ports(&quote), (40000, SERVICE_PORT));

    // And an error of the client's about what the backend sent.
    let answer = tcp(BACKEND, (NODE.addr, port), BACKEND_PORT).payload(b"answer");
    let received = ip_packet(world.send(BACKEND, answer));
    let by_client = error(CLIENT, FRONTEND.addr, &received);
    let seen = delivered(world.send(CLIENT, by_client), BACKEND);
    assert_eq!(seen.src, NODE.addr);
    let quote = quoted(&seen);
    assert_eq!(
        (quote.src, quote.dst),
        (BACKEND.addr.into(), NODE.addr.into())
    );
    assert_eq!(ports(&quote), (BACKEND_PORT, port));
    assert_eq!(world.flow_counts(), (2, 0));
}

#[test]
fn an_error_about_a_datagram_comes_back_through_the_frontend() {
    for is_checked in [true, false] {
        let mut world = World::new();
        let query = udp(CLIENT, SERVICE, 5000);
        let query = if is_checked {
            query
        } else {
            query.udp_without_checksum(5000, SERVICE_PORT)
        };
        let received = ip_packet(world.send(CLIENT, query));
        let flows_before = world.flows.clone();
        let verdict = world.send(BACKEND, error(BACKEND, NODE.addr, &received));
        let seen = delivered(verdict, CLIENT);
        let quote = quoted(&seen);
        assert_eq!(
            (quote.src, quote.dst),
            (CLIENT.addr.into(), FRONTEND.addr.into())
        );
        assert_eq!(ports(&quote), (5000, SERVICE_PORT));
        let Transport::Udp { header, .. } = quote.transport else {
            panic!("{quote:?}")
        };
        assert_eq!(header.checksum.get() != 0, is_checked);
        assert_eq!(world.flows, flows_before, "an error changes no flow");
    }
}

#[test]
fn a_quote_of_eight_bytes_is_enough() {
    let mut world = World::new();
    world.connect(40000);
    let received = ip_packet(world.send(CLIENT, tcp(CLIENT, SERVICE, 40000)));
    for quoted_len in [28, 37, 38, 40] {
        let about = error(BACKEND, NODE.addr, &received[..quoted_len]).padding(20);
        let verdict = world.send(BACKEND, about);
        let Verdict::Redirect { bytes, .. } = &verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(
            bytes[bytes.len() - 20..],
            [0; 20],
            "padding is no part of it"
        );
        let seen = delivered(verdict, CLIENT);
        let Transport::Icmp { body, .. } = &seen.transport else {
            panic!("{seen:?}")
        };
        let mut sent = tcp(CLIENT, SERVICE, 40000).build()[14..].to_vec();
        sent[16 + 20..18 + 20].copy_from_slice(&[0, 0]);
        assert_eq!(
            body[12..24],
            sent[12..24],
            "addresses and ports of {quoted_len} bytes"
        );
    }
    let verdict = world.send(BACKEND, error(BACKEND, NODE.addr, &received[..27]));
    assert_eq!(verdict, Verdict::Drop(DropReason::Malformed));
}

#[test]
fn an_error_between_neighbours_passes_as_it_is() {
    let mut world = World::new();
    let sent = udp(CLIENT, (NEIGHBOUR.addr, 80), 5000);
    let received = ip_packet(world.send(CLIENT, sent));
    let unreachable = error(NEIGHBOUR, CLIENT.addr, &received);
    let before = unreachable.clone().build();
    let verdict = world.send(NEIGHBOUR, unreachable);
    let Verdict::Redirect { bytes, .. } = &verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(bytes[14..], before[14..]);
    delivered(verdict, CLIENT);

    let ping = echo(CLIENT, NEIGHBOUR.addr).echo_request(7, 1);
    let received = ip_packet(world.send(CLIENT, ping));
    delivered(
        world.send(NEIGHBOUR, error(NEIGHBOUR, CLIENT.addr, &received)),
        CLIENT,
    );
}

#[test]
fn an_error_needs_a_live_flow_that_is_allowed_now() {
    let mut world = World::new();
    let received = ip_packet(world.send(CLIENT, udp(CLIENT, SERVICE, 5000)));
    let unreachable = || error(BACKEND, NODE.addr, &received);

    let by_another = error(TWIN, NODE.addr, &received);
    assert_eq!(
        world.send(TWIN, by_another),
        Verdict::Drop(DropReason::IcmpNoFlow)
    );

    world.change(|tables| {
        set_rules(tables, PROVIDER, BACKEND.iface, Direction::Ingress, &[]);
    });
    let verdict = world.send(BACKEND, unreachable());
    assert_eq!(verdict, Verdict::Drop(DropReason::FlowRevoked));

    world.now += u32::from(LISTENER_IDLE_SECS) + 1;
    let verdict = world.send(BACKEND, unreachable());
    assert_eq!(verdict, Verdict::Drop(DropReason::IcmpNoFlow));
    assert_eq!(world.flow_counts(), (0, 2), "an error removes no flow");
}

#[test]
fn a_malformed_quote_is_dropped() {
    let mut world = World::new();
    let received = ip_packet(world.send(CLIENT, udp(CLIENT, SERVICE, 5000)));
    let edited = |at: usize, byte| {
        let mut quote = received.clone();
        quote[at] = byte;
        quote
    };
    let cases = [
        ("IPv6", edited(0, 0x65)),
        ("options", edited(0, 0x46)),
        ("a fragment", edited(6, 0x20)),
        ("GRE", edited(9, 47)),
        ("an ICMP timestamp", {
            let mut quote = edited(9, PROTO_ICMP);
            quote[20] = 13;
            quote
        }),
        ("nothing", vec![]),
    ];
    for (name, quote) in cases {
        let verdict = world.send(BACKEND, error(BACKEND, NODE.addr, &quote));
        assert_eq!(verdict, Verdict::Drop(DropReason::Malformed), "{name}");
    }
}
