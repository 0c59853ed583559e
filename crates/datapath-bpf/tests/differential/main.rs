//! The kernel program against `datapath::decide`: the same random tables and packets go to both,
//! and after each packet everything that can be seen must be the same.
//!
//! A case is a seed: tables, and a history of some dozens of packets, changes of tables and steps
//! of time. `ADIT_DIFF_CASES` sets their number, `ADIT_DIFF_SEED` runs a single one. Seeds that
//! failed once stand in `regressions.txt` and run first.

#![allow(
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may panic, and says what it has seen"
)]

mod packets;
mod random;
#[path = "../support/mod.rs"]
mod support;
mod tally;
mod wire;
mod world;

use std::collections::BTreeMap;
use std::env;
use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use datapath::abi::{Config, FlowKey};
use datapath::{
    Capacity, Cut, Datapath, DropReason, Epochs, FlowTable, Flows, MapOp, Tables, Verdict, decide,
    diff, is_idle, peer_key,
};
use datapath_bpf::testrun::{self, ACTION_DROP, ACTION_REDIRECT, Departure, TestBed};
use datapath_bpf::{Hook, MapSizes};

use self::packets::Arrival;
use self::random::Random;
use self::tally::{Tally, everything_was_seen};
use self::wire::Wire;
use self::world::{Focus, backend_sets};

/// Of a normal run.
const CASES: usize = 4000;
const FIRST_SEED: u64 = 0xad17_0000_0000;
const REGRESSIONS: &str = include_str!("regressions.txt");
const STEPS_MAX: usize = 48;
/// One seed in 16 is about [`Focus::Checks`].
const CHECKS: u64 = 5;
/// One seed in 16 is about [`Focus::Queries`].
const QUERIES: u64 = 9;

/// The same state twice: in the kernel and in the reference.
struct Twins<'wire> {
    bed: TestBed,
    wire: &'wire Wire,
    config: Config,
    tables: Tables,
    epochs: Epochs,
    flows: Flows,
    flows_max: usize,
    drops: BTreeMap<DropReason, u64>,
    now: u32,
}

impl<'wire> Twins<'wire> {
    /// `flows_max`: established flows that there is room for.
    fn new(flows_max: u32, wire: &'wire Wire) -> Self {
        let sizes = MapSizes {
            tables: Capacity {
                interfaces: 64,
                addresses: 128,
                routes: 64,
                rulesets: 64,
                frontends: 16,
                listeners: 64,
                backend_sets: 16,
                backends: 32,
            },
            flows: flows_max,
            half_open: 2048,
        };
        let bed = TestBed::load(&sizes, &Config::default()).expect("load the program");
        let mut twins = Self {
            bed,
            wire,
            config: Config::default(),
            tables: Tables::default(),
            epochs: Epochs::default(),
            flows: Flows::with_capacity(0),
            flows_max: flows_max as usize,
            drops: BTreeMap::new(),
            now: 0,
        };
        twins.change_tables(backend_sets());
        twins
    }

    fn start(&mut self, random: &mut Random, focus: Focus) {
        self.now = random.pick(&[1000, 0x7fff_fff0, 0xf000_0000]);
        self.config = world::config(random, focus);
        self.flows = Flows::with_capacity(2 * self.flows_max);
        self.bed.clear_flows().unwrap();
        self.change_tables(world::tables(random, focus));
    }

    fn change_tables(&mut self, tables: Tables) {
        let ops = diff(&self.tables, &tables);
        self.apply(&ops);
        self.tables = tables;
    }

    fn apply(&mut self, ops: &[MapOp]) {
        self.bed.apply(ops).unwrap();
        self.epochs.apply(ops);
    }

    fn set_clock(&self) {
        let config = Config {
            fixed_now_secs: self.now,
            ..self.config
        };
        self.bed.set_config(&config).unwrap();
    }

    /// Lets both decide about one packet.
    fn pass(&mut self, arrival: &Arrival) -> (Verdict, Seen) {
        self.set_clock();
        let departure = self
            .bed
            .run(&testrun::Arrival {
                hook: arrival.hook,
                ifindex: arrival.ifindex,
                packet: &arrival.bytes,
                gso_size: arrival.gso_size,
            })
            .unwrap_or_else(|error| panic!("{error:?}: {arrival:02x?}"));
        let hook = match arrival.hook {
            Hook::FromWorkload => datapath::Hook::FromWorkload {
                iface: arrival.ifindex,
            },
            Hook::FromFabric => datapath::Hook::FromFabric,
        };
        let packet = datapath::packet::Packet {
            bytes: arrival.bytes.clone(),
            gso_size: arrival.gso_size,
        };
        let datapath = Datapath {
            config: &self.config,
            tables: &self.tables,
            epochs: &self.epochs,
        };
        let verdict = decide(&datapath, &mut self.flows, hook, packet, self.now);
        if let Some(reason) = verdict.reason() {
            *self.drops.entry(reason).or_default() += 1;
        }
        let seen = Seen {
            departure,
            sent: self.wire.sent(),
        };
        (verdict, seen)
    }

