//! Nanoseconds that the kernel program takes for one packet, as JSON on standard output.
//!
//! `BPF_PROG_TEST_RUN` repeats a run on what the run before has made of the packet. So the tables
//! are such that a packet leaves as one that may come in again: the interface is the loopback
//! device, whose MAC address by Adit's rule is the router's, and both sides of a frontend use the
//! same addresses.
//!
//! `packet_cost [ROUNDS [SERVICES:FLOWS]...]`: the median of so many rounds (11 unless said otherwise),
//! with so many services and established flows in the tables (one of each unless said otherwise). Several
//! sizes are loaded side by side, into maps of one capacity, and take turns within each round.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::env;
use std::error::Error;
use std::net::Ipv4Addr;

use datapath::abi::*;
use datapath::packet::{PacketBuilder, TcpFlags};
use datapath::{DropReason, RuleList, Tables, diff};
use datapath_bpf::testrun::{Arrival, TestBed};
use datapath_bpf::{Hook, MapSizes};
use nix::sched::{CloneFlags, unshare};

const ROUNDS: usize = 11;
/// Runs of one packet; below the number of source ports, each of which a new flow takes.
const REPEAT: u32 = 2_000;

const CONSUMER: u32 = 10;
/// Each service is in a virtual network of its own, from this one on.
const PROVIDER: u32 = 30;
/// The loopback device, in every namespace.
const CLIENT: u32 = ROUTER_IFACE;
/// Numbers of the services' interfaces, from this one on.
const INTERFACES: u32 = 100;
const CLIENT_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 11);
const SERVICE_ADDR: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 21);
/// Frontends but the first have addresses from here on, and the clients of their flows from there on.
const OTHER_SERVICES: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 0);
const OTHER_CLIENTS: Ipv4Addr = Ipv4Addr::new(172, 16, 0, 0);
const PORT: u16 = 80;
/// Source ports of established flows and of new ones, below those that the program gives out.
const ESTABLISHED_PORT: u16 = 999;
const NEW_PORT: u16 = 1000;
const RULES: u8 = 60;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    let mut arguments = env::args().skip(1);
    let rounds: usize = arguments.next().map_or(Ok(ROUNDS), |text| text.parse())?;
    let mut sizes = arguments
        .map(|text| Present::parse(&text))
        .collect::<Result<Vec<_>, _>>()?;
    if sizes.is_empty() {
        sizes.push(Present {
            services: 1,
            flows: 1,
        });
    }
    let flows_max = sizes.iter().map(|size| size.flows + 1).max().unwrap_or(1);
    let mut subjects = sizes
        .into_iter()
        .map(|size| Subject::load(size, flows_max))
        .collect::<Result<Vec<_>, _>>()?;
    for round in 0..rounds.max(1) {
        for subject in &mut subjects {
            subject.measure(round)?;
        }
    }
    for subject in &subjects {
        subject.check()?;
    }
    let reports: Vec<String> = subjects.iter_mut().map(Subject::report).collect();
    println!(
        "{{\"rounds\": {rounds}, \"packets_per_round\": {REPEAT}, \"sizes\": [{}]}}",
        reports.join(", ")
    );
    Ok(())
}

/// How much is in the tables.
#[derive(Clone, Copy, Debug)]
struct Present {
    /// Services, each with an endpoint; at least one.
    services: u32,
    /// Established flows beside the one that is measured.
    flows: u32,
}

impl Present {
    fn parse(text: &str) -> Result<Self, Failure> {
        let (services, flows) = text.split_once(':').ok_or("SERVICES:FLOWS is wanted")?;
        Ok(Self {
            services: services.parse::<u32>()?.max(1),
            flows: flows.parse()?,
        })
    }
}

/// The program with tables of one size.
struct Subject {
    present: Present,
    bed: TestBed,
    /// Entries of the flows present, each of which turns a packet into the next one's.
    ring: Vec<FlowKey>,
    times: [Vec<u128>; CASES.len()],
}

