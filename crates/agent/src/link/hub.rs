//! Where everything of the link meets: what the control plane says, what is found on the host, and the copy of the state.
//!
//! One task, which waits for nobody: what is to be said is chosen when there is room to say it, and of each thing only
//! the newest is kept until then.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::{Change, Command, Key, Timestamp};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::connection::{Connector, Event, Said};
use super::log::LogRing;
use super::message::{Counts, Hello, ToControl};
use super::replica::Replica;
use super::reports::Reports;
use super::slot::LinkFeed;
use crate::reconcile::{REPORTS_MAX, Version};

/// How long a control plane may record nothing of what it has been told. Then it is no longer waited for: reports take
/// effect here until it, or another one, connects.
pub const RECORD_PATIENCE: Duration = Duration::from_secs(5);
/// What connections have said and is not dealt with yet; they wait when it is more.
const EVENTS_MAX: usize = 16;
/// Questions for counts that are worked on, or answered and not yet told. More get no answer.
const COUNTS_MAX: usize = 16;
/// Log lines in one message: even of the longest ones, with every byte escaped, they make no more than a frame.
const LOG_LINES_MAX: usize = 32;

/// What tells the kernel's counts. It may block.
pub trait Counters: Send + Sync + 'static {
    /// The counts of now.
    ///
    /// # Errors
    /// Why there are none, in words.
    fn counts(&self) -> Result<Counts, String>;
}

/// The control plane that is followed, or that is about to be.
struct Peer {
    /// Its connection's number; also the source of its versions.
    number: u64,
    outbound: mpsc::Sender<ToControl>,
    /// The connection ends when this is dropped.
    _connection: oneshot::Sender<()>,
    /// Number of the last report that it was told.
    told: u64,
    /// Reports up to this number are told before it is said that all are; none when that is said.
    catching_up: Option<u64>,
    /// Whether its state has come.
    is_followed: bool,
    /// The newest revision that it knows the kernel follows.
    applied: u64,
    counts: Vec<(u64, Result<Counts, String>)>,
    changes: Vec<Change>,
    is_snapshot: bool,
    /// When it recorded something last, or was to be told something while nothing was open.
    progress: Instant,
}

impl Peer {
    /// Its state has come: from now on it is waited for.
    fn follows(&mut self) {
        self.is_followed = true;
        self.progress = Instant::now();
    }
}

/// The agent's side of the link. See [`crate::link`].
pub struct Link {
    events: mpsc::Receiver<Event>,
    found: mpsc::Receiver<Command>,
    applied: watch::Receiver<Version>,
    counters: Arc<dyn Counters>,
    log: LogRing,
    feed: LinkFeed,
    replica: Option<Replica>,
    reports: Reports,
    peer: Option<Peer>,
    counting: JoinSet<(u64, u64, Result<Counts, String>)>,
}

/// What [`Link::open`] makes: the link, and the ends of it for others.
pub struct Ends {
    /// To be [run](Link::run).
    pub link: Link,
    /// Takes connections.
    pub connector: Connector,
    /// The state, for the main loop.
    pub feed: LinkFeed,
    /// The main loop's reports go here.
    pub reports: mpsc::Sender<Command>,
    /// What the kernel follows goes here.
    pub applied: watch::Sender<Version>,
}

impl Link {
    /// A link without a peer and without a state.
    pub fn open(hello: Hello, counters: Arc<dyn Counters>, log: LogRing) -> Ends {
        let (events_sender, events) = mpsc::channel(EVENTS_MAX);
        let (reports, found) = mpsc::channel(REPORTS_MAX);
        let (applied_sender, applied) = watch::channel(Version::default());
        let feed = LinkFeed::default();
        let link = Self {
            events,
            found,
            applied,
            counters,
            log,
            feed: feed.clone(),
            replica: None,
            reports: Reports::default(),
            peer: None,
            counting: JoinSet::new(),
        };
        Ends {
            link,
            connector: Connector::new(hello, events_sender),
            feed,
            reports,
            applied: applied_sender,
        }
    }

