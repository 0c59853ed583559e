//! Random tables that mostly make sense, so that packets get far, and changes to them.
//!
//! Three virtual networks use the same addresses; A and C share an epoch slot. Every interface is a
//! real device: programs are run for workloads, and a table may say that anything is one.

use std::net::Ipv4Addr;

use datapath::abi::*;
use datapath::{RuleList, Tables};

use crate::random::Random;

pub(crate) const A: u32 = 0x100;
pub(crate) const B: u32 = 0x200;
pub(crate) const C: u32 = 0x0001_0100;
pub(crate) const NETWORKS: [u32; 3] = [A, B, C];

/// Interface, network, last byte of the address.
pub(crate) const WORKLOADS: [(u32, u32, u8); 8] = [
    (11, A, 11),
    (12, A, 12),
    (13, A, 13),
    (14, B, 11),
    (15, B, 12),
    (16, B, 13),
    (17, C, 11),
    (18, C, 12),
];
pub(crate) const FRONTENDS: [(u32, u32, u8); 3] = [(201, A, 21), (202, A, 22), (203, C, 21)];
pub(crate) const NODES: [(u32, u32, u8); 3] = [(101, B, 31), (102, B, 32), (103, C, 31)];
pub(crate) const RESOLVER: u8 = 2;
pub(crate) const ROUTER: u8 = 1;
pub(crate) const HOSTS: [u8; 12] = [1, 2, 11, 12, 13, 21, 22, 31, 32, 99, 11, 12];
pub(crate) const PORTS: [u16; 10] = [80, 53, 443, 8080, 80, 40000, 40001, 40002, 1, 65535];
pub(crate) const SERVICE_PORTS: [u16; 8] = [80, 80, 80, 80, 80, 443, 53, 8080];

const GROUPS: usize = 8;
const SETS: [u32; 7] = [1, 2, 3, 4, 5, 6, 99];
const BACKENDS: [u32; 8] = [1, 2, 3, 4, 5, 6, 7, 77];

/// All interfaces.
pub(crate) fn interfaces() -> Vec<u32> {
    let places = [&WORKLOADS[..], &FRONTENDS, &NODES].concat();
    places.into_iter().map(|place| place.0).collect()
}

pub(crate) fn host(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, last)
}

/// What a case is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Focus {
    /// Everything.
    Anything,
    /// A frontend with one source port or two, behind which everything is allowed.
    OneFrontend,
    /// Health checks of one node, which are allowed at times.
    Checks,
    /// Two workloads that ask the resolver more than they may.
    Queries,
}

pub(crate) fn config(random: &mut Random, focus: Focus) -> Config {
    let ranges = [(65535, 65535), (40000, 40001), (1, 65535), (1024, 65535)];
    let (nat_port_min, nat_port_max) = match focus {
        Focus::Anything | Focus::Checks | Focus::Queries => random.pick(&ranges),
        Focus::OneFrontend => random.pick(&ranges[..2]),
    };
    let resolver_packets_max = match focus {
        Focus::Queries => random.pick(&[1, 2, 3, 5, 1000]),
        Focus::Anything | Focus::OneFrontend | Focus::Checks => 2,
    };
    Config {
        fabric_iface: 900,
        hash_seed: random.u32(),
        mtu: random.pick(&[1500, 1500, 8500, 576]),
        resolver_packets_max,
        nat_port_min,
        nat_port_max,
        fixed_now_secs: 0,
        fabric_prefix: [0xfd, 0xad, 0x17, 0x00],
        fabric_mac: Mac([2, 0xad, 0, 0, 3, 0x84]),
        pad: [0; 2],
        flow_blocks: 0, // set by whoever creates the map
    }
}

/// Sets that seldom change, because the kernel waits for all readers when one is replaced.
pub(crate) fn backend_sets() -> Tables {
    let sets: [(u32, &[u32]); 6] = [
        (1, &[1, 2, 3, 1, 2, 3, 1]),
        (2, &[4, 5, 4, 5, 4]),
        (3, &[]),
        (4, &[1]),
        (5, &[6, 0, 77, 2, 3]),
        (6, &[7, 7, 7]),
    ];
    Tables {
        backend_sets: sets
            .into_iter()
            .map(|(id, slots)| (id, slots.into()))
            .collect(),
        ..Tables::default()
    }
}

