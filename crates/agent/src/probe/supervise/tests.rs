//! The course of checks in time, with the clock paused and no sockets.

use std::collections::BTreeSet;
use std::net::{Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::sync::Mutex;
use std::time::Duration;

use model::target_group::StatusMatcher;
use plan::{HttpGet, ProbeKind};

use super::*;

/// What stands behind a port.
#[derive(Clone, Copy, PartialEq)]
enum Behaviour {
    Accepts,
    Refuses,
    Silent,
    HostFault,
}

#[derive(Default)]
struct World {
    ports: BTreeMap<u16, Behaviour>,
    attempts: Vec<(u16, Duration)>,
    under_way: usize,
    under_way_max: usize,
}

#[derive(Clone)]
struct FakeNetwork {
    began: Instant,
    world: Arc<Mutex<World>>,
}

impl FakeNetwork {
    fn new(ports: &[(u16, Behaviour)]) -> Self {
        let world = World {
            ports: ports.iter().copied().collect(),
            ..World::default()
        };
        Self {
            began: Instant::now(),
            world: Arc::new(Mutex::new(world)),
        }
    }

    fn set(&self, port: u16, behaviour: Behaviour) {
        self.world.lock().unwrap().ports.insert(port, behaviour);
    }

    fn attempts(&self, port: u16) -> Vec<Duration> {
        let world = self.world.lock().unwrap();
        world
            .attempts
            .iter()
            .filter(|(p, _)| *p == port)
            .map(|(_, at)| *at)
            .collect()
    }

    fn under_way_max(&self) -> usize {
        self.world.lock().unwrap().under_way_max
    }
}

/// Counts an attempt as under way until it is dropped.
struct UnderWay(Arc<Mutex<World>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.lock().unwrap().under_way -= 1;
    }
}

impl Check for FakeNetwork {
    async fn check(&self, probe: &Probe) -> CheckResult {
        let target = probe.target;
        let behaviour = {
            let mut world = self.world.lock().unwrap();
            world.attempts.push((target.port(), self.began.elapsed()));
            world.under_way += 1;
            world.under_way_max = world.under_way_max.max(world.under_way);
            world
                .ports
                .get(&target.port())
                .copied()
                .unwrap_or(Behaviour::Silent)
        };
        let _under_way = UnderWay(Arc::clone(&self.world));
        match behaviour {
            Behaviour::Accepts => Ok(Ok(())),
            Behaviour::Refuses => Ok(Err(Failure::FailedHealthChecks)),
            Behaviour::HostFault => Err(io::ErrorKind::AddrNotAvailable.into()),
            Behaviour::Silent => std::future::pending().await,
        }
    }
}

struct Bench {
    network: FakeNetwork,
    wanted: watch::Sender<BTreeMap<u16, Wanted>>,
    transitions: mpsc::Receiver<Transition<u16>>,
}

impl Bench {
    fn new(ports: &[(u16, Behaviour)]) -> Self {
        let network = FakeNetwork::new(ports);
        let (wanted, receiver) = watch::channel(BTreeMap::new());
        let (sender, transitions) = mpsc::channel(64);
        tokio::spawn(supervise(receiver, network.clone(), sender));
        Self {
            network,
            wanted,
            transitions,
        }
    }

    fn set(&self, probes: &[(u16, Probe)]) {
        self.set_anew(probes, 1);
    }

    fn set_anew(&self, probes: &[(u16, Probe)], appearance: u64) {
        let wanted = |(key, probe): &(u16, Probe)| (*key, wanted(probe, appearance));
        self.wanted
            .send_replace(probes.iter().map(wanted).collect());
    }

    /// The next transition: its key, its state, and when, since the beginning.
    async fn next(&mut self) -> (u16, State, Duration) {
        let transition = self.transitions.recv().await.unwrap();
        (
            transition.key,
            transition.state,
            self.network.began.elapsed(),
        )
    }

    /// Whether nothing is told for so long.
    async fn is_silent_for(&mut self, time: Duration) -> bool {
        timeout(time, self.transitions.recv()).await.is_err()
    }
}

fn wanted(probe: &Probe, appearance: u64) -> Wanted {
    Wanted {
        probe: probe.clone(),
        appearance,
    }
}

