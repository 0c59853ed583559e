//! Random packets: of flows that exist, of new ones, hostile ones, and bytes that are no packet.

mod fabric;

use std::net::Ipv4Addr;

use datapath::abi::*;
use datapath::packet::checksum::Change;
use datapath::packet::{ArpPacket, IcmpHeader, PacketBuilder, TcpFlags};
use datapath::{Flows, Tables};
use datapath_bpf::Hook;

use self::fabric::{fabric_arrival, from_fabric, health_check};
use crate::random::Random;
use crate::world::{FRONTENDS, Focus, HOSTS, PORTS, RESOLVER, SERVICE_PORTS, WORKLOADS, host};

/// What a hook receives.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) hook: Hook,
    pub(crate) ifindex: u32,
    pub(crate) bytes: Vec<u8>,
    pub(crate) gso_size: u32,
}

/// Below the kernel's limit for test runs, which is about a page.
const LEN_MAX: usize = 2800;
/// What the kernel runs programs on: not less than the headers that the EtherType promises.
fn len_min(bytes: &[u8]) -> usize {
    match bytes.get(12..14) {
        Some([0x08, 0x00]) => 34,
        Some([0x86, 0xdd]) => 54,
        _ => 14,
    }
}

const SYN: TcpFlags = TcpFlags::SYN;
const ACK: TcpFlags = TcpFlags::ACK;
const RST: TcpFlags = TcpFlags::RST;
const SYN_ACK: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0);
const FIN_ACK: TcpFlags = TcpFlags(TcpFlags::FIN.0 | TcpFlags::ACK.0);
const RST_ACK: TcpFlags = TcpFlags(TcpFlags::RST.0 | TcpFlags::ACK.0);

pub(crate) fn arrival(
    random: &mut Random,
    focus: Focus,
    config: &Config,
    tables: &Tables,
    flows: &Flows,
) -> Arrival {
    let choice = random.weighted(&[28, 50, 7, 3, 3, 7, 2]);
    let known = known_flow(random, flows);
    let mut arrival = match (choice, known) {
        (0, _) if focus == Focus::OneFrontend => through_one_frontend(random),
        (0, _) if focus == Focus::Checks => health_check(random, config),
        (0 | 1, _) if focus == Focus::Queries => to_resolver(random, &WORKLOADS[..2]),
        (1, Some((key, flow))) => of_flow(random, config, tables, &key, &flow),
        (2, Some((key, flow))) => icmp_error(random, &key, &flow),
        (3, _) => arp(random),
        (4, _) => to_resolver(random, &WORKLOADS),
        (5, _) => from_fabric(random, config),
        (6, _) => noise(random),
        _ => new_flow(random, tables),
    };
    if random.chance(6) {
        arrival.gso_size = random.pick(&[1, 500, 1460, 1448, 8460, 60000]);
        arrival.bytes.extend(random.bytes(200));
    }
    if random.chance(15) {
        mutate(random, &mut arrival.bytes);
    }
    arrival.bytes.truncate(LEN_MAX);
    for _ in ["Ethernet", "what it carries"] {
        let len = arrival.bytes.len().max(len_min(&arrival.bytes));
        arrival.bytes.resize(len, 0);
    }
    arrival
}

fn known_flow(random: &mut Random, flows: &Flows) -> Option<(FlowKey, Flow)> {
    let (some, other) = if random.chance(50) {
        (&flows.flows, &flows.half_open)
    } else {
        (&flows.half_open, &flows.flows)
    };
    let table = if some.is_empty() { other } else { some };
    if table.is_empty() {
        return None;
    }
    let at = random.below(table.len());
    table.iter().nth(at).map(|(key, flow)| (*key, *flow))
}

fn from_workload(iface: u32, packet: PacketBuilder) -> Arrival {
    Arrival {
        hook: Hook::FromWorkload,
        ifindex: iface,
        bytes: packet.ethernet(mac(iface), Mac::ROUTER).build(),
        gso_size: 0,
    }
}