pub(crate) fn tables(random: &mut Random, focus: Focus) -> Tables {
    let mut tables = backend_sets();
    let permissive = if random.chance(70) { 85 } else { 35 };
    if random.chance(2) {
        let slots = random.below(20);
        let set: Vec<u32> = (0..slots).map(|_| random.pick(&BACKENDS)).collect();
        tables.backend_sets.insert(random.pick(&SETS), set.into());
    }
    let kinds = [
        (AddressKind::Workload, &WORKLOADS[..]),
        (AddressKind::Frontend, &FRONTENDS[..]),
        (AddressKind::Node, &NODES[..]),
    ];
    for (kind, places) in kinds {
        for (iface, vni, last) in places.iter().copied() {
            tables
                .interfaces
                .insert(iface, interface(random, vni, last));
            tables
                .addresses
                .insert(address_key(vni, last), Address::new(kind, iface));
        }
    }
    for vni in NETWORKS {
        for (kind, last) in [
            (AddressKind::Router, ROUTER),
            (AddressKind::Resolver, RESOLVER),
        ] {
            tables
                .addresses
                .insert(address_key(vni, last), Address::new(kind, 0));
        }
        add_routes(random, &mut tables, vni);
    }
    for group in 1..=GROUPS as u32 {
        for direction in [Direction::Ingress, Direction::Egress] {
            if random.chance(90) {
                let key = RulesetKey::new(group, direction);
                tables.rulesets.insert(key, rules(random, permissive));
            }
        }
    }
    add_frontends(random, &mut tables);
    match focus {
        Focus::Anything => {
            for _ in 0..random.weighted(&[70, 20, 10]) {
                change(random, &mut tables);
            }
        }
        Focus::OneFrontend => {
            unfilter(&mut tables);
            share_a_backend(&mut tables);
        }
        Focus::Checks | Focus::Queries => unfilter(&mut tables),
    }
    tables
}

/// Allows everything.
fn unfilter(tables: &mut Tables) {
    for interface in tables.interfaces.values_mut() {
        interface.flags &= !INTERFACE_FILTERED;
    }
}

/// Gives two networks the same way to the same backend.
fn share_a_backend(tables: &mut Tables) {
    for (iface, vni, last) in [FRONTENDS[0], FRONTENDS[2]] {
        let (node, backend_vni, node_last) = NODES[0];
        let frontend = Frontend {
            vni,
            backend_vni,
            node,
            flags: 0,
            node_addr: host(node_last).into(),
        };
        tables.frontends.insert(iface, frontend);
        let address = Address::new(AddressKind::Frontend, iface);
        tables.addresses.insert(address_key(vni, last), address);
        let local = RouteKey::v4(vni, host(0), 16);
        tables
            .routes
            .retain(|key, _| key.route_table != local.route_table);
        tables
            .routes
            .insert(local, Route::new(vni, RouteKind::Local));
    }
    for proto in [PROTO_TCP, PROTO_UDP] {
        let listener = Listener {
            vni: B,
            backend_set: 4,
            idle_secs: 60,
            pad: [0; 2],
        };
        let key = ListenerKey::new(NODES[0].0, 80, proto);
        tables.listeners.insert(key, listener);
    }
    let (iface, vni, last) = WORKLOADS[4];
    let backend = Backend {
        vni,
        iface,
        addr: host(last).into(),
        port: 8080.into(),
        pad: [0; 2],
        flags: 0,
    };
    tables.backends.insert(1, backend);
}

pub(crate) fn address_key(vni: u32, last: u8) -> AddressKey {
    AddressKey {
        vni,
        addr: host(last).into(),
    }
}

fn interface(random: &mut Random, vni: u32, last: u8) -> Interface {
    let flags = INTERFACE_WORKLOAD
        | if random.chance(60) {
            INTERFACE_FILTERED
        } else {
            0
        };
    Interface {
        vni,
        route_table: vni,
        flags,
        addr: host(last).into(),
        ..Interface::default()
    }
    .with_groups(&groups(random))
    .unwrap()
}

