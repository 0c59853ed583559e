//! The agent's main loop: state in, kernel brought after it, reports out.
//!
//! Each pass takes everything that has changed meanwhile, compiles it, writes the tables, and only then tells what
//! is true. A write that fails leaves the tables in doubt; the next pass reads what the kernel holds and writes the
//! difference. Invariant: a report is sent only after the tables that it speaks of are in the kernel.

use std::sync::Arc;
use std::time::Duration;

use dns::Upstreams;
use futures_util::FutureExt;
use model::{Command, Key, State};
use plan::{Compiler, Report};
use tokio::sync::{mpsc, watch};

use crate::health::{self, Findings, ProbeKey};
use crate::names::Names;
use crate::net::{Fabric, NetError};
use crate::probe::{ProbeError, Prober, Transition};
use crate::programs::{AttachError, Programs, ProgramsOptions};
use crate::resolver::{Resolver, ResolverError};
use crate::workloads::{Wishes, Workloads};

/// Reports that wait to be recorded.
pub const REPORTS_MAX: usize = 1024;
/// How long a pass that failed waits for its next try, unless there is news: at first and at most. It compiles and reads
/// everything.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
/// How long a report may take to be recorded before it is sent again.
const REPORT_AGAIN_AFTER: Duration = Duration::from_secs(3);
/// How long the search for expired flows rests. It reads the whole table: that costs more than what
/// it finds is worth, unless room gets scarce.
const REAP_REST: Duration = Duration::from_secs(5);
/// The same while less than half of the flow table is free.
const REAP_REST_CROWDED: Duration = Duration::from_secs(1);

/// How an agent starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the installation's things are called.
    pub names: Names,
    /// The BPF programs and their maps.
    pub programs: ProgramsOptions,
    /// Which resolvers are asked about names that are not ours.
    pub upstreams: Upstreams,
}

/// Lets whoever waits for this processor have it. Between the parts of what is done for each change: somebody who was woken
/// here, with a request in hand, would otherwise wait for the end of a time slice, even while another processor is idle.
pub(crate) fn give_way() {
    std::thread::yield_now();
}

/// Which state it is. Revisions of different sources have nothing to do with each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Who gave it.
    pub source: u64,
    /// Their revision of it.
    pub revision: u64,
}

/// What the state has become.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The state.
    pub state: Arc<State>,
    /// Its version. What the host itself has found changes the state without changing this.
    pub version: Version,
    /// Keys of what differs from the state given before; `None`: anything may.
    pub changed: Option<Vec<Key>>,
}

impl Desired {
    /// This and a later one as one.
    #[must_use]
    pub(crate) fn followed_by(self, later: Self) -> Self {
        let changed = match (self.changed, later.changed) {
            (Some(mut earlier), Some(later)) => {
                earlier.extend(later);
                Some(earlier)
            }
            (None, _) | (_, None) => None,
        };
        Self { changed, ..later }
    }
}

/// Where the agent learns what the host shall be.
pub trait Feed: Send + 'static {
    /// The next state; none when there will be no other. Safe to cancel.
    fn next(&mut self) -> impl Future<Output = Option<Desired>> + Send;
}