    fn pass_time(&mut self, random: &mut Random, focus: Focus) {
        let secs = match (focus, random.weighted(&[60, 30, 10])) {
            (_, 0) => 0,
            // Mostly within one second; once in a while a packet is overtaken.
            (Focus::Queries, 1) => random.pick(&[0, 0, 0, 1, u32::MAX]),
            (_, 1) => random.pick(&[1, 1, 2, 5]),
            (_, _) => random.pick(&[9, 11, 12, 31, 61, 121, 351]),
        };
        self.now = self.now.wrapping_add(secs);
    }

    /// Removes what is idle from both.
    fn reap(&mut self) {
        self.bed.reap(self.now).unwrap();
        let keys: Vec<FlowKey> = self.flows.flows.keys().copied().collect();
        for key in keys {
            let Some(flow) = self.flows.flows.get(&key).copied() else {
                continue;
            };
            let table = FlowTable::Established;
            let peer = self.flows.peer(table, &key, &flow).copied();
            let is_over = is_idle(table, &key, &flow, self.now)
                && peer.is_none_or(|peer| is_idle(table, &key, &peer, self.now));
            if is_over {
                self.flows.flows.remove(&key);
                if peer.is_some() {
                    self.flows.flows.remove(&peer_key(&key, &flow));
                }
            }
        }
    }

    /// One entry falls out of `half_open`, as if the kernel had needed the room.
    fn evict(&mut self, random: &mut Random) {
        if self.flows.half_open.is_empty() {
            return;
        }
        let at = random.below(self.flows.half_open.len());
        if let Some(key) = self.flows.half_open.keys().nth(at).copied() {
            self.flows.half_open.remove(&key);
            self.bed.evict(&key).unwrap();
        }
    }

    /// The differences between what packets have left in the two, as text.
    fn state_difference(&self) -> String {
        let mut text = String::new();
        compare_entries(
            &mut text,
            "flows",
            &self.bed.flows().unwrap(),
            &self.flows.flows,
        );
        let half_open = self.bed.half_open().unwrap();
        compare_entries(&mut text, "half_open", &half_open, &self.flows.half_open);
        compare_entries(
            &mut text,
            "resolver_windows",
            &self.bed.resolver_windows().unwrap(),
            &self.flows.resolver_windows,
        );
        // The reference has no counters: they must follow from the flows alone.
        let miscounted = self.bed.miscounted().unwrap();
        if !miscounted.is_empty() {
            let _ = writeln!(text, "flow_blocks: wrong counters in blocks {miscounted:?}");
        }
        text
    }

    /// Read less often, because each counter is a system call.
    fn drops_difference(&self) -> Option<String> {
        let drops = self.bed.drops().unwrap();
        (drops != self.drops)
            .then(|| format!("drops: kernel {drops:?}, reference {:?}", self.drops))
    }
}

fn compare_entries<K: Ord + Debug, V: PartialEq + Debug>(
    text: &mut String,
    name: &str,
    kernel: &BTreeMap<K, V>,
    reference: &BTreeMap<K, V>,
) {
    for (key, entry) in kernel {
        if reference.get(key) != Some(entry) {
            writeln!(text, "{name}[{key:?}]\n  kernel    {entry:?}").unwrap();
            writeln!(text, "  reference {:?}", reference.get(key)).unwrap();
        }
    }
    for (key, entry) in reference {
        if !kernel.contains_key(key) {
            writeln!(
                text,
                "{name}[{key:?}]\n  kernel    None\n  reference {entry:?}"
            )
            .unwrap();
        }
    }
}

/// What the kernel has done.
#[derive(PartialEq, Eq, Debug)]
struct Seen {
    departure: Departure,
    /// What has left besides.
    sent: Vec<Cut>,
}

/// What the kernel must have done.
fn expected(verdict: Verdict) -> Seen {
    let redirect = |iface, reason, packet| Departure {
        action: ACTION_REDIRECT,
        iface,
        reason,
        packet,
    };
    let (departure, cut) = match verdict {
        Verdict::Drop(reason) => {
            let departure = Departure {
                action: ACTION_DROP,
                iface: 0,
                reason: Some(reason),
                packet: vec![],
            };
            (departure, None)
        }
        Verdict::Redirect { iface, bytes, .. } => (redirect(iface, None, bytes), None),
        Verdict::Reply {
            iface,
            bytes,
            reason,
            cut,
        } => (redirect(iface, reason, bytes), cut),
    };
    Seen {
        departure,
        sent: cut.into_iter().collect(),
    }
}

