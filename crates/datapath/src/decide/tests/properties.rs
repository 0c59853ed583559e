//! Laws that hold for all packets and all histories.

use std::net::Ipv4Addr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::world::*;
use crate::abi::*;
use crate::packet::{Body, Packet, PacketBuilder, TcpFlags, Transport, dissect};
use crate::{Exit, Flows, Hook, Verdict};

const PLACES: [Place; 7] = [
    CLIENT,
    NEIGHBOUR,
    FRONTEND,
    BACKEND,
    SECOND_BACKEND,
    TWIN,
    NODE,
];

/// Something that happens in a network.
#[derive(Clone, Debug)]
enum Event {
    /// A workload sends a packet of its own.
    Send { from: Place, packet: PacketBuilder },
    /// Whoever received the last packet answers it.
    Answer(TcpFlags),
    /// Whoever sent the last packet sends on.
    GoOn(TcpFlags),
    /// Time passes, seconds.
    Wait(u32),
    /// An entry goes, named by a number.
    Remove(usize),
    /// All tables are as in the beginning.
    Restore,
}

fn flags() -> impl Strategy<Value = TcpFlags> {
    select(vec![SYN, SYN_ACK, ACK, FIN_ACK, RST, RST | ACK])
}

fn destination() -> impl Strategy<Value = Ipv4Addr> {
    let mut all: Vec<Ipv4Addr> = PLACES.iter().map(|place| place.addr).collect();
    all.extend([ROUTER, RESOLVER, NOBODY]);
    select(all)
}

/// A packet of a workload's: to the service, or anything.
fn packet() -> impl Strategy<Value = (Place, PacketBuilder)> {
    let to_service = (
        select(vec![CLIENT, NEIGHBOUR]),
        Just(FRONTEND.addr),
        Just(SERVICE_PORT),
    );
    let from = select(vec![CLIENT, NEIGHBOUR, BACKEND, SECOND_BACKEND, TWIN]);
    let anywhere = (
        from,
        destination(),
        select(vec![SERVICE_PORT, BACKEND_PORT, 53]),
    );
    let flags = prop_oneof![3 => Just(SYN), 1 => flags()];
    let ends = prop_oneof![to_service, anywhere];
    (
        ends,
        40000..40003u16,
        flags,
        0..6usize,
        vec(any::<u8>(), 0..40),
    )
        .prop_map(|((from, to, dport), sport, flags, kind, payload)| {
            let ip = PacketBuilder::default().ipv4(from.addr, to);
            let packet = match kind {
                0 => ip.echo_request(sport, 1),
                1 => ip.udp(sport, dport),
                2 => ip.udp_without_checksum(sport, dport),
                _ => ip.tcp(sport, dport).flags(flags).mss(9000),
            };
            (from, packet.payload(&payload))
        })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => packet().prop_map(|(from, packet)| Event::Send { from, packet }),
        3 => prop_oneof![3 => Just(SYN_ACK), 2 => flags()].prop_map(Event::Answer),
        3 => prop_oneof![3 => Just(ACK), 2 => flags()].prop_map(Event::GoOn),
        1 => select(vec![1u32, 11, 61, 351]).prop_map(Event::Wait),
        1 => any::<usize>().prop_map(Event::Remove),
        2 => Just(Event::Restore),
    ]
}

/// A packet that was delivered to a workload.
#[derive(Clone)]
struct Delivery {
    from: Place,
    sent: Vec<u8>,
    to: Place,
    received: Vec<u8>,
}

fn place(iface: u32) -> Place {
    *PLACES.iter().find(|place| place.iface == iface).unwrap()
}

/// A TCP or UDP packet that goes the other way of `frame`, or on.
fn next_packet(frame: &[u8], is_answer: bool, flags: TcpFlags) -> Option<PacketBuilder> {
    let dissected = dissect(frame)?;
    let Body::Ip(ip) = dissected.body else {
        return None;
    };
    let (std::net::IpAddr::V4(src), std::net::IpAddr::V4(dst)) = (ip.src, ip.dst) else {
        return None;
    };
    let (src, dst) = if is_answer { (dst, src) } else { (src, dst) };
    let turn = |(a, b)| if is_answer { (b, a) } else { (a, b) };
    let builder = PacketBuilder::default().ipv4(src, dst);
    match ip.transport {
        Transport::Tcp { header, .. } => {
            let (sport, dport) = turn((header.sport.get(), header.dport.get()));
            Some(builder.tcp(sport, dport).flags(flags))
        }
        Transport::Udp { header, .. } => {
            let (sport, dport) = turn((header.sport.get(), header.dport.get()));
            Some(builder.udp(sport, dport))
        }
        Transport::Icmp { header, .. } if is_answer => Some(builder.echo_reply(header.id.get(), 1)),
        Transport::Icmp { header, .. } => Some(builder.echo_request(header.id.get(), 1)),
        Transport::Other(_) => None,
    }
}

