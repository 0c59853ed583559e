//! The two flow tables when they are full, and the reaper.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod support;

use std::net::Ipv4Addr;

use datapath::abi::*;
use datapath::packet::{PacketBuilder, TcpFlags};
use datapath::{Capacity, DropReason, RuleList, Tables, diff};
use datapath_bpf::testrun::{ACTION_REDIRECT, Arrival, Departure, TestBed};
use datapath_bpf::{Hook, MapSizes};

const CLIENT: u32 = 11;
const SERVER: u32 = 12;
const CLIENT_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 11);
const SERVER_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 12);
const NOW: u32 = 1_000_000;
const SYN_ACK: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0);

/// Two workloads of one network that may do everything.
fn bed(flows: u32, half_open: u32) -> TestBed {
    let sizes = MapSizes {
        tables: Capacity::default(),
        flows,
        half_open,
    };
    let bed = TestBed::load(&sizes, &config(NOW)).unwrap();
    let mut tables = Tables::default();
    for (iface, addr) in [(CLIENT, CLIENT_ADDR), (SERVER, SERVER_ADDR)] {
        let interface = Interface {
            vni: 1,
            route_table: 1,
            addr: addr.into(),
            ..Interface::default()
        };
        tables.interfaces.insert(iface, interface);
        let addr = addr.into();
        tables.addresses.insert(
            AddressKey { vni: 1, addr },
            Address::new(AddressKind::Workload, iface),
        );
    }
    tables.routes.insert(
        RouteKey::v4(1, Ipv4Addr::UNSPECIFIED, 0),
        Route::new(1, RouteKind::Local),
    );
    let rules = RuleList::new(1, vec![]);
    tables
        .rulesets
        .insert(RulesetKey::new(1, Direction::Egress), rules);
    bed.apply(&diff(&Tables::default(), &tables)).unwrap();
    bed
}

fn config(now: u32) -> Config {
    Config {
        mtu: 1500,
        nat_port_min: 1024,
        nat_port_max: 65535,
        fixed_now_secs: now,
        ..Config::default()
    }
}

fn send(bed: &TestBed, from: u32, sport: u16, dport: u16, flags: TcpFlags) -> Departure {
    let (src, dst) = if from == CLIENT {
        (CLIENT_ADDR, SERVER_ADDR)
    } else {
        (SERVER_ADDR, CLIENT_ADDR)
    };
    let packet = PacketBuilder::from_workload(from)
        .ipv4(src, dst)
        .tcp(sport, dport)
        .flags(flags)
        .build();
    bed.run(&Arrival {
        hook: Hook::FromWorkload,
        ifindex: from,
        packet: &packet,
        gso_size: 0,
    })
    .unwrap()
}

fn connect(bed: &TestBed, sport: u16, dport: u16) -> Departure {
    send(bed, CLIENT, sport, dport, TcpFlags::SYN);
    send(bed, SERVER, dport, sport, SYN_ACK);
    send(bed, CLIENT, sport, dport, TcpFlags::ACK)
}

fn passes(departure: &Departure) -> bool {
    departure.action == ACTION_REDIRECT && departure.reason.is_none()
}

#[test]
fn a_full_table_refuses_new_flows_and_keeps_the_old() {
    support::in_new_netns(|| {
        support::make_devices(&[CLIENT, SERVER]);
        let bed = bed(100, 1000);
        for sport in 1000..1100 {
            assert!(passes(&connect(&bed, sport, 80)));
        }
        let refused = connect(&bed, 2000, 80);
        assert_eq!(refused.reason, Some(DropReason::FlowTableFull));
        assert_eq!((refused.action, refused.iface), (ACTION_REDIRECT, CLIENT));
        for sport in 1000..1100 {
            assert!(passes(&send(&bed, CLIENT, sport, 80, TcpFlags::ACK)));
            assert!(passes(&send(&bed, SERVER, 80, sport, TcpFlags::ACK)));
        }
        assert_eq!(bed.flows().unwrap().len(), 200);

        // One closes, is idle for a while, and leaves its place to another.
        send(&bed, CLIENT, 1000, 80, TcpFlags::RST);
        let later = NOW + u32::from(TCP_CLOSING_SECS) + 1;
        bed.set_config(&config(later)).unwrap();
        assert_eq!(bed.reap(later).unwrap().removed, 2);
        assert!(passes(&connect(&bed, 2000, 80)));
    });
}

#[test]
fn a_flood_of_half_open_flows_harms_no_established_one() {
    support::in_new_netns(|| {
        support::make_devices(&[CLIENT, SERVER]);
        let bed = bed(100, 512);
        for sport in 1000..1050 {
            assert!(passes(&connect(&bed, sport, 80)));
        }
        for sport in 2000..6000 {
            assert!(passes(&send(&bed, CLIENT, sport, 443, TcpFlags::SYN)));
        }
        assert!(bed.half_open().unwrap().len() <= 1024);
        for sport in 1000..1050 {
            assert!(passes(&send(&bed, CLIENT, sport, 80, TcpFlags::ACK)));
        }
        // A client whose half-open flow was evicted tries again, and gets through.
        assert!(passes(&connect(&bed, 2000, 443)));
        assert_eq!(bed.flows().unwrap().len(), 102);
    });
}

#[test]
fn the_reaper_removes_both_directions_of_idle_flows_only() {
    const FLOWS: u32 = 20_000;
    support::require_root();
    let bed = bed(FLOWS, 16);
    let mut entries = Vec::new();
    for number in 0..FLOWS {
        let sport = 1024 + (number % 60_000) as u16;
        let key = FlowKey {
            iface: CLIENT,
            sport: sport.into(),
            dport: 80.into(),
            saddr: CLIENT_ADDR.into(),
            daddr: SERVER_ADDR.into(),
            proto: PROTO_TCP,
            pad: [0; 3],
        };
        // A third is idle, a third in one direction only, a third not at all.
        let (forward, reply) = [(351, 400), (0, 351), (350, 350)][number as usize % 3];
        let flow = Flow {
            saddr: key.saddr,
            daddr: key.daddr,
            sport: key.sport,
            dport: key.dport,
            out_iface: SERVER,
            last_seen: NOW - forward,
            idle_secs: TCP_IDLE_SECS,
            ..Flow::default()
        };
        let peer = Flow {
            saddr: key.daddr,
            daddr: key.saddr,
            sport: key.dport,
            dport: key.sport,
            out_iface: CLIENT,
            last_seen: NOW - reply,
            flags: FLOW_REPLY,
            ..flow
        };
        entries.push((key, flow));
        entries.push((datapath::peer_key(&key, &flow), peer));
    }
    bed.put_flows(&entries).unwrap();
    let reaped = bed.reap(NOW).unwrap();
    let idle = 2 * (FLOWS as usize).div_ceil(3);
    assert_eq!(reaped.removed, idle);
    assert!(reaped.scanned >= entries.len() - idle);
    let left = bed.flows().unwrap();
    assert_eq!(left.len(), entries.len() - idle);
    assert!(left.iter().all(|(key, flow)| {
        let peer = left.get(&datapath::peer_key(key, flow));
        peer.is_some_and(|peer| NOW - peer.last_seen <= 350 || NOW - flow.last_seen <= 350)
    }));
    assert_eq!(bed.reap(NOW).unwrap().removed, 0);
}