    /// Serves until nobody is left who could report.
    pub async fn run(mut self) {
        loop {
            let outbound = self.peer.as_ref().map(|peer| peer.outbound.clone());
            let has_message = self.has_message();
            let deadline = self.deadline();
            tokio::select! {
                event = self.events.recv() => match event {
                    Some(event) => self.hear(event),
                    None => return,
                },
                found = self.found.recv() => match found {
                    Some(report) => self.find(&report),
                    None => return,
                },
                Ok(()) = self.applied.changed() => {}
                () = self.log.arrived() => {}
                Some(Ok((peer, question, counts))) = self.counting.join_next() => {
                    if let Some(peer) = self.peer.as_mut().filter(|known| known.number == peer) {
                        peer.counts.push((question, counts));
                    }
                }
                // A connection that has ended tells so by itself.
                Ok(permit) = room(outbound), if has_message => {
                    if let Some(message) = self.next_message() {
                        permit.send(message);
                    }
                }
                () = until(deadline) => {
                    tracing::warn!("the control plane records nothing; going on without it");
                    self.leave();
                }
            }
        }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Follows {
                number,
                outbound,
                connection,
            } => {
                self.leave();
                self.peer = Some(Peer {
                    number,
                    outbound,
                    _connection: connection,
                    told: 0,
                    catching_up: Some(self.reports.last()),
                    is_followed: false,
                    applied: 0,
                    counts: Vec::new(),
                    changes: Vec::new(),
                    is_snapshot: false,
                    progress: Instant::now(),
                });
            }
            Event::Says { number, said } => {
                if self.peer.as_ref().is_some_and(|peer| peer.number == number) {
                    self.obey(said);
                }
            }
            Event::Leaves { number } => {
                if self.peer.as_ref().is_some_and(|peer| peer.number == number) {
                    tracing::info!("the control plane has gone; going on without it");
                    self.leave();
                }
            }
        }
    }

    fn obey(&mut self, said: Said) {
        let Some(peer) = &mut self.peer else { return };
        match said {
            Said::Snapshot => {
                peer.changes.clear();
                peer.is_snapshot = true;
            }
            Said::Changes(changes) => match &self.replica {
                Some(replica) if peer.is_snapshot => peer
                    .changes
                    .extend(changes.into_iter().map(|change| replica.shared(change))),
                Some(_) | None => peer.changes.extend(changes),
            },
            Said::Commit { revision } => self.commit(revision),
            Said::Recorded { number } => {
                peer.progress = Instant::now();
                self.reports.recorded(number);
            }
            Said::Count { question } => {
                let number = peer.number;
                if self.counting.len() + peer.counts.len() >= COUNTS_MAX {
                    return;
                }
                let counters = Arc::clone(&self.counters);
                self.counting
                    .spawn_blocking(move || (number, question, counters.counts()));
            }
        }
    }

    /// Takes over what the control plane has sent for a revision.
    fn commit(&mut self, revision: u64) {
        let Some(peer) = &mut self.peer else { return };
        let changes = std::mem::take(&mut peer.changes);
        let version = Version {
            source: peer.number,
            revision,
        };
        let is_snapshot = std::mem::take(&mut peer.is_snapshot);
        match &mut self.replica {
            Some(replica) if is_snapshot => {
                peer.follows();
                let keys = replica.replace(&changes, version);
                self.feed.put(replica.desired(Some(keys)));
            }
            None if is_snapshot => {
                peer.follows();
                let replica = self.replica.insert(Replica::new(&changes, version));
                self.feed.put(replica.desired(None));
            }
            Some(replica) if peer.is_followed => {
                let keys = replica.commit(&changes, version);
                self.feed.put(replica.desired(Some(keys)));
            }
            Some(_) | None => {
                tracing::warn!("the control plane sends changes of a state that it has not sent");
                self.leave();
            }
        }
    }

    /// Takes down what was found on the host.
    fn find(&mut self, report: &Command) {
        let is_waiting = self.deadline().is_some();
        if !self.reports.add(report) {
            return;
        }
        match &mut self.peer {
            Some(peer) if peer.is_followed => {
                if !is_waiting {
                    peer.progress = Instant::now();
                }
            }
            Some(_) | None => self.take_effect(std::slice::from_ref(report)),
        }
    }

    /// Lets go of the control plane: what it has not recorded takes effect here.
    fn leave(&mut self) {
        if self.peer.take().is_some_and(|peer| peer.is_followed) {
            let open: Vec<Command> = self.reports.iter().cloned().collect();
            self.take_effect(&open);
        }
    }

    fn take_effect(&mut self, reports: &[Command]) {
        let Some(replica) = &mut self.replica else {
            return;
        };
        let now = now();
        let changed: Vec<Key> = reports
            .iter()
            .flat_map(|report| replica.record(report, now))
            .collect();
        if !changed.is_empty() {
            self.feed.put(replica.desired(Some(changed)));
        }
    }

    /// When the control plane is no longer waited for, if it is.
    fn deadline(&self) -> Option<Instant> {
        let peer = self.peer.as_ref().filter(|peer| peer.is_followed)?;
        let (oldest, _) = self.reports.after(0)?;
        (oldest <= peer.told).then(|| peer.progress + RECORD_PATIENCE)
    }

    fn has_message(&self) -> bool {
        self.peer.as_ref().is_some_and(|peer| {
            !peer.counts.is_empty()
                || peer.catching_up.is_some()
                || self.newly_applied(peer).is_some()
                || self.reports.after(peer.told).is_some()
                || !self.log.is_empty()
        })
    }

    fn newly_applied(&self, peer: &Peer) -> Option<u64> {
        let Version { source, revision } = *self.applied.borrow();
        (source == peer.number && revision > peer.applied).then_some(revision)
    }

    /// What the control plane is to be told next.
    fn next_message(&mut self) -> Option<ToControl> {
        let revision = self.peer.as_ref().and_then(|peer| self.newly_applied(peer));
        let peer = self.peer.as_mut()?;
        if let Some((question, counts)) = peer.counts.pop() {
            return Some(ToControl::Counts { question, counts });
        }
        if let Some(revision) = revision {
            peer.applied = revision;
            return Some(ToControl::Applied { revision });
        }
        let report = self.reports.after(peer.told);
        if let Some(mark) = peer.catching_up
            && report.is_none_or(|(number, _)| number > mark)
        {
            peer.catching_up = None;
            return Some(ToControl::CaughtUp);
        }
        if let Some((number, report)) = report {
            peer.told = number;
            return ToControl::report(number, report);
        }
        let (lost, lines) = self.log.take(LOG_LINES_MAX);
        Some(ToControl::Log { lost, lines })
    }
}

/// A place for one message; never without a peer.
async fn room(
    outbound: Option<mpsc::Sender<ToControl>>,
) -> Result<mpsc::OwnedPermit<ToControl>, mpsc::error::SendError<()>> {
    match outbound {
        Some(outbound) => outbound.reserve_owned().await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    Timestamp::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}
