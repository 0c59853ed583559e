//! Health checks: whether something accepts connections at an address of a virtual network (TCP), or answers
//! a request there with a status that means healthy (HTTP).
//!
//! The checks run on a thread that stands in the fabric, so that their sockets do: a check connects from
//! a load balancer node's fabric address to a target's, and the data plane treats it like any flow of
//! that node, security groups included. What is checked is a set that is given as a whole
//! ([`Prober::set`]); what is told are changes of a target's state, over a bounded channel.
//!
//! Not here: which targets there are, and what follows from their state. Invariant: a fault of the host
//! (no file descriptors, no route) never makes a target unhealthy.
//! Source: AWS, "Health checks for Network Load Balancer target groups".

mod health;
mod http;
mod supervise;
mod tcp;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use plan::ProbeKind;
use tokio::sync::{mpsc, watch};

pub use self::health::{Failure, State};
use self::supervise::{Check, CheckResult, supervise};
use crate::netns::{Netns, NetnsError};

/// Checks under way at one time; others wait for their turn. Below a common limit of 1,024 open files.
pub const CHECKS_MAX: usize = 256;

/// Transitions that wait for the receiver; checks whose targets change state then wait too.
pub const TRANSITIONS_MAX: usize = 1024;

/// Time between two checks of a target whose state is not known yet; the probe's own interval if that is shorter.
pub const INITIAL_INTERVAL: Duration = Duration::from_millis(200);

/// One thing to check.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Probe {
    /// The checking node's own fabric address.
    pub source: Ipv6Addr,
    /// The target's fabric address, and the port to connect to.
    pub target: SocketAddrV6,
    /// What is asked there.
    pub kind: ProbeKind,
    /// Time from one check to the next.
    pub interval: Duration,
    /// When a check without answer, or whose answer has not come to its end, has failed.
    pub timeout: Duration,
    /// Consecutive successes that make a target healthy.
    pub healthy_threshold: u32,
    /// Consecutive failures that make a target unhealthy.
    pub unhealthy_threshold: u32,
}

/// A target's state has changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Transition<K> {
    /// The probe's key.
    pub key: K,
    /// The target that was checked: a key may have been given another one meanwhile.
    pub target: SocketAddrV6,
    /// The state that it is in now; never [`State::Initial`].
    pub state: State,
}

/// What keeps a prober from starting.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// The fabric could not be entered.
    #[error(transparent)]
    Netns(#[from] NetnsError),
    /// There is no reactor to wait with.
    #[error("cannot start a runtime for health checks")]
    Runtime(#[source] io::Error),
}

/// Runs checks until it is dropped. Keys order the probes and give each its place in time.
#[derive(Debug)]
pub struct Prober<K> {
    wanted: watch::Sender<BTreeMap<K, Wanted>>,
    /// How often probes were set.
    sets: AtomicU64,
}

/// A probe and in which set its key came anew. The supervisor may see only the last of several sets: by this it
/// knows a probe that was gone in between, and begins it again.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Wanted {
    probe: Probe,
    appearance: u64,
}

impl<K: Ord + Hash + Clone + Debug + Send + Sync + 'static> Prober<K> {
    /// Starts with nothing to check. Transitions of one key arrive in order.
    ///
    /// # Errors
    /// No thread could be started inside of `fabric`.
    pub fn start(fabric: &Netns) -> Result<(Self, mpsc::Receiver<Transition<K>>), ProbeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ProbeError::Runtime)?;
        let (wanted, wanted_receiver) = watch::channel(BTreeMap::new());
        let (transitions, transitions_receiver) = mpsc::channel(TRANSITIONS_MAX);
        let run = move || runtime.block_on(supervise(wanted_receiver, Sockets, transitions));
        // The thread ends when this value is dropped.
        drop(fabric.spawn("probe", run)?);
        let prober = Self {
            wanted,
            sets: AtomicU64::new(0),
        };
        Ok((prober, transitions_receiver))
    }

    /// Checks exactly these from now on. A probe that is new, or whose source, target or kind is, starts
    /// in [`State::Initial`]; one whose times or thresholds differ keeps its state; others do not notice.
    pub fn set(&self, probes: BTreeMap<K, Probe>) {
        let set = self.sets.fetch_add(1, Ordering::Relaxed);
        self.wanted.send_if_modified(|wanted| {
            let probes = probes
                .into_iter()
                .map(|(key, probe)| {
                    let appearance = wanted.get(&key).map_or(set, |known| known.appearance);
                    (key, Wanted { probe, appearance })
                })
                .collect();
            let differs = *wanted != probes;
            *wanted = probes;
            differs
        });
    }
}

/// Checks over sockets of the calling thread's network namespace.
#[derive(Clone, Copy)]
struct Sockets;

impl Check for Sockets {
    async fn check(&self, probe: &Probe) -> CheckResult {
        match (tcp::connect(probe.source, probe.target).await?, &probe.kind) {
            (Ok(stream), ProbeKind::Http(get)) => http::get(stream, get).await,
            (Ok(_cut_by_being_dropped), ProbeKind::Tcp) => Ok(Ok(())),
            (Err(failure), ProbeKind::Tcp | ProbeKind::Http(_)) => Ok(Err(failure)),
        }
    }
}