/// A world, and what was delivered last.
struct History {
    world: World,
    last: Option<Delivery>,
}

impl History {
    fn new(entries_max: usize) -> Self {
        let mut world = World::new();
        world.flows = Flows::with_capacity(entries_max);
        world.config.nat_port_max = world.config.nat_port_min + 5;
        Self { world, last: None }
    }

    /// Lets something happen; the verdict, if it was a packet.
    fn happen(&mut self, event: Event) -> Option<(Place, Vec<u8>, Verdict)> {
        let (from, packet) = match (event, &self.last) {
            (Event::Send { from, packet }, _) => (from, packet),
            (Event::Answer(flags), Some(last)) => {
                (last.to, next_packet(&last.received, true, flags)?)
            }
            (Event::GoOn(flags), Some(last)) => (last.from, next_packet(&last.sent, false, flags)?),
            (Event::Answer(_) | Event::GoOn(_), None) => return None,
            (Event::Wait(secs), _) => {
                self.world.now += secs;
                return None;
            }
            (Event::Remove(which), _) => {
                self.remove(which);
                return None;
            }
            (Event::Restore, _) => {
                let tables = World::new().tables;
                self.world.change(|now| *now = tables);
                return None;
            }
        };
        let sent = packet.ethernet(mac(from.iface), Mac::ROUTER).build();
        let hook = Hook::FromWorkload { iface: from.iface };
        let verdict = self.world.decide(hook, sent.clone());
        if let Verdict::Redirect {
            iface,
            to: Exit::Peer,
            bytes,
        } = &verdict
        {
            let received = bytes.clone();
            let to = place(*iface);
            self.last = Some(Delivery {
                from,
                sent: sent.clone(),
                to,
                received,
            });
        }
        Some((from, sent, verdict))
    }

    fn remove(&mut self, which: usize) {
        let entries = crate::diff(&crate::Tables::default(), &self.world.tables);
        let keys: Vec<_> = entries.iter().filter_map(key_of).collect();
        if !keys.is_empty() {
            self.world
                .change(|tables| tables.delete(&keys[which % keys.len()]));
        }
    }
}

fn is_rst(frame: &[u8]) -> bool {
    let dissected = dissect(frame).unwrap();
    let transport = dissected.ip().map(|ip| &ip.transport);
    matches!(transport, Some(Transport::Tcp { header, .. }) if header.flags.has(RST))
}

fn key_of(op: &crate::MapOp) -> Option<crate::TableKey> {
    use crate::{TableEntry as E, TableKey as K};
    let crate::MapOp::Put(entry) = op else {
        return None;
    };
    Some(match entry {
        E::Interface(key, _) => K::Interface(*key),
        E::Address(key, _) => K::Address(*key),
        E::Route(key, _) => K::Route(*key),
        E::Ruleset(key, _) => K::Ruleset(*key),
        E::Frontend(key, _) => K::Frontend(*key),
        E::Listener(key, _) => K::Listener(*key),
        E::BackendSet(key, _) => K::BackendSet(*key),
        E::Backend(key, _) => K::Backend(*key),
    })
}

fn vni(place: Place) -> u32 {
    World::new().tables.interfaces[&place.iface].vni
}