/// From a workload: to a frontend of its network, to its neighbours, or to anywhere.
fn new_flow(random: &mut Random, tables: &Tables) -> Arrival {
    let (iface, vni, last) = random.pick(&WORKLOADS);
    let own = tables
        .interfaces
        .get(&iface)
        .and_then(|interface| interface.addr.to_ipv4())
        .unwrap_or(host(last));
    let src = if random.chance(96) {
        own
    } else {
        any_host(random)
    };
    let near = |places: &[(u32, u32, u8)]| -> Vec<u8> {
        let near = places
            .iter()
            .filter(|(other, network, _)| *network == vni && *other != iface);
        near.map(|place| place.2).collect()
    };
    let (frontends, neighbours) = (near(&FRONTENDS), near(&WORKLOADS));
    let dst = match random.weighted(&[50, 35, 10, 5]) {
        0 if !frontends.is_empty() => host(random.pick(&frontends)),
        0 | 1 => host(random.pick(&neighbours)),
        2 => host(random.pick(&HOSTS)),
        _ => any_host(random),
    };
    let sport = random.pick(&[40000, 40000, 40001, 65535]);
    let dport = if random.chance(85) {
        random.pick(&SERVICE_PORTS)
    } else {
        random.pick(&PORTS)
    };
    let packet = decorate(random, PacketBuilder::from_workload(iface).ipv4(src, dst));
    let packet = match random.weighted(&[60, 25, 12, 3]) {
        0 => {
            let flags = match random.weighted(&[80, 10, 10]) {
                0 => SYN,
                1 => random.pick(&[ACK, RST, SYN_ACK, FIN_ACK]),
                _ => TcpFlags(random.u8()),
            };
            tcp(random, packet, sport, dport, flags)
        }
        1 => udp(random, packet, sport, dport),
        2 => echo(random, packet, sport),
        _ => packet.protocol(random.u8()).payload(&random.bytes(30)),
    };
    from_workload(iface, packet)
}

/// Few flows that are in each other's way.
fn through_one_frontend(random: &mut Random) -> Arrival {
    let (iface, _, last) = random.pick(&[WORKLOADS[0], WORKLOADS[0], WORKLOADS[6]]);
    let packet = PacketBuilder::default().ipv4(host(last), host(FRONTENDS[0].2));
    let sport = random.pick(&[40000, 40001]);
    let packet = if random.chance(70) {
        packet.tcp(sport, 80).flags(SYN)
    } else {
        packet.udp(sport, 80)
    };
    from_workload(iface, packet)
}

/// Another packet of a flow that is there, in the direction of this key.
fn of_flow(
    random: &mut Random,
    config: &Config,
    tables: &Tables,
    key: &FlowKey,
    flow: &Flow,
) -> Arrival {
    let (src, dst) = (ipv4(key.saddr), ipv4(key.daddr));
    let is_workload = WORKLOADS.iter().any(|(iface, ..)| *iface == key.iface);
    let packet = if is_workload {
        PacketBuilder::from_workload(key.iface).ipv4(src, dst)
    } else {
        let vni = tables
            .interfaces
            .get(&key.iface)
            .map_or(0, |interface| interface.vni);
        let fabric = |kind, iface, addr| {
            FabricAddr {
                kind,
                vni,
                iface,
                addr,
            }
            .to_ipv6(config.fabric_prefix)
        };
        PacketBuilder::default().ipv6(
            fabric(FabricKind::Local, key.iface, src),
            fabric(FabricKind::Remote, flow.out_iface, dst),
        )
    };
    let packet = decorate(random, packet);
    let (sport, dport) = (key.sport.get(), key.dport.get());
    let is_reply = flow.flags & FLOW_REPLY != 0;
    let packet = match key.proto {
        PROTO_TCP => {
            let weights: [usize; 7] = if is_reply {
                [45, 25, 10, 5, 3, 4, 8]
            } else {
                [3, 50, 12, 5, 3, 20, 7]
            };
            let flags = match random.weighted(&weights) {
                0 => SYN_ACK,
                1 => ACK,
                2 => FIN_ACK,
                3 => RST,
                4 => RST_ACK,
                5 => SYN,
                _ => TcpFlags(random.u8()),
            };
            tcp(random, packet, sport, dport, flags)
        }
        PROTO_UDP => udp(random, packet, sport, dport),
        _ if is_reply == random.chance(90) => packet.echo_reply(sport, random.u16()),
        _ => packet.echo_request(sport, random.u16()),
    };
    if !is_workload {
        return fabric_arrival(packet);
    }
    let mut arrival = from_workload(key.iface, packet);
    if key.proto == PROTO_UDP && random.chance(10) {
        arrival.bytes[40..42].copy_from_slice(&becomes_zero(key, flow));
    }
    arrival
}