fn groups(random: &mut Random) -> Vec<u32> {
    let count = random.pick(&[0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, GROUPS_MAX]);
    (0..count)
        .map(|_| 1 + random.below(GROUPS) as u32)
        .collect()
}

fn add_routes(random: &mut Random, tables: &mut Tables, vni: u32) {
    let local = Route::new(vni, RouteKind::Local);
    let blackhole = Route::new(vni, RouteKind::Blackhole);
    if random.chance(98) {
        let key = RouteKey::v4(vni, host(0), 16);
        tables.routes.insert(key, local);
    }
    if random.chance(20) {
        let key = RouteKey::v4(vni, Ipv4Addr::UNSPECIFIED, 0);
        tables.routes.insert(key, blackhole);
    }
    if random.chance(8) {
        let key = RouteKey::v4(vni, host(random.pick(&HOSTS)), 32);
        tables.routes.insert(key, blackhole);
    }
}

/// `permissive`: percentage of lists that allow everything.
fn rules(random: &mut Random, permissive: usize) -> RuleList {
    let everything = Rule {
        proto: PROTO_ANY,
        ..Rule::default()
    };
    let rules: Vec<Rule> = match random.weighted(&[80, 6, 14]) {
        _ if random.chance(permissive) => vec![everything],
        0 => (0..random.below(6)).map(|_| rule(random)).collect(),
        1 => (0..RULES_MAX).map(|_| rule(random)).collect(),
        _ => vec![],
    };
    RuleList::new(random.pick(&NETWORKS), rules)
}

fn rule(random: &mut Random) -> Rule {
    let proto = random.pick(&[
        PROTO_ANY, PROTO_TCP, PROTO_TCP, PROTO_UDP, PROTO_ICMP, PROTO_ICMP, 47,
    ]);
    let (port_lo, port_hi) = if proto == PROTO_ICMP {
        (
            random.pick(&[ICMP_ANY, 8, 0, 3]),
            random.pick(&[ICMP_ANY, 0, 1]),
        )
    } else {
        random.pick(&[(0, 65535), (80, 80), (1, 1023), (8080, 8080), (443, 80)])
    };
    let (prefix, prefix_len): (Addr, u8) = match random.weighted(&[30, 30, 30, 5, 5]) {
        0 => (host(random.pick(&HOSTS)).into(), 128),
        1 => (
            host(random.pick(&HOSTS)).into(),
            96 + random.below(33) as u8,
        ),
        2 => (host(0).into(), random.pick(&[112, 96, 0, 120])),
        3 => (host(random.pick(&HOSTS)).into(), random.u8()),
        _ => (Addr::default(), random.pick(&[0, 1, 95, 96])),
    };
    Rule {
        prefix,
        peer_group: if random.chance(35) {
            1 + random.below(GROUPS) as u32
        } else {
            0
        },
        port_lo,
        port_hi,
        prefix_len,
        proto,
        pad: [0; 2],
    }
}

fn add_frontends(random: &mut Random, tables: &mut Tables) {
    for (iface, vni, _) in FRONTENDS {
        tables.frontends.insert(iface, frontend(random, vni));
    }
    for (node, _, _) in NODES {
        for (port, proto) in [
            (80, PROTO_TCP),
            (443, PROTO_TCP),
            (80, PROTO_UDP),
            (53, PROTO_UDP),
        ] {
            if random.chance(85) {
                tables
                    .listeners
                    .insert(ListenerKey::new(node, port, proto), listener(random));
            }
        }
    }
    for id in BACKENDS {
        if random.chance(90) && id != 77 {
            tables.backends.insert(id, backend(random, id));
        }
    }
}

fn frontend(random: &mut Random, vni: u32) -> Frontend {
    let (node, backend_vni, last) = random.pick(&[NODES[0], NODES[0], NODES[1], NODES[2]]);
    Frontend {
        vni,
        backend_vni,
        node,
        flags: if random.chance(40) {
            FRONTEND_NODE_RULES
        } else {
            0
        },
        node_addr: host(last).into(),
    }
}

