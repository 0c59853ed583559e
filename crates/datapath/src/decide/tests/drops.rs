//! Every drop reason, by a situation that leads to it.

use std::net::Ipv4Addr;

use super::tried::{Tried, cut, edited, no_rules};
use super::world::*;
use crate::abi::*;
use crate::packet::{ARP_REPLY, ArpPacket, PacketBuilder, TcpFlags};
use crate::{DropReason as D, FlowTable, Flows, Tables, Verdict};

#[test]
fn every_reason_has_a_situation_that_leads_to_it() {
    let mut tried = Tried::default();
    malformed_packets(&mut tried);
    unwanted_packets(&mut tried);
    spoofed_packets(&mut tried);
    arp_packets(&mut tried);
    icmp_packets(&mut tried);
    forbidden_destinations(&mut tried);
    closed_frontends(&mut tried);
    super::fabric_drops::frames(&mut tried);
    super::fabric_drops::addresses(&mut tried);
    histories(&mut tried);
    // A kernel helper never refuses here.
    tried.0.insert(D::Internal);
    let missing: Vec<_> = D::ALL
        .iter()
        .filter(|reason| !tried.0.contains(reason))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn base() -> PacketBuilder {
    PacketBuilder::from_workload(CLIENT.iface)
}

fn to(dst: Ipv4Addr) -> PacketBuilder {
    base().ipv4(CLIENT.addr, dst)
}

fn udp_to(dst: Ipv4Addr) -> PacketBuilder {
    to(dst).udp(40000, SERVICE_PORT)
}

fn tcp_to(dst: Ipv4Addr) -> PacketBuilder {
    to(dst).tcp(40000, SERVICE_PORT)
}

fn ping(dst: Ipv4Addr) -> PacketBuilder {
    to(dst).echo_request(1, 1)
}

fn without_interface(place: Place) -> impl FnOnce(&mut Tables) {
    move |tables| {
        tables.interfaces.remove(&place.iface);
    }
}

fn malformed_packets(t: &mut Tried) {
    let udp = || udp_to(NEIGHBOUR.addr);
    let tcp = || tcp_to(NEIGHBOUR.addr);
    t.client(D::Malformed, "an empty frame", vec![]);
    t.client(
        D::Malformed,
        "a frame without its EtherType",
        cut(udp(), 13),
    );
    t.client(
        D::Malformed,
        "an IPv4 header that is cut short",
        cut(udp(), 33),
    );
    t.client(
        D::Malformed,
        "IP version 6 as IPv4",
        edited(udp(), 14, 0x65),
    );
    t.client(
        D::Malformed,
        "a total length below 20",
        edited(udp(), 17, 19),
    );
    t.client(
        D::Malformed,
        "a total length past the frame",
        edited(udp(), 17, 29),
    );
    t.client(
        D::Malformed,
        "a TCP header that is cut short",
        edited(tcp(), 17, 39),
    );
    t.client(
        D::Malformed,
        "a TCP header of 16 bytes",
        edited(tcp(), 46, 0x40),
    );
    t.client(
        D::Malformed,
        "TCP options past the packet",
        edited(tcp(), 46, 0x60),
    );
    t.client(
        D::Malformed,
        "a UDP header that is cut short",
        edited(udp(), 17, 27),
    );
    t.client(D::Malformed, "a UDP length of 7", edited(udp(), 39, 7));
    t.client(
        D::Malformed,
        "a UDP length past the packet",
        edited(udp(), 39, 9),
    );
    t.client(
        D::Malformed,
        "ICMP that is cut short",
        edited(ping(NOBODY), 17, 27),
    );
}

fn unwanted_packets(t: &mut Tried) {
    let udp = || udp_to(NEIGHBOUR.addr);
    let tcp = |flags| tcp_to(NEIGHBOUR.addr).flags(flags);
    t.client(D::Ethertype, "IPv6", base().ethertype(0x86dd));
    t.client(D::Ethertype, "a VLAN tag", base().ethertype(0x8100));
    t.client(
        D::IpOptions,
        "a header of 24 bytes",
        edited(udp(), 14, 0x46),
    );
    t.client(
        D::IpOptions,
        "a header of 16 bytes",
        edited(udp(), 14, 0x44),
    );
    t.client(D::Fragment, "a first fragment", edited(udp(), 20, 0x20));
    t.client(D::Fragment, "a last fragment", edited(udp(), 21, 1));
    t.client(
        D::Protocol,
        "GRE",
        to(NEIGHBOUR.addr).protocol(47).payload(&[0; 8]),
    );
    t.client(D::TcpFlags, "no flags", tcp(TcpFlags(0)));
    t.client(
        D::TcpFlags,
        "only PSH and URG",
        tcp(TcpFlags::PSH | TcpFlags::URG),
    );
    t.client(D::TcpFlags, "SYN and FIN", tcp(SYN | TcpFlags::FIN));
    t.client(D::TcpFlags, "SYN and RST", tcp(SYN | RST));
    t.client(D::TooBig, "8501 bytes", udp().payload(&vec![0; 8501 - 28]));
}

fn spoofed_packets(t: &mut Tried) {
    let neighbours_mac = || base().ethernet(mac(NEIGHBOUR.iface), Mac::ROUTER);
    let stolen_mac = neighbours_mac().ipv4(CLIENT.addr, NEIGHBOUR.addr).udp(1, 2);
    let stolen_addr = base().ipv4(NEIGHBOUR.addr, FRONTEND.addr).udp(1, 80);
    t.client(D::SpoofedMac, "a neighbour's MAC", stolen_mac);
    t.client(
        D::SpoofedMac,
        "a neighbour's MAC, IPv6",
        neighbours_mac().ethertype(0x86dd),
    );
    t.client(D::SpoofedSource, "a neighbour's address", stolen_addr);
    t.changed(
        D::NoInterface,
        "not configured",
        without_interface(CLIENT),
        udp_to(NOBODY),
    );
}

fn arp_packets(t: &mut Tried) {
    let request = ArpPacket {
        hardware_type: 1.into(),
        protocol_type: 0x0800.into(),
        hardware_len: 6,
        protocol_len: 4,
        operation: 1.into(),
        sender_mac: mac(CLIENT.iface),
        sender_addr: CLIENT.addr.octets(),
        target_mac: Mac::default(),
        target_addr: NEIGHBOUR.addr.octets(),
    };
    let arp = |packet| base().arp(packet);
    let reply = ArpPacket {
        operation: ARP_REPLY.into(),
        ..request
    };
    let spoofed_addr = ArpPacket {
        sender_addr: NEIGHBOUR.addr.octets(),
        ..request
    };
    let spoofed_mac = ArpPacket {
        sender_mac: mac(NEIGHBOUR.iface),
        ..request
    };
    let spoofed_reply = ArpPacket {
        sender_addr: FRONTEND.addr.octets(),
        ..reply
    };
    let gratuitous = ArpPacket {
        target_addr: CLIENT.addr.octets(),
        ..request
    };
    let probe = ArpPacket {
        sender_addr: [0; 4],
        ..gratuitous
    };
    let not_ethernet = ArpPacket {
        hardware_type: 6.into(),
        ..spoofed_addr
    };
    t.client(
        D::SpoofedArp,
        "a neighbour's address asks",
        arp(spoofed_addr),
    );
    t.client(D::SpoofedArp, "a neighbour's MAC asks", arp(spoofed_mac));
    t.client(
        D::SpoofedArp,
        "a claim to another address",
        arp(spoofed_reply),
    );
    t.client(D::Arp, "gratuitous ARP", arp(gratuitous));
    t.client(D::Arp, "a probe for the own address", arp(probe));
    t.client(D::Arp, "a reply", arp(reply));
    t.client(D::Arp, "not over Ethernet", arp(not_ethernet));
    t.client(D::Malformed, "ARP that is cut short", cut(arp(request), 41));
    t.changed(
        D::NoInterface,
        "ARP, not configured",
        without_interface(CLIENT),
        arp(request),
    );
}

fn icmp_packets(t: &mut Tried) {
    let quote = &PacketBuilder::default()
        .ipv4(NEIGHBOUR.addr, CLIENT.addr)
        .udp(1, 2)
        .build()[14..];
    let error = |src| base().ipv4(src, NEIGHBOUR.addr).icmp_error(3, 3, quote);
    let own = || error(CLIENT.addr);
    t.client(
        D::IcmpType,
        "a timestamp request",
        to(NEIGHBOUR.addr).icmp_error(13, 0, &[]),
    );
    t.client(
        D::IcmpNoFlow,
        "a reply to nothing",
        to(NEIGHBOUR.addr).echo_reply(1, 1),
    );
    t.client(D::IcmpNoFlow, "an error about no flow", own());
    t.client(
        D::SpoofedSource,
        "an error by another",
        error(FRONTEND.addr),
    );
    t.changed(
        D::NoInterface,
        "an error, not configured",
        without_interface(CLIENT),
        own(),
    );
}

fn forbidden_destinations(t: &mut Tried) {
    let udp = || udp_to(NEIGHBOUR.addr);
    let no_egress = no_rules(CONSUMER, CLIENT, Direction::Egress);
    let no_ingress = no_rules(CONSUMER, NEIGHBOUR, Direction::Ingress);
    let blackhole = |tables: &mut Tables| {
        let key = RouteKey::v4(CONSUMER, NEIGHBOUR.addr, 32);
        tables
            .routes
            .insert(key, Route::new(CONSUMER, RouteKind::Blackhole));
    };
    let node_at_nobodys = |tables: &mut Tables| {
        let node = Address::new(AddressKind::Node, NODE.iface);
        tables.addresses.insert(address_key(CONSUMER, NOBODY), node);
    };
    let unchecked = to(RESOLVER).udp_without_checksum(40000, 53);
    t.changed(D::RulesEgress, "ingress without egress", no_egress, udp());
    t.changed(D::RulesIngress, "egress without ingress", no_ingress, udp());
    t.client(
        D::NoRoute,
        "outside of every prefix",
        udp_to([192, 0, 2, 1].into()),
    );
    t.changed(D::Blackhole, "a narrower blackhole", blackhole, udp());
    t.client(D::NoDestination, "an address without owner", udp_to(NOBODY));
    t.client(
        D::NoDestination,
        "another network's address",
        udp_to(BACKEND.addr),
    );
    t.changed(
        D::NoDestination,
        "an interface gone",
        without_interface(NEIGHBOUR),
        udp(),
    );
    t.client(D::ToSelf, "the own address", udp_to(CLIENT.addr));
    t.client(D::ToRouter, "ping the router", ping(ROUTER));
    t.changed(
        D::ToNode,
        "a node's address",
        node_at_nobodys,
        udp_to(NOBODY),
    );
    t.client(D::ResolverPort, "the resolver's port 80", udp_to(RESOLVER));
    t.client(D::ResolverPort, "ping the resolver", ping(RESOLVER));
    t.client(D::UdpNoChecksum, "a query without checksum", unchecked);
    t.client(
        D::NoFlow,
        "a RST out of nowhere",
        tcp_to(NEIGHBOUR.addr).flags(RST),
    );
}

fn closed_frontends(t: &mut Tried) {
    let syn = || tcp_to(FRONTEND.addr).flags(SYN);
    let ack = || tcp_to(FRONTEND.addr).flags(ACK);
    let rejected = |tables: &mut Tables| tables.frontends.clear();
    let udp_only = |tables: &mut Tables| tables.listeners.retain(|key, _| key.proto == PROTO_UDP);
    let no_set = |tables: &mut Tables| tables.backend_sets.clear();
    let empty_set = |tables: &mut Tables| tables.backend_sets.insert(1, [].into()).map_or((), drop);
    let no_backends = |tables: &mut Tables| tables.backends.clear();
    let frontend = no_rules(CONSUMER, FRONTEND, Direction::Ingress);
    let node_in = no_rules(PROVIDER, NODE, Direction::Ingress);
    let node_out = no_rules(PROVIDER, NODE, Direction::Egress);
    let backend = no_rules(PROVIDER, BACKEND, Direction::Ingress);
    t.changed(D::FrontendClosed, "rejected", rejected, syn());
    t.changed(D::FrontendClosed, "rejected, no SYN", rejected, ack());
    t.changed(
        D::FrontendClosed,
        "its interface gone",
        without_interface(FRONTEND),
        syn(),
    );
    t.changed(
        D::FrontendClosed,
        "its node gone",
        without_interface(NODE),
        syn(),
    );
    t.client(D::FrontendProtocol, "ping a frontend", ping(FRONTEND.addr));
    t.changed(D::RulesFrontend, "the frontend's rules", frontend, syn());
    t.client(D::NoListener, "another port", to(FRONTEND.addr).udp(1, 81));
    t.changed(D::NoListener, "another protocol", udp_only, syn());
    t.changed(D::NoListener, "another protocol, no SYN", udp_only, ack());
    t.changed(D::RulesNode, "the load balancer's rules in", node_in, syn());
    t.changed(
        D::RulesNode,
        "the load balancer's rules out",
        node_out,
        syn(),
    );
    t.changed(D::NoBackend, "no set", no_set, syn());
    t.changed(D::NoBackend, "an empty set", empty_set, syn());
    t.changed(D::NoBackend, "an unknown backend", no_backends, syn());
    t.changed(
        D::NoBackend,
        "its interface gone",
        without_interface(BACKEND),
        syn(),
    );
    t.changed(D::RulesBackend, "the backend's rules", backend, syn());
}

/// Reasons that need a history.
fn histories(t: &mut Tried) {
    let ack = |world: &mut World| world.tcp(CLIENT, SERVICE, 40000, ACK);

    let mut world = World::new();
    world.connect(40000);
    world.now += u32::from(LISTENER_IDLE_SECS) + 1;
    refused(ack(&mut world), CLIENT, D::FlowExpired);
    refused(ack(&mut world), CLIENT, D::NoFlow);

    let mut world = World::new();
    world.connect(40000);
    world.change(|tables| tables.frontends.clear());
    refused(ack(&mut world), CLIENT, D::FlowRevoked);
    assert_eq!(ack(&mut world), Verdict::Drop(D::FrontendClosed));

    let mut world = World::new();
    world.flows = Flows::with_capacity(1);
    let (port, _) = ports(&delivered(world.tcp(CLIENT, SERVICE, 40000, SYN), BACKEND));
    delivered(
        world.tcp(BACKEND, (NODE.addr, port), BACKEND_PORT, SYN_ACK),
        CLIENT,
    );
    refused(ack(&mut world), CLIENT, D::FlowTableFull);
    assert_eq!(world.flow_counts(), (0, 0));

    let mut world = World::new();
    world.config.nat_port_max = world.config.nat_port_min;
    world.connect(40000);
    let second = world.tcp(CLIENT, SERVICE, 40001, SYN);
    assert_eq!(second, Verdict::Drop(D::NoPort));
    assert_eq!(world.flows.table(FlowTable::Established).len(), 2);

    let mut world = World::new();
    world.config.resolver_packets_max = 1;
    let query = || udp(CLIENT, (RESOLVER, 53), 40000);
    delivered_to_fabric(world.send(CLIENT, query()), &world);
    let second = world.send(CLIENT, query());
    assert_eq!(second, Verdict::Drop(D::ResolverLimit));

    t.0.extend([D::FlowExpired, D::FlowRevoked, D::FlowTableFull, D::NoPort]);
    t.0.insert(D::ResolverLimit);
}