proptest! {
    #[test]
    fn any_bytes_get_a_verdict(bytes in vec(any::<u8>(), 0..200), gso_size in 0..20_000u32) {
        let mut world = World::new();
        for hook in [Hook::FromWorkload { iface: CLIENT.iface }, Hook::FromFabric] {
            let World { config, tables, epochs, flows, now } = &mut world;
            let datapath = crate::Datapath { config, tables, epochs };
            let packet = Packet { bytes: bytes.clone(), gso_size };
            crate::decide(&datapath, flows, hook, packet, *now);
        }
    }

    #[test]
    fn any_damage_to_a_packet_gets_a_verdict(
        (from, packet) in packet(),
        damage in vec((0..100usize, any::<u8>()), 0..4),
        len in 0..120usize,
    ) {
        let mut world = World::new();
        world.connect(40000);
        let mut frame = packet.ethernet(mac(from.iface), Mac::ROUTER).build();
        for (at, byte) in damage {
            if let Some(old) = frame.get_mut(at) {
                *old = byte;
            }
        }
        let quote = frame[14..].to_vec();
        frame.truncate(len.max(14));
        world.decide(Hook::FromWorkload { iface: from.iface }, frame);
        let error = PacketBuilder::default().ipv4(from.addr, NODE.addr).icmp_error(3, 1, &quote);
        world.send(from, error);
    }

    #[test]
    fn what_is_delivered_has_right_checksums_and_addresses(
        events in vec(event(), 1..40), entries_max in 0..12usize,
    ) {
        let mut history = History::new(entries_max);
        for event in events {
            let Some((from, _, verdict)) = history.happen(event) else { continue };
            match verdict {
                Verdict::Redirect { iface, to, bytes } => {
                    let seen = dissect(&bytes).unwrap();
                    prop_assert_eq!(seen.checksum_fault(), None, "{:?}", seen);
                    prop_assert_eq!(seen.src, Mac::ROUTER);
                    if to == Exit::Peer {
                        prop_assert_eq!(seen.dst, mac(iface));
                        let owner = place(iface).addr;
                        prop_assert_eq!(seen.ip().map(|ip| ip.dst), Some(owner.into()));
                    }
                }
                Verdict::Reply { iface, bytes, reason, cut } => {
                    prop_assert_eq!(iface, from.iface);
                    prop_assert!(reason.is_some());
                    prop_assert_eq!(dissect(&bytes).unwrap().checksum_fault(), None);
                    if let Some(cut) = cut {
                        prop_assert!(is_rst(&cut.bytes));
                        let seen = dissect(&cut.bytes).unwrap();
                        prop_assert_eq!(seen.checksum_fault(), None, "{:?}", seen);
                        prop_assert_eq!((seen.src, seen.dst), (Mac::ROUTER, mac(cut.iface)));
                        let owner = place(cut.iface).addr;
                        prop_assert_eq!(seen.ip().map(|ip| ip.dst), Some(owner.into()));
                    }
                }
                Verdict::Drop(_) => {}
            }
            prop_assert!(history.world.flows.flows.len() <= entries_max);
        }
    }

    #[test]
    fn an_answer_comes_back_from_where_the_packet_was_sent(events in vec(event(), 1..30)) {
        let mut history = History::new(100);
        for event in events {
            let Some((from, sent, verdict)) = history.happen(event) else { continue };
            let Verdict::Redirect { to: Exit::Peer, .. } = verdict else { continue };
            let Some(delivery) = history.last.clone() else { continue };
            if is_rst(&sent) {
                continue;
            }
            let Some(answer) = next_packet(&delivery.received, true, ACK) else { continue };
            let verdict = history.world.send(delivery.to, answer);
            let back = delivered(verdict, from);
            let sent = dissect(&sent).unwrap();
            prop_assert_eq!(Some(back.src), sent.ip().map(|ip| ip.dst));
            if !matches!(back.transport, Transport::Icmp { .. }) {
                let (sport, dport) = ports(sent.ip().unwrap());
                prop_assert_eq!(ports(&back), (dport, sport));
            }
        }
    }

    #[test]
    fn networks_are_isolated_but_for_frontends(events in vec(event(), 1..40)) {
        let mut history = History::new(100);
        for event in events {
            let is_open = !history.world.tables.frontends.is_empty();
            let Some((from, sent, verdict)) = history.happen(event) else { continue };
            let Verdict::Redirect { iface, to: Exit::Peer, .. } = verdict else { continue };
            let (from_vni, to_vni) = (vni(from), vni(place(iface)));
            if from_vni != to_vni {
                let is_forward = (from_vni, to_vni) == (CONSUMER, PROVIDER);
                let sent = dissect(&sent).unwrap();
                let dst = sent.ip().unwrap().dst;
                let expected = if is_forward { FRONTEND.addr } else { NODE.addr };
                prop_assert!(is_open, "the frontend was gone");
                prop_assert_eq!(dst, expected);
            }
        }
    }

    #[test]
    fn entries_of_established_flows_come_in_pairs(events in vec(event(), 1..60)) {
        let mut history = History::new(10);
        for event in events {
            history.happen(event);
            for table in [crate::FlowTable::Established, crate::FlowTable::HalfOpen] {
                let flows = &history.world.flows;
                for (key, flow) in flows.table(table) {
                    prop_assert!(flows.peer(table, key, flow).is_some(), "{:?}", key);
                }
            }
        }
    }

    #[test]
    fn a_source_port_belongs_to_one_flow(events in vec(event(), 1..60)) {
        let mut history = History::new(100);
        for event in events {
            history.happen(event);
            let flows = &history.world.flows;
            let in_both = flows.flows.keys().filter(|key| flows.half_open.contains_key(key));
            prop_assert_eq!(in_both.count(), 0);
        }
    }
}