/// What is timed.
const CASES: [&str; 4] = ["established", "new_with_60_rules", "spoofed", "random"];

impl Subject {
    /// Makes room for `flows_max` flows and enters as many as there shall be.
    fn load(present: Present, flows_max: u32) -> Result<Self, Failure> {
        let config = Config {
            mtu: 8500,
            nat_port_min: 1024,
            nat_port_max: 65535,
            hash_seed: 0x5eed,
            ..Config::default()
        };
        let sizes = MapSizes::default();
        let sizes = MapSizes {
            flows: sizes.flows.max(flows_max),
            ..sizes
        };
        let bed = TestBed::load(&sizes, &config)?;
        bed.apply(&diff(&Tables::default(), &tables(present.services)?))?;
        bed.put_flows(&ring(&there_and_back()))?;
        let keys = others(present);
        // Entered in the order of their keys, for neighbours in the ring to be none in the kernel's memory.
        let mut entries = ring(&keys);
        entries.sort_unstable_by_key(|(key, _)| *key);
        bed.put_flows(&entries)?;
        Ok(Self {
            present,
            bed,
            ring: keys,
            times: Default::default(),
        })
    }

    fn measure(&mut self, round: usize) -> Result<(), Failure> {
        let [hot, _] = there_and_back();
        let new = PacketBuilder::from_workload(CLIENT)
            .ipv4(CLIENT_ADDR, SERVICE_ADDR)
            .tcp(NEW_PORT, PORT)
            .flags(TcpFlags::SYN)
            .mss(1460)
            .build();
        let refused = PacketBuilder::from_workload(CLIENT)
            .ipv4(Ipv4Addr::new(10, 9, 9, 9), SERVICE_ADDR)
            .udp(NEW_PORT, PORT)
            .build();
        // Every round goes on where the one before has stopped, at entries that no cache holds.
        let start = round * REPEAT as usize % self.ring.len().max(1);
        let random = self.ring.get(start).copied().unwrap_or(hot);
        for key in self.bed.half_open()?.keys() {
            self.bed.evict(key)?;
        }
        let packets = [of_flow(&hot)?, new, refused, of_flow(&random)?];
        for (times, packet) in self.times.iter_mut().zip(&packets) {
            times.push(time(&self.bed, packet)?);
        }
        Ok(())
    }

    /// Whether every packet has gone the way that was to be timed.
    ///
    /// A packet of no established flow would be counted as dropped, and a new one of such a flow opens none.
    fn check(&self) -> Result<(), Failure> {
        let drops = self.bed.drops()?;
        if drops.keys().ne([&DropReason::SpoofedSource]) {
            return Err(format!("packets were dropped: {drops:?}").into());
        }
        let opened = self.bed.half_open()?.len() / 2;
        if opened < REPEAT as usize {
            return Err(format!("{REPEAT} new packets opened {opened} flows").into());
        }
        Ok(())
    }

    /// The medians, as JSON.
    fn report(&mut self) -> String {
        let Present { services, flows } = self.present;
        let cases = CASES.iter().zip(&mut self.times);
        let medians: Vec<String> = cases
            .map(|(case, times)| format!("\"{case}_ns\": {}", median(times)))
            .collect();
        format!(
            "{{\"services\": {services}, \"flows\": {flows}, {}}}",
            medians.join(", ")
        )
    }
}

/// Nanoseconds of one run.
fn time(bed: &TestBed, packet: &[u8]) -> Result<u128, Failure> {
    let arrival = Arrival {
        hook: Hook::FromWorkload,
        ifindex: CLIENT,
        packet,
        gso_size: 0,
    };
    Ok(bed.time(&arrival, REPEAT)?.as_nanos())
}