/// What keeps an agent from starting.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The fabric.
    #[error("cannot bring up the fabric")]
    Fabric(#[source] NetError),
    /// The BPF programs.
    #[error(transparent)]
    Programs(#[from] AttachError),
    /// The health checks.
    #[error("cannot start health checks")]
    Prober(#[source] ProbeError),
    /// The resolver.
    #[error("cannot start the resolver")]
    Resolver(#[from] ResolverError),
}

/// One host's agent, started: the fabric is up and its programs are attached.
pub struct Agent {
    names: Names,
    fabric: Arc<Fabric>,
    programs: Arc<Programs>,
    prober: Prober<ProbeKey>,
    transitions: mpsc::Receiver<Transition<ProbeKey>>,
    resolver: Resolver,
}

impl Agent {
    /// Brings up what does not depend on the state, adopting whatever an earlier agent left.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options {
            names,
            programs,
            upstreams,
        } = options;
        let (fabric, _) = Fabric::ensure(&names).await.map_err(StartError::Fabric)?;
        let fabric = Arc::new(fabric);
        let programs = Programs::open(&names, programs, Arc::clone(&fabric))?;
        programs.attach_fabric()?;
        let (prober, transitions) = Prober::start(fabric.netns()).map_err(StartError::Prober)?;
        let resolver = Resolver::start(fabric.netns(), upstreams)?;
        Ok(Self {
            names,
            fabric,
            programs: Arc::new(programs),
            prober,
            transitions,
            resolver,
        })
    }

    /// What the kernel counts, for status reports.
    pub fn programs(&self) -> Arc<Programs> {
        Arc::clone(&self.programs)
    }

    /// Follows `feed` until it ends. `applied` always holds the newest version that the kernel follows.
    pub async fn run(
        self,
        mut feed: impl Feed,
        reports: mpsc::Sender<Command>,
        applied: watch::Sender<Version>,
    ) {
        let Self {
            names,
            fabric,
            programs,
            prober,
            transitions,
            resolver,
        } = self;
        let (wish, wishes) = watch::channel(Wishes::default());
        let workloads = Workloads::new(
            names,
            fabric,
            Arc::clone(&programs),
            wishes,
            reports.clone(),
        );
        let workloads = tokio::spawn(workloads.run());
        let findings = Findings::new(REPORT_AGAIN_AFTER);
        let observer = tokio::spawn(forward(transitions, findings.clone(), reports.clone()));
        let reaper = tokio::spawn(reap(Arc::clone(&programs)));
        if let Some(first) = feed.next().await {
            let mut host = Host {
                compiler: Compiler::new(),
                programs,
                prober,
                resolver,
                wish,
                findings,
                in_doubt: true,
                retry_after: Duration::ZERO,
                is_behind: false,
            };
            host.follow(first, &mut feed, &reports, &applied).await;
        }
        for task in [workloads, observer, reaper] {
            task.abort();
        }
    }
}

/// What a pass works with.
struct Host {
    compiler: Compiler,
    programs: Arc<Programs>,
    prober: Prober<ProbeKey>,
    resolver: Resolver,
    wish: watch::Sender<Wishes>,
    findings: Findings,
    /// Whether the record differs from what health checks found.
    is_behind: bool,
    /// Whether the kernel's tables may differ from the last plan.
    in_doubt: bool,
    /// How long the last pass waits for its next try, if it failed.
    retry_after: Duration,
}

impl Host {
    /// Passes until the feed ends or nobody takes reports any more.
    async fn follow(
        &mut self,
        first: Desired,
        feed: &mut impl Feed,
        reports: &mpsc::Sender<Command>,
        applied: &watch::Sender<Version>,
    ) {
        let mut desired = Desired {
            changed: None,
            ..first
        };
        loop {
            let Desired { version, state, .. } = desired.clone();
            match self.pass(desired) {
                Ok(due) => {
                    self.retry_after = Duration::ZERO;
                    applied.send_replace(version);
                    for command in due {
                        if reports.send(command).await.is_err() {
                            return;
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(
                        error = &*error,
                        "the data plane does not follow; trying again"
                    );
                    self.in_doubt = true;
                    let (first, most) = RETRY_AFTER;
                    self.retry_after = (self.retry_after * 2).clamp(first, most);
                }
            }
            let next = match tokio::time::timeout(self.patience(), feed.next()).await {
                Ok(next) => next,
                // Nothing new, and yet something is not as it should be: the same again.
                Err(_) => Some(Desired {
                    state,
                    version,
                    changed: Some(Vec::new()),
                }),
            };
            let Some(mut next) = next else { return };
            while let Some(Some(later)) = feed.next().now_or_never() {
                next = next.followed_by(later);
            }
            desired = next;
        }
    }

    /// How long to wait for news before trying again.
    fn patience(&self) -> Duration {
        if self.in_doubt {
            self.retry_after
        } else if self.compiler.plan().reports.is_empty() && !self.is_behind {
            Duration::MAX
        } else {
            REPORT_AGAIN_AFTER
        }
    }

    /// Compiles and writes; gives the reports that are due: the new ones, or all when there is nothing new, in case
    /// one was lost on its way.
    fn pass(
        &mut self,
        desired: Desired,
    ) -> Result<Vec<Command>, Box<dyn std::error::Error + Send + Sync>> {
        let Desired {
            state,
            version,
            changed,
        } = desired;
        let state = State::clone(&state);
        give_way();
        let (due, writes) = if self.in_doubt {
            let ops = self.start_anew(state)?;
            (self.compiler.plan().reports.clone(), ops)
        } else {
            let step = self.compiler.update(state, changed.as_deref())?;
            give_way();
            self.programs.apply(&step.ops)?;
            let all = || self.compiler.plan().reports.clone();
            let due = if step.units.is_empty() {
                all()
            } else {
                step.reports
            };
            (due, step.ops.len())
        };
        give_way();
        let plan = self.compiler.plan();
        self.resolver.serve(plan.names.clone());
        self.prober.set(health::probes(&plan.probes));
        let (mut commands, is_behind) = self.findings.compare(&plan.probes);
        self.is_behind = is_behind;
        commands.extend(due.into_iter().map(Report::command));
        self.wish.send_if_modified(|wishes| {
            let differs = wishes.as_deref() != Some(&plan.instances);
            if differs {
                *wishes = Some(Arc::new(plan.instances.clone()));
            }
            differs
        });
        tracing::debug!(
            revision = version.revision,
            writes,
            "the data plane follows"
        );
        Ok(commands)
    }

    /// Compiles everything, and writes what the kernel does not hold yet; how many writes that takes.
    fn start_anew(
        &mut self,
        state: State,
    ) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        let tables = self.compiler.restart(state)?;
        let ops = datapath::diff(&self.programs.read_tables()?, &tables);
        self.programs.apply(&ops)?;
        self.in_doubt = false;
        Ok(ops.len())
    }
}

async fn forward(
    mut transitions: mpsc::Receiver<Transition<ProbeKey>>,
    findings: Findings,
    reports: mpsc::Sender<Command>,
) {
    while let Some(transition) = transitions.recv().await {
        tracing::info!(target = %transition.key.0.id, state = ?transition.state, "target's health");
        if reports.send(findings.note(&transition)).await.is_err() {
            return;
        }
    }
}

async fn reap(programs: Arc<Programs>) {
    loop {
        let searched = Arc::clone(&programs);
        let mut rest = REAP_REST;
        match tokio::task::spawn_blocking(move || searched.reap()).await {
            Ok(Ok(reaped)) => {
                if reaped.removed > 0 {
                    tracing::debug!(removed = reaped.removed, "expired flows removed");
                }
                if programs.is_crowded(reaped.scanned.saturating_sub(reaped.removed)) {
                    rest = REAP_REST_CROWDED;
                }
            }
            Ok(Err(error)) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot remove expired flows"
            ),
            Err(error) => tracing::error!(%error, "removing expired flows broke off"),
        }
        tokio::time::sleep(rest).await;
    }
}