/// The checksum that this flow's rewrite makes zero, which UDP must not send.
fn becomes_zero(key: &FlowKey, flow: &Flow) -> [u8; 2] {
    let mut change = Change::default();
    change.replace_bytes(&ipv4(key.saddr).octets(), &ipv4(flow.saddr).octets());
    change.replace_bytes(&ipv4(key.daddr).octets(), &ipv4(flow.daddr).octets());
    change.replace(key.sport.get(), flow.sport.get());
    change.replace(key.dport.get(), flow.dport.get());
    (!change.apply(0xffff)).to_be_bytes()
}

/// About the packet that goes against the direction of this key.
fn icmp_error(random: &mut Random, key: &FlowKey, flow: &Flow) -> Arrival {
    let (own, other) = (ipv4(key.saddr), ipv4(key.daddr));
    let quoted = PacketBuilder::default().ipv4(other, own);
    let (sport, dport) = (key.dport.get(), key.sport.get());
    let quoted = match key.proto {
        PROTO_TCP => tcp(random, quoted, sport, dport, ACK),
        PROTO_UDP => udp(random, quoted, sport, dport),
        _ => echo(random, quoted, sport),
    };
    let mut quoted = quoted.build().split_off(14);
    if key.proto == PROTO_UDP && random.chance(30) {
        // The quoted packet goes the other way.
        quoted[26..28].copy_from_slice(&becomes_zero(key, flow));
    }
    if random.chance(50) {
        quoted.truncate(random.pick(&[28, 28, 36, 44, 45, 46, 20, 27]));
    }
    if random.chance(10) {
        mutate(random, &mut quoted);
    }
    let iface = if random.chance(95) {
        key.iface
    } else {
        random.pick(&WORKLOADS).0
    };
    let to = if random.chance(90) {
        other
    } else {
        any_host(random)
    };
    let kind = random.pick(&[3, 3, 3, 11, 12, 5]);
    let packet = PacketBuilder::default()
        .ipv4(own, to)
        .icmp_error(kind, random.u8(), &quoted);
    // A node has no device; a workload says what the node would.
    let iface = if WORKLOADS.iter().any(|place| place.0 == iface) {
        iface
    } else {
        WORKLOADS[0].0
    };
    from_workload(iface, packet)
}

fn arp(random: &mut Random) -> Arrival {
    let (iface, _, last) = random.pick(&WORKLOADS);
    let sender_mac = if random.chance(90) {
        mac(iface)
    } else {
        mac(random.u32())
    };
    let sender = match random.weighted(&[75, 15, 10]) {
        0 => host(last),
        1 => Ipv4Addr::UNSPECIFIED,
        _ => any_host(random),
    };
    let packet = ArpPacket {
        hardware_type: random.pick(&[1, 1, 1, 1, 1, 6]).into(),
        protocol_type: random.pick(&[0x800, 0x800, 0x800, 0x800, 0x86dd]).into(),
        hardware_len: random.pick(&[6, 6, 6, 6, 6, 8]),
        protocol_len: random.pick(&[4, 4, 4, 4, 4, 16]),
        operation: random.pick(&[1, 1, 1, 1, 2, 3]).into(),
        sender_mac,
        sender_addr: sender.octets(),
        target_mac: Mac(random.pick(&[[0; 6], [0xff; 6], [2, 0xad, 0, 0, 0, 1]])),
        target_addr: host(random.pick(&HOSTS)).octets(),
    };
    from_workload(
        iface,
        PacketBuilder::default()
            .arp(packet)
            .padding(random.pick(&[0, 0, 18])),
    )
}

fn to_resolver(random: &mut Random, from: &[(u32, u32, u8)]) -> Arrival {
    let (iface, _, last) = random.pick(from);
    let packet = PacketBuilder::default().ipv4(host(last), host(RESOLVER));
    let packet = decorate(random, packet);
    let sport = random.pick(&PORTS);
    let dport = random.pick(&[53, 53, 53, 53, 853]);
    let packet = match random.weighted(&[60, 35, 5]) {
        0 => udp(random, packet, sport, dport),
        1 => {
            let flags = random.pick(&[SYN, ACK, FIN_ACK, RST]);
            tcp(random, packet, sport, dport, flags)
        }
        _ => echo(random, packet, sport),
    };
    from_workload(iface, packet)
}

fn noise(random: &mut Random) -> Arrival {
    let (iface, _, _) = random.pick(&WORKLOADS);
    let len = random.below(120);
    let ethertype = random.pick(&[0x0800, 0x0800, 0x0806, 0x86dd, 0x8100, 5]);
    let packet = PacketBuilder::default()
        .ethertype(ethertype)
        .payload(&random.bytes(len));
    if random.chance(30) {
        return fabric_arrival(packet);
    }
    from_workload(iface, packet)
}