fn median(times: &mut [u128]) -> u128 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A packet of an established flow.
fn of_flow(key: &FlowKey) -> Result<Vec<u8>, Failure> {
    let (saddr, daddr) = (key.saddr.to_ipv4(), key.daddr.to_ipv4());
    let (saddr, daddr) = saddr
        .zip(daddr)
        .ok_or("an address of a flow is none of IPv4")?;
    Ok(PacketBuilder::from_workload(CLIENT)
        .ipv4(saddr, daddr)
        .tcp(key.sport.into(), key.dport.into())
        .flags(TcpFlags::ACK)
        .payload(&[0; 1400])
        .build())
}

/// The flow that is measured beside all others.
fn there_and_back() -> [FlowKey; 2] {
    let there = end(CLIENT_ADDR, ESTABLISHED_PORT, SERVICE_ADDR, PORT);
    let back = end(
        Ipv4Addr::new(192, 0, 2, 4),
        40000,
        Ipv4Addr::new(198, 51, 100, 8),
        8080,
    );
    [there, back]
}

/// Two entries for each flow present, spread over the services, in an order drawn at random (the same
/// in every run).
fn others(present: Present) -> Vec<FlowKey> {
    let mut keys: Vec<FlowKey> = (0..present.flows * 2)
        .map(|number| {
            let client = Ipv4Addr::from(u32::from(OTHER_CLIENTS) + number);
            end(
                client,
                ESTABLISHED_PORT,
                frontend_addr(number % present.services),
                PORT,
            )
        })
        .collect();
    // Fisher and Yates's shuffle, by Knuth's MMIX generator.
    let mut random = 0x5eed_u64;
    for last in (1..keys.len()).rev() {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        keys.swap(last, (random >> 33) as usize % (last + 1));
    }
    keys
}

/// Entries each of which turns a packet into the next one's, and the last into the first's: addresses,
/// ports and checksums are rewritten by every run.
fn ring(keys: &[FlowKey]) -> Vec<(FlowKey, Flow)> {
    let uptime_secs = uptime_secs();
    let nexts = keys.iter().cycle().skip(1);
    keys.iter()
        .zip(nexts)
        .map(|(key, next)| (*key, becomes(next, uptime_secs)))
        .collect()
}

fn end(saddr: Ipv4Addr, sport: u16, daddr: Ipv4Addr, dport: u16) -> FlowKey {
    FlowKey {
        iface: CLIENT,
        sport: sport.into(),
        dport: dport.into(),
        saddr: saddr.into(),
        daddr: daddr.into(),
        proto: PROTO_TCP,
        pad: [0; 3],
    }
}

fn becomes(key: &FlowKey, uptime_secs: u32) -> Flow {
    Flow {
        saddr: key.saddr,
        daddr: key.daddr,
        sport: key.sport,
        dport: key.dport,
        out_iface: CLIENT,
        // The clock's, as of the first packet; until then not idle.
        last_seen: uptime_secs,
        frontend: Interfaces::of(0).frontend,
        idle_secs: u16::MAX,
        ..Flow::default()
    }
}

/// The monotonic clock, well enough.
fn uptime_secs() -> u32 {
    std::fs::read_to_string("/proc/uptime")
        .ok()
        .and_then(|text| text.split('.').next()?.parse().ok())
        .unwrap_or(0)
}

/// Numbers of a service's interfaces.
struct Interfaces {
    frontend: u32,
    node: u32,
    backend: u32,
}

impl Interfaces {
    fn of(service: u32) -> Self {
        let frontend = INTERFACES + service * 3;
        Self {
            frontend,
            node: frontend + 1,
            backend: frontend + 2,
        }
    }
}

fn frontend_addr(service: u32) -> Ipv4Addr {
    match service {
        0 => SERVICE_ADDR,
        _ => Ipv4Addr::from(u32::from(OTHER_SERVICES) + service),
    }
}

/// A frontend behind three gates of [`RULES`] rules each: the client's egress, the frontend's and
/// the backend's ingress. The last rule of each matches. Besides, as many services that nobody asks as
/// make up `services`.
fn tables(services: u32) -> Result<Tables, Failure> {
    let mut tables = Tables::default();
    add_interface(
        &mut tables,
        CLIENT,
        CONSUMER,
        CLIENT_ADDR,
        AddressKind::Workload,
    )?;
    add_rules(&mut tables, CLIENT, CONSUMER);
    for service in 0..services {
        add_service(&mut tables, service)?;
    }
    Ok(tables)
}

