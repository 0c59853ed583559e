//! The limit of packets to the resolver, where the reference cannot be asked: on several
//! processors at once, and with more interfaces than there is room for.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod support;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use datapath::abi::*;
use datapath::packet::PacketBuilder;
use datapath::{DropReason, Tables, diff};
use datapath_bpf::testrun::{ACTION_REDIRECT, Arrival, TestBed};
use datapath_bpf::{Hook, MapSizes};

const CLIENT: u32 = 11;
const CLIENT_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 11);
const RESOLVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const NOW: u32 = 1_000_000;

/// A workload of a network with a resolver.
fn bed(limit: u32) -> TestBed {
    let bed = TestBed::load(&MapSizes::default(), &config(limit, NOW)).unwrap();
    let mut tables = Tables::default();
    let interface = Interface {
        vni: 1,
        addr: CLIENT_ADDR.into(),
        ..Interface::default()
    };
    tables.interfaces.insert(CLIENT, interface);
    let addr = RESOLVER.into();
    tables.addresses.insert(
        AddressKey { vni: 1, addr },
        Address::new(AddressKind::Resolver, 0),
    );
    bed.apply(&diff(&Tables::default(), &tables)).unwrap();
    bed
}

fn config(resolver_packets_max: u32, now: u32) -> Config {
    Config {
        mtu: 1500,
        fabric_iface: 12,
        resolver_packets_max,
        fixed_now_secs: now,
        ..Config::default()
    }
}

/// Whether a query passes.
fn asks(bed: &TestBed) -> bool {
    let packet = PacketBuilder::from_workload(CLIENT)
        .ipv4(CLIENT_ADDR, RESOLVER)
        .udp(40000, 53)
        .build();
    let departure = bed
        .run(&Arrival {
            hook: Hook::FromWorkload,
            ifindex: CLIENT,
            packet: &packet,
            gso_size: 0,
        })
        .unwrap();
    let passes = departure.action == ACTION_REDIRECT;
    let reason = (!passes).then_some(DropReason::ResolverLimit);
    assert_eq!(departure.reason, reason);
    passes
}

fn window(bed: &TestBed) -> ResolverWindow {
    bed.resolver_windows().unwrap()[&CLIENT]
}

#[test]
fn processors_together_let_no_more_pass_than_one() {
    const LIMIT: u32 = 10_000;
    const SECONDS: u32 = 4;
    const PROCESSORS: u32 = 3;
    support::in_new_netns(|| {
        support::make_devices(&[CLIENT, 12]);
        let bed = bed(LIMIT);
        for second in 0..SECONDS {
            let begun = AtomicBool::new(false);
            bed.set_config(&config(LIMIT, NOW + second)).unwrap();
            let passed: u32 = thread::scope(|scope| {
                let ask = || {
                    while !begun.load(Ordering::Acquire) {
                        thread::yield_now();
                    }
                    (0..LIMIT).map(|_| u32::from(asks(&bed))).sum::<u32>()
                };
                let askers: Vec<_> = (0..PROCESSORS).map(|_| scope.spawn(ask)).collect();
                begun.store(true, Ordering::Release);
                // To some of them it is still the second before, whose packets are used up.
                while second > 0 && askers.iter().any(|asker| !asker.is_finished()) {
                    for late in [1, 0] {
                        let now = NOW + second - late;
                        bed.set_config(&config(LIMIT, now)).unwrap();
                    }
                }
                askers.into_iter().map(|asker| asker.join().unwrap()).sum()
            });
            assert_eq!(passed, LIMIT);
            let ResolverWindow { count, second: at } = window(&bed);
            assert_eq!(at, NOW + second);
            // Each may have counted one that did not pass.
            assert!((LIMIT..LIMIT + PROCESSORS).contains(&count), "{count}");
        }
    });
}

#[test]
fn who_asks_much_keeps_its_window_when_there_are_more_than_there_is_room_for() {
    const LIMIT: u32 = 10;
    support::in_new_netns(|| {
        support::make_devices(&[CLIENT, 12]);
        let bed = bed(LIMIT);
        let others: Vec<u32> = (1000..).take(3 * RESOLVER_WINDOWS_MAX).collect();
        let mut passed = 0;
        for some in others.chunks(64) {
            passed += u32::from(asks(&bed));
            let fresh = ResolverWindow {
                count: 1,
                second: NOW,
            };
            let some: Vec<_> = some.iter().map(|iface| (*iface, fresh)).collect();
            bed.put_resolver_windows(&some).unwrap();
        }
        assert_eq!(passed, LIMIT);
        let windows = bed.resolver_windows().unwrap();
        assert!(windows.len() <= RESOLVER_WINDOWS_MAX);
        assert_eq!(windows[&CLIENT].count, LIMIT);
    });
}