fn decorate(random: &mut Random, packet: PacketBuilder) -> PacketBuilder {
    let payload = match random.weighted(&[40, 45, 10, 5]) {
        0 => 0,
        1 => random.below(40),
        2 => random.below(700),
        _ => random.pick(&[1400, 1460, 1500, 2000]),
    };
    packet
        .ttl(random.pick(&[64, 64, 1, 255, 0]))
        .tos(random.pick(&[0, 0, 0, 0xb8, 0x03]))
        .payload(&random.bytes(payload))
        .padding(random.pick(&[0, 0, 0, 6, 1]))
}

fn tcp(
    random: &mut Random,
    packet: PacketBuilder,
    sport: u16,
    dport: u16,
    flags: TcpFlags,
) -> PacketBuilder {
    let packet = packet
        .tcp(sport, dport)
        .flags(flags)
        .seq(random.pick(&[0, 1, u32::MAX, 0x1234_5678]))
        .ack(random.pick(&[0, 7, u32::MAX]));
    let mss = random.pick(&[536, 1460, 1461, 8460, 9000, 65535, 0]);
    let [high, low] = u16::to_be_bytes(mss);
    match random.weighted(&[40, 30, 10, 10, 3, 7]) {
        0 => packet,
        1 => packet.mss(mss),
        2 => packet.tcp_options(&[1, 2, 4, high, low, 1, 3, 3, 7]),
        4 => {
            // Cut short by the end of the header; what follows is payload.
            packet
                .tcp_options(&[1, 1, 2, 4])
                .payload(&[high, low, 0, 0])
        }
        3 => packet.tcp_options(&[8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, high, low, 2, 4, 1, 1]),
        _ => {
            let len = random.below(41);
            let mut options = random.bytes(len);
            if random.chance(60) {
                options.splice(0..0, [2, 4, high, low]);
            }
            packet.tcp_options(&options)
        }
    }
}

fn udp(random: &mut Random, packet: PacketBuilder, sport: u16, dport: u16) -> PacketBuilder {
    if random.chance(10) {
        packet.udp_without_checksum(sport, dport)
    } else {
        packet.udp(sport, dport)
    }
}

fn echo(random: &mut Random, packet: PacketBuilder, id: u16) -> PacketBuilder {
    let kind = random.pick(&[8, 8, 8, 8, 0, 13]);
    packet.icmp(IcmpHeader {
        icmp_type: kind,
        code: random.pick(&[0, 0, 0, 1]),
        id: id.into(),
        seq: random.u16().into(),
        ..IcmpHeader::default()
    })
}

/// Damage that a checksum or a length no longer fits to.
fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    match random.weighted(&[40, 20, 10, 15, 15]) {
        0 => {
            for _ in 0..=random.below(3) {
                let end = bytes.len().min(62);
                if end > 12 {
                    let at = 12 + random.below(end - 12);
                    let any = random.u8();
                    bytes[at] = random.pick(&[0, 0xff, any, bytes[at] ^ 1]);
                }
            }
        }
        1 => bytes.truncate(random.below(bytes.len() + 1)),
        2 => {
            let len = random.below(20);
            bytes.extend(random.bytes(len));
        }
        3 => {
            // Checksums at their edges: IPv4's, TCP's, UDP's and ICMP's places.
            let at = random.pick(&[24, 50, 40, 36]);
            let value = random.pick(&[[0, 0], [0xff, 0xff], [0, 1], [0xff, 0xfe]]);
            if let Some(place) = bytes.get_mut(at..at + 2) {
                place.copy_from_slice(&value);
            }
        }
        _ => {
            // A field of IPv4: length, fragment, version, protocol; source MAC.
            let at = random.pick(&[16, 17, 20, 21, 14, 23, 6, 11]);
            if let Some(place) = bytes.get_mut(at) {
                *place = random.u8();
            }
        }
    }
}

fn any_host(random: &mut Random) -> Ipv4Addr {
    match random.weighted(&[70, 30]) {
        0 => host(random.pick(&HOSTS)),
        _ => Ipv4Addr::from_bits(random.u32()),
    }
}

fn ipv4(addr: Addr) -> Ipv4Addr {
    addr.to_ipv4().unwrap_or(Ipv4Addr::UNSPECIFIED)
}