/// A frontend with a backend of its own, in a virtual network of its own, and its rules.
fn add_service(tables: &mut Tables, service: u32) -> Result<(), Failure> {
    let provider = PROVIDER + service;
    let Interfaces {
        frontend,
        node,
        backend,
    } = Interfaces::of(service);
    let addr = frontend_addr(service);
    add_interface(tables, frontend, CONSUMER, addr, AddressKind::Frontend)?;
    add_interface(tables, node, provider, CLIENT_ADDR, AddressKind::Node)?;
    add_interface(
        tables,
        backend,
        provider,
        SERVICE_ADDR,
        AddressKind::Workload,
    )?;
    add_rules(tables, frontend, CONSUMER);
    // Rules are the largest entries by far: one group per service is what the tables are made for.
    if service == 0 {
        add_rules(tables, backend, provider);
    }
    let leads = Frontend {
        vni: CONSUMER,
        backend_vni: provider,
        node,
        flags: 0,
        node_addr: CLIENT_ADDR.into(),
    };
    tables.frontends.insert(frontend, leads);
    // Both are any numbers; a service has one of each.
    let (backend_set, target) = (service + 1, service + 1);
    let listener = Listener {
        vni: provider,
        backend_set,
        idle_secs: TCP_IDLE_SECS,
        pad: [0; 2],
    };
    tables
        .listeners
        .insert(ListenerKey::new(node, PORT, PROTO_TCP), listener);
    tables
        .backend_sets
        .insert(backend_set, vec![target; 251].into());
    let to = Backend {
        vni: provider,
        iface: backend,
        addr: SERVICE_ADDR.into(),
        port: PORT.into(),
        pad: [0; 2],
        flags: 0,
    };
    tables.backends.insert(target, to);
    Ok(())
}

fn add_interface(
    tables: &mut Tables,
    iface: u32,
    vni: u32,
    addr: Ipv4Addr,
    kind: AddressKind,
) -> Result<(), Failure> {
    // The load balancer has no security groups, as is the default.
    let flags = if kind == AddressKind::Node {
        0
    } else {
        INTERFACE_FILTERED
    };
    let interface = Interface {
        vni,
        route_table: vni,
        flags,
        addr: addr.into(),
        ..Interface::default()
    };
    tables
        .interfaces
        .insert(iface, interface.with_groups(&[iface])?);
    let key = AddressKey {
        vni,
        addr: addr.into(),
    };
    tables.addresses.insert(key, Address::new(kind, iface));
    tables.routes.insert(
        RouteKey::v4(vni, Ipv4Addr::new(10, 0, 0, 0), 16),
        Route::new(vni, RouteKind::Local),
    );
    Ok(())
}

/// The rules of the group that is named after its only interface. Whoever only listens has them one way.
fn add_rules(tables: &mut Tables, iface: u32, vni: u32) {
    let direction = match iface {
        CLIENT => Direction::Egress,
        _ => Direction::Ingress,
    };
    let list = RuleList::new(vni, (1..=RULES).map(rule).collect::<Vec<_>>());
    tables
        .rulesets
        .insert(RulesetKey::new(iface, direction), list);
}

/// The port matches, the prefix only that of the last rule.
fn rule(number: u8) -> Rule {
    let prefix = if number == RULES {
        Ipv4Addr::new(10, 0, 0, 0)
    } else {
        Ipv4Addr::new(192, 0, number, 0)
    };
    Rule {
        prefix: prefix.into(),
        peer_group: 0,
        port_lo: PORT,
        port_hi: PORT,
        prefix_len: 96 + 16,
        proto: PROTO_TCP,
        pad: [0; 2],
    }
}
