//! What Adit's own sockets send.

use datapath::abi::*;
use datapath::packet::PacketBuilder;
use datapath_bpf::Hook;

use super::{ACK, Arrival, RST, SYN, SYN_ACK, decorate, tcp, udp};
use crate::random::Random;
use crate::world::{NODES, PORTS, RESOLVER, WORKLOADS, host};

/// A health check, or an answer of the resolver.
pub(super) fn from_fabric(random: &mut Random, config: &Config) -> Arrival {
    let (mut local, mut vni, mut from) = random.pick(&NODES);
    let near: Vec<_> = WORKLOADS
        .into_iter()
        .filter(|place| place.1 == vni)
        .collect();
    let places = if random.chance(70) {
        &near[..]
    } else {
        &WORKLOADS
    };
    let (remote, remote_vni, to) = random.pick(places);
    if random.chance(30) {
        (local, from) = (0, RESOLVER);
    }
    if random.chance(85) {
        vni = remote_vni;
    }
    let prefix = if random.chance(97) {
        config.fabric_prefix
    } else {
        [0x20, 1, 0xd, 0xb8]
    };
    let kinds = if random.chance(95) {
        (FabricKind::Local, FabricKind::Remote)
    } else {
        (FabricKind::Remote, FabricKind::Local)
    };
    let from = FabricAddr {
        kind: kinds.0,
        vni,
        iface: local,
        addr: host(from),
    };
    let to = FabricAddr {
        kind: kinds.1,
        vni: if random.chance(95) { vni } else { vni + 1 },
        iface: if random.chance(95) {
            remote
        } else {
            random.u32()
        },
        addr: host(to),
    };
    let packet = PacketBuilder::default().ipv6(from.to_ipv6(prefix), to.to_ipv6(prefix));
    let packet = decorate(random, packet);
    let sport = if local == 0 && random.chance(90) {
        53
    } else {
        random.pick(&PORTS)
    };
    let dport = random.pick(&PORTS);
    let packet = match random.weighted(&[60, 38, 2]) {
        0 => {
            let flags = random.pick(&[SYN, SYN, SYN, SYN, ACK, SYN_ACK, RST]);
            tcp(random, packet, sport, dport, flags)
        }
        1 => udp(random, packet, sport, dport),
        _ => packet.protocol(58).payload(&random.bytes(20)),
    };
    fabric_arrival(packet)
}

/// One of few that are sure to be sent.
pub(super) fn health_check(random: &mut Random, config: &Config) -> Arrival {
    let (local, vni, from) = NODES[0];
    let near = WORKLOADS.into_iter().filter(|place| place.1 == vni);
    let (remote, _, to) = random.pick(&near.collect::<Vec<_>>());
    let fabric = |kind, iface, last| {
        FabricAddr {
            kind,
            vni,
            iface,
            addr: host(last),
        }
        .to_ipv6(config.fabric_prefix)
    };
    let packet = PacketBuilder::default().ipv6(
        fabric(FabricKind::Local, local, from),
        fabric(FabricKind::Remote, remote, to),
    );
    let sport = random.pick(&[40000, 40001]);
    fabric_arrival(tcp(random, packet, sport, 8080, SYN))
}

pub(super) fn fabric_arrival(packet: PacketBuilder) -> Arrival {
    Arrival {
        hook: Hook::FromFabric,
        ifindex: WORKLOADS[0].0,
        bytes: packet.build(),
        gso_size: 0,
    }
}