/// An error is what to print.
fn run_case(seed: u64, twins: &mut Twins<'_>, tally: &mut Tally) -> Result<(), String> {
    let mut random = Random::new(seed);
    let focus = match (seed % 16, random.chance(25)) {
        (CHECKS, _) => Focus::Checks,
        (QUERIES, _) => Focus::Queries,
        (_, true) => Focus::OneFrontend,
        (_, false) => Focus::Anything,
    };
    twins.start(&mut random, focus);
    let base = twins.tables.clone();
    for step in 0..8 + random.below(STEPS_MAX - 8) {
        match random.weighted(&[78, 10, 2, 8, 1, 1]) {
            0 => {}
            1 => {
                let mut tables = twins.tables.clone();
                if focus == Focus::Checks {
                    world::toggle_checks(&mut tables);
                } else {
                    world::change(&mut random, &mut tables);
                }
                twins.change_tables(tables);
            }
            2 => twins.change_tables(base.clone()),
            3 => twins.evict(&mut random),
            4 => {
                let slot = random.pick(&world::NETWORKS) as u16;
                twins.apply(&[MapOp::BumpEpoch(slot)]);
            }
            _ => twins.reap(),
        }
        twins.pass_time(&mut random, focus);
        let arrival = packets::arrival(
            &mut random,
            focus,
            &twins.config,
            &twins.tables,
            &twins.flows,
        );
        let before = twins.flows.clone();
        let (verdict, mut seen) = twins.pass(&arrival);
        tally.note_verdict(&arrival, &verdict);
        tally.note_node_egress(&twins.tables, &arrival, &verdict);
        tally.note_transitions(&before, &twins.flows);
        let wanted = expected(verdict);
        if seen.departure.action == ACTION_DROP {
            seen.departure.packet.clear();
        }
        let state = twins.state_difference();
        if seen != wanted || !state.is_empty() {
            return Err(format!(
                "seed {seed:#x}, step {step}, time {}\narrival   {arrival:02x?}\n\
                 kernel    {seen:02x?}\nreference {wanted:02x?}\n{state}",
                twins.now
            ));
        }
    }
    match twins.drops_difference() {
        Some(difference) => Err(format!("seed {seed:#x}: {difference}")),
        None => Ok(()),
    }
}

/// Runs the seeds on all processors; returns what was seen and what failed.
fn run_all(seeds: &[u64]) -> (Tally, Vec<String>) {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let results: Vec<(Tally, Vec<String>)> = thread::scope(|scope| {
        let work = || support::in_new_netns(|| run_share(seeds, &next));
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker"))
            .collect()
    });
    let (mut total, mut failures) = (Tally::default(), Vec::new());
    for (tally, failed) in results {
        total.packets += tally.packets;
        for (outcome, count) in tally.outcomes {
            *total.outcomes.entry(outcome).or_default() += count;
        }
        failures.extend(failed);
    }
    (total, failures)
}

fn run_share(seeds: &[u64], next: &AtomicUsize) -> (Tally, Vec<String>) {
    const FAILURES_MAX: usize = 3;
    let wire = Wire::new(&world::interfaces());
    let (mut roomy, mut tiny) = (Twins::new(64, &wire), Twins::new(2, &wire));
    let (mut tally, mut failures) = (Tally::default(), Vec::new());
    while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
        let twins = if seed % 4 == 3 { &mut tiny } else { &mut roomy };
        if let Err(failure) = run_case(*seed, twins, &mut tally) {
            failures.push(failure);
            // The two have gone different ways.
            *twins = Twins::new(twins.flows_max as u32, &wire);
        }
        if failures.len() == FAILURES_MAX {
            break;
        }
    }
    (tally, failures)
}

fn number(text: &str) -> u64 {
    let text = text.trim();
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    }
    .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn the_kernel_program_and_the_reference_agree() {
    support::require_root();
    let cases = env::var("ADIT_DIFF_CASES").map_or(CASES, |text| number(&text) as usize);
    let one = env::var("ADIT_DIFF_SEED").ok().map(|text| number(&text));
    let regressions = REGRESSIONS
        .lines()
        .filter_map(|line| line.split('#').next())
        .filter(|text| !text.trim().is_empty())
        .map(number);
    let seeds: Vec<u64> = match one {
        Some(seed) => vec![seed],
        None => regressions
            .chain((0..cases as u64).map(|case| FIRST_SEED + case))
            .collect(),
    };
    let begin = Instant::now();
    let (tally, failures) = run_all(&seeds);
    println!(
        "{} cases, {} packets, {:.1} s",
        seeds.len(),
        tally.packets,
        begin.elapsed().as_secs_f64()
    );
    for (outcome, count) in &tally.outcomes {
        println!("{count:8} {outcome}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    if one.is_none() && cases >= CASES {
        everything_was_seen(&tally);
    }
}