fn listener(random: &mut Random) -> Listener {
    Listener {
        vni: B,
        backend_set: random.pick(&[1, 1, 1, 2, 2, 2, 4, 4, 4, 5, 5, 6, 6, 3, 99]),
        idle_secs: random.pick(&[1, 10, 60, 350, 6000]),
        pad: [0; 2],
    }
}

fn backend(random: &mut Random, id: u32) -> Backend {
    let places = [WORKLOADS[3], WORKLOADS[4], WORKLOADS[5], WORKLOADS[6]];
    let (iface, vni, last) = places[id as usize % places.len()];
    Backend {
        vni,
        iface,
        addr: host(last).into(),
        port: random.pick(&[8080, 80, 53]).into(),
        pad: [0; 2],
        flags: if random.chance(5) {
            BACKEND_TERMINATE
        } else {
            0
        },
    }
}

/// Forbids what the first node opens and has opened, or allows it again.
pub(crate) fn toggle_checks(tables: &mut Tables) {
    if let Some(node) = tables.interfaces.get_mut(&NODES[0].0) {
        node.flags ^= INTERFACE_FILTERED;
        *node = node.with_groups(&[]).unwrap();
    }
}

/// One change of one entry.
pub(crate) fn change(random: &mut Random, tables: &mut Tables) {
    match random.below(12) {
        0 => {
            let iface = some_interface(random);
            if let Some(interface) = tables.interfaces.get(&iface).copied() {
                let changed = interface.with_groups(&groups(random)).unwrap();
                tables.interfaces.insert(iface, changed);
            }
        }
        1 => {
            let (iface, vni, last) = random.pick(&WORKLOADS);
            if random.chance(50) {
                tables.interfaces.remove(&iface);
            } else {
                tables
                    .interfaces
                    .insert(iface, interface(random, vni, last));
            }
        }
        2 => {
            let direction = random.pick(&[Direction::Ingress, Direction::Egress]);
            let key = RulesetKey::new(1 + random.below(GROUPS) as u32, direction);
            if random.chance(30) {
                tables.rulesets.remove(&key);
            } else {
                tables.rulesets.insert(key, rules(random, 40));
            }
        }
        3 => {
            let vni = random.pick(&NETWORKS);
            tables.routes.retain(|_, route| route.vni != vni);
            add_routes(random, tables, vni);
        }
        4 => change_address(random, tables),
        5..=7 => {
            let (iface, vni, _) = random.pick(&FRONTENDS);
            if random.chance(25) {
                tables.frontends.remove(&iface);
            } else {
                tables.frontends.insert(iface, frontend(random, vni));
            }
        }
        8 => {
            let (node, _, _) = random.pick(&NODES);
            let proto = random.pick(&[PROTO_TCP, PROTO_UDP]);
            let key = ListenerKey::new(node, random.pick(&PORTS), proto);
            if random.chance(50) {
                tables.listeners.remove(&key);
            } else {
                tables.listeners.insert(key, listener(random));
            }
        }
        9 => {
            // One frontend gets the address of another.
            let (_, vni, last) = random.pick(&FRONTENDS);
            let (iface, _, _) = random.pick(&FRONTENDS);
            tables.addresses.insert(
                address_key(vni, last),
                Address::new(AddressKind::Frontend, iface),
            );
        }
        _ => {
            let id = random.pick(&BACKENDS);
            if random.chance(40) {
                tables.backends.remove(&id);
            } else {
                tables.backends.insert(id, backend(random, id));
            }
        }
    }
}

fn change_address(random: &mut Random, tables: &mut Tables) {
    let key = address_key(random.pick(&NETWORKS), random.pick(&HOSTS));
    if random.chance(40) {
        tables.addresses.remove(&key);
    } else {
        let kind = random.pick(AddressKind::ALL);
        let iface = match kind {
            AddressKind::Router | AddressKind::Resolver => 0,
            AddressKind::Workload | AddressKind::Frontend | AddressKind::Node => {
                some_interface(random)
            }
        };
        tables.addresses.insert(key, Address::new(kind, iface));
    }
}

fn some_interface(random: &mut Random) -> u32 {
    random.pick(&interfaces())
}