fn probe(port: u16) -> Probe {
    Probe {
        source: Ipv6Addr::LOCALHOST,
        target: SocketAddrV6::new(Ipv6Addr::LOCALHOST, port, 0, 0),
        kind: ProbeKind::Tcp,
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(10),
        healthy_threshold: 5,
        unhealthy_threshold: 2,
    }
}

const REFUSED: State = State::Unhealthy(Failure::FailedHealthChecks);
const SILENT: State = State::Unhealthy(Failure::Timeout);

#[tokio::test(start_paused = true)]
async fn a_target_that_answers_is_healthy_within_about_a_second() {
    let mut bench = Bench::new(&[(80, Behaviour::Accepts)]);
    bench.set(&[(80, probe(80))]);
    let (key, state, at) = bench.next().await;
    assert_eq!((key, state), (80, State::Healthy));
    assert!(at <= Duration::from_secs(1), "{at:?}");
    assert!(bench.network.attempts(80)[0] <= INITIAL_INTERVAL / 4);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_starts_slowly_stays_initial_meanwhile() {
    let mut bench = Bench::new(&[(80, Behaviour::Refuses)]);
    bench.set(&[(80, probe(80))]);
    assert!(bench.is_silent_for(Duration::from_secs(20)).await);
    bench.network.set(80, Behaviour::Accepts);
    let (_, state, at) = bench.next().await;
    assert_eq!(state, State::Healthy);
    assert!(at <= Duration::from_secs(22), "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_never_answers_becomes_unhealthy_at_its_own_pace() {
    let mut bench = Bench::new(&[(80, Behaviour::Refuses), (81, Behaviour::Silent)]);
    bench.set(&[(80, probe(80)), (81, probe(81))]);
    for _ in 0..2 {
        let (key, state, at) = bench.next().await;
        assert_eq!(state, if key == 80 { REFUSED } else { SILENT });
        assert!(
            at >= Duration::from_secs(30) && at <= Duration::from_secs(41),
            "{key} {at:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_healthy_target_is_checked_at_its_interval_and_fails_by_its_threshold() {
    let mut bench = Bench::new(&[(80, Behaviour::Accepts)]);
    bench.set(&[(80, probe(80))]);
    let (_, _, healthy_at) = bench.next().await;
    bench.network.set(80, Behaviour::Silent);
    let (_, state, at) = bench.next().await;
    assert_eq!(state, SILENT);
    // At most a first interval, a second one, and a timeout.
    assert!(at - healthy_at <= Duration::from_secs(70), "{at:?}");
    let attempts = bench.network.attempts(80);
    let gaps: Vec<Duration> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (initial, regular) = gaps.split_at(4);
    assert!(
        initial.iter().all(|gap| *gap < Duration::from_millis(210)),
        "{initial:?}"
    );
    assert!(regular[0] >= Duration::from_secs(15), "{regular:?}");
    let full = Duration::from_secs(30);
    assert!(
        regular[1..]
            .iter()
            .all(|gap| gap.abs_diff(full) < Duration::from_millis(10))
    );
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_host_changes_no_state() {
    let mut bench = Bench::new(&[(80, Behaviour::Accepts)]);
    bench.set(&[(80, probe(80))]);
    assert_eq!(bench.next().await.1, State::Healthy);
    bench.network.set(80, Behaviour::HostFault);
    assert!(bench.is_silent_for(Duration::from_secs(600)).await);
}

#[tokio::test(start_paused = true)]
async fn the_set_is_followed() {
    let mut bench = Bench::new(&[(80, Behaviour::Accepts), (81, Behaviour::Accepts)]);
    bench.set(&[(1, probe(80))]);
    assert_eq!(bench.next().await.1, State::Healthy);
    // Other thresholds: the state is kept. The same again: nothing happens.
    let patient = Probe {
        unhealthy_threshold: 3,
        ..probe(80)
    };
    for _ in 0..2 {
        bench.set(&[(1, patient.clone())]);
        assert!(bench.is_silent_for(Duration::from_secs(120)).await);
    }
    // Another target under the same key begins anew.
    bench.set(&[(1, probe(81))]);
    let transition = bench.transitions.recv().await.unwrap();
    assert_eq!(
        (transition.target.port(), transition.state),
        (81, State::Healthy)
    );
    // Nothing is checked that is not wanted.
    bench.set(&[]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = bench.network.attempts(80).len() + bench.network.attempts(81).len();
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(
        bench.network.attempts(80).len() + bench.network.attempts(81).len(),
        before
    );
}

#[tokio::test(start_paused = true)]
async fn asking_something_else_begins_anew_for_those_who_are_asked() {
    let asks = |path: &str| Probe {
        kind: ProbeKind::Http(Arc::new(HttpGet {
            host: SocketAddrV4::new([10, 0, 1, 9].into(), 80),
            path: path.to_owned(),
            matcher: StatusMatcher::default(),
        })),
        ..probe(80)
    };
    let mut bench = Bench::new(&[(80, Behaviour::Accepts), (81, Behaviour::Accepts)]);
    bench.set(&[(1, asks("/")), (2, probe(81))]);
    for _ in 0..2 {
        assert_eq!(bench.next().await.1, State::Healthy);
    }
    // The same once more, in an allocation of its own: nothing happens.
    bench.set(&[(1, asks("/")), (2, probe(81))]);
    assert!(bench.is_silent_for(Duration::from_secs(120)).await);
    for kind in [asks("/health"), probe(80)] {
        let others = bench.network.attempts(81).len();
        bench.set(&[(1, kind), (2, probe(81))]);
        let before = bench.network.began.elapsed();
        let (key, state, at) = bench.next().await;
        assert_eq!((key, state), (1, State::Healthy));
        assert!(at - before <= Duration::from_secs(1), "{at:?}");
        assert!(bench.network.attempts(81).len() <= others + 1);
        assert!(bench.is_silent_for(Duration::from_secs(120)).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_was_gone_in_between_begins_anew() {
    let mut bench = Bench::new(&[(80, Behaviour::Accepts)]);
    bench.set(&[(1, probe(80))]);
    assert_eq!(bench.next().await.1, State::Healthy);
    // Neither set is seen by itself.
    bench.set(&[]);
    bench.set_anew(&[(1, probe(80))], 2);
    assert_eq!(bench.next().await.1, State::Healthy);
    assert!(bench.is_silent_for(Duration::from_secs(120)).await);
}

#[tokio::test(start_paused = true)]
async fn checks_under_way_are_bounded_and_all_get_their_turn() {
    let mut bench = Bench::new(&[(80, Behaviour::Silent)]);
    let keys = 0..u16::try_from(CHECKS_MAX * 3).unwrap();
    let short = Probe {
        timeout: Duration::from_secs(2),
        ..probe(80)
    };
    let probes: Vec<_> = keys.clone().map(|key| (key, short.clone())).collect();
    bench.set(&probes);
    let mut failed = BTreeSet::new();
    while failed.len() < keys.len() {
        let (key, state, _) = bench.next().await;
        assert_eq!(state, SILENT);
        failed.insert(key);
    }
    assert_eq!(bench.network.under_way_max(), CHECKS_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_slow_receiver_loses_nothing() {
    let network = FakeNetwork::new(&[(80, Behaviour::Accepts)]);
    let (wanted, receiver) = watch::channel(BTreeMap::new());
    let (sender, mut transitions) = mpsc::channel(1);
    tokio::spawn(supervise(receiver, network.clone(), sender));
    let probes = (0..20u16).map(|key| (key, self::wanted(&probe(80), 1)));
    wanted.send_replace(probes.collect());
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mut healthy = BTreeSet::new();
    while healthy.len() < 20 {
        healthy.insert(transitions.recv().await.unwrap().key);
    }
}

#[tokio::test(start_paused = true)]
async fn everything_ends_with_the_sender() {
    let mut bench = Bench::new(&[(80, Behaviour::Silent)]);
    bench.set(&[(80, probe(80))]);
    assert!(bench.is_silent_for(Duration::from_secs(5)).await);
    let (unused, _) = watch::channel(BTreeMap::new());
    drop(std::mem::replace(&mut bench.wanted, unused));
    assert!(bench.transitions.recv().await.is_none());
}
