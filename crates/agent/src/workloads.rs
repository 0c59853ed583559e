//! Instances as wished: links, namespaces and processes, brought there and kept there.
//!
//! Level-triggered: every pass compares what shall be with what is. Each instance is worked on by one task at a
//! time. An instance that never ran is started; one whose first process has ended while its folder stayed has
//! died, and is reported as failed. What runs as wished is gone through again every [`CHECK_INTERVAL`], one instance
//! after another, so that a link or a program that somebody removed comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ipnet::Ipv4Net;
use model::command::{InstanceObservation, InstanceObserved};
use model::{Command, InstanceId};
use plan::{InstancePlan, InstanceWish};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::instance::{InstanceError, Instances, Spec, State};
use crate::names::Names;
use crate::net::{Fabric, NetError, WorkloadLink};
use crate::netns::{self, Netns, NetnsError};
use crate::programs::{AttachError, Programs};

/// Instances that are brought to their wanted state at one time.
const CONCURRENT_MAX: usize = 8;
/// How often it is checked that running instances run.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// How long what is around a running instance is trusted to be as it was left.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// How long an instance's processes may take to end by themselves.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// Instances by id with what shall become of them; none as long as that is not known. (An empty set would mean that
/// every instance found on the host is a stray.)
pub(crate) type Wishes = Option<Arc<BTreeMap<InstanceId, InstanceWish>>>;

/// What keeps an instance from being as wished.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkloadError {
    /// Its processes.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// Its link.
    #[error(transparent)]
    Net(#[from] NetError),
    /// Its namespace.
    #[error(transparent)]
    Netns(#[from] NetnsError),
    /// The program at its link.
    #[error(transparent)]
    Attach(#[from] AttachError),
}

/// What the tasks of all instances share.
#[derive(Clone)]
struct Host {
    names: Names,
    instances: Instances,
    fabric: Arc<Fabric>,
    programs: Arc<Programs>,
}

/// Brings instances to what is wished until the wishes end.
pub(crate) struct Workloads {
    host: Host,
    wishes: watch::Receiver<Wishes>,
    reports: mpsc::Sender<Command>,
    /// Instances that run as wished, as far as this process has seen to it, and when it did.
    settled: BTreeMap<InstanceId, (Arc<InstancePlan>, Instant)>,
    /// The settled instance that is gone through again. One at a time, so that they never delay the others.
    checked: Option<InstanceId>,
    /// What was done about the others last, and when: the same wish is not followed again at once.
    tried: BTreeMap<InstanceId, (Option<InstanceWish>, Instant)>,
    /// What was reported of each last. It is reported again until it is on record, and logged once.
    told: BTreeMap<InstanceId, InstanceObservation>,
    busy: BTreeSet<InstanceId>,
    tasks: JoinSet<(InstanceId, Outcome)>,
}

/// How a task ended.
enum Outcome {
    Runs(Arc<InstancePlan>),
    Died,
    Gone {
        was_wished: bool,
    },
    /// It runs, or may run, and something about it could not be brought to what is wished.
    Unsettled(WorkloadError),
    Failed(WorkloadError),
}

impl Workloads {
    pub(crate) fn new(
        names: Names,
        fabric: Arc<Fabric>,
        programs: Arc<Programs>,
        wishes: watch::Receiver<Wishes>,
        reports: mpsc::Sender<Command>,
    ) -> Self {
        let instances = Instances::new(names.clone());
        Self {
            host: Host {
                names,
                instances,
                fabric,
                programs,
            },
            wishes,
            reports,
            settled: BTreeMap::new(),
            checked: None,
            tried: BTreeMap::new(),
            told: BTreeMap::new(),
            busy: BTreeSet::new(),
            tasks: JoinSet::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        let mut look = tokio::time::interval(LOOK_INTERVAL);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                changed = self.wishes.changed() => if changed.is_err() { return },
                _ = look.tick() => {}
                Some(done) = self.tasks.join_next(), if !self.tasks.is_empty() => match done {
                    Ok((id, outcome)) => self.finish(id, outcome).await,
                    Err(error) => {
                        // Which instance it was is unknown: look at all of them again.
                        tracing::error!(%error, "an instance's task broke off");
                        self.busy.clear();
                        self.checked = None;
                    }
                },
            }
            self.pass();
        }
    }

    /// Starts a task for every instance that is not as wished, as far as there is room.
    fn pass(&mut self) {
        let Some(wishes) = self.wishes.borrow_and_update().clone() else {
            return;
        };
        let seen = match self.host.seen() {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "cannot list instances"
                );
                return;
            }
        };
        self.settled.retain(|id, _| wishes.contains_key(id));
        self.told.retain(|id, _| wishes.contains_key(id));
        self.tried.retain(|_, (_, at)| at.elapsed() < LOOK_INTERVAL);
        for id in wishes.keys().chain(seen.keys()) {
            if self.busy.contains(id) || self.tasks.len() >= CONCURRENT_MAX {
                continue;
            }
            let is_running = matches!(seen.get(id), Some(Some(State::Running { .. })));
            let wish = wishes.get(id).cloned();
            if self.tried.get(id).is_some_and(|(tried, _)| *tried == wish) {
                continue;
            }
            if let Some(InstanceWish::Run(plan)) = &wish
                && is_running
                && let Some((settled, at)) = self.settled.get(id)
                && settled == plan
            {
                if self.checked.is_some() || at.elapsed() < CHECK_INTERVAL {
                    continue;
                }
                self.checked = Some(*id);
            }
            self.busy.insert(*id);
            self.tried.insert(*id, (wish.clone(), Instant::now()));
            let (host, id) = (self.host.clone(), *id);
            self.tasks
                .spawn(async move { (id, host.bring(id, wish).await) });
        }
    }

    async fn finish(&mut self, id: InstanceId, outcome: Outcome) {
        self.busy.remove(&id);
        self.checked.take_if(|checked| *checked == id);
        let observation = match outcome {
            Outcome::Runs(plan) => {
                let is_new = self.settled.insert(id, (plan, Instant::now())).is_none();
                is_new.then_some(InstanceObservation::Running)
            }
            Outcome::Died => Some(InstanceObservation::Failed(
                "Its first process has ended".to_owned(),
            )),
            Outcome::Gone { was_wished } => was_wished.then_some(InstanceObservation::Terminated),
            // What runs is never given up for what may be better at the next try.
            Outcome::Unsettled(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(instance_id = %id, error, "instance runs and is not as wished; trying again");
                None
            }
            Outcome::Failed(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(instance_id = %id, error, "instance is not as wished");
                let wishes = self.wishes.borrow().clone().unwrap_or_default();
                let wanted = matches!(wishes.get(&id), Some(InstanceWish::Run(_)));
                (wanted && !self.settled.contains_key(&id))
                    .then(|| InstanceObservation::Failed(chain(error)))
            }
        };
        if let Some(observation) = observation {
            if self.told.insert(id, observation.clone()).as_ref() != Some(&observation) {
                tracing::info!(instance_id = %id, ?observation, "instance");
            }
            let command = InstanceObserved {
                instance: id,
                observation,
            }
            .into();
            // Nobody listens any more only when everything ends.
            let _ = self.reports.send(command).await;
        }
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl Host {
    /// Instances of which there is anything, with their state where a folder tells it.
    fn seen(&self) -> Result<BTreeMap<InstanceId, Option<State>>, WorkloadError> {
        let namespaces = netns::list(&self.names)?;
        let ids = namespaces
            .iter()
            .filter_map(|name| self.names.instance_of(name));
        let mut seen: BTreeMap<_, _> = ids.map(|id| (id, None)).collect();
        seen.extend(
            self.instances
                .list()?
                .into_iter()
                .map(|observed| (observed.id, Some(observed.state))),
        );
        Ok(seen)
    }

    async fn bring(&self, id: InstanceId, wish: Option<InstanceWish>) -> Outcome {
        let brought = match &wish {
            Some(InstanceWish::Run(plan)) => match self.run(plan).await {
                Err(error) if self.may_run(id) => Ok(Outcome::Unsettled(error)),
                brought => brought,
            },
            Some(InstanceWish::Gone { interface }) => self.remove(id, *interface, true).await,
            None => self.remove(id, None, false).await,
        };
        brought.unwrap_or_else(Outcome::Failed)
    }

    /// Whether the instance has a first process; also when that cannot be found out.
    fn may_run(&self, id: InstanceId) -> bool {
        let seen = self.instances.observe(id);
        seen.map_or(true, |seen| {
            seen.is_some_and(|seen| seen.state.has_process())
        })
    }

    async fn run(&self, plan: &Arc<InstancePlan>) -> Result<Outcome, WorkloadError> {
        if self
            .instances
            .observe(plan.id)?
            .is_some_and(|seen| seen.state == State::Stopped)
        {
            return Ok(Outcome::Died);
        }
        let name = self.names.instance_netns(plan.id);
        let netns = match self.instances.netns(plan.id)? {
            Some(own) => Netns::ensure_of(&name, &own)?,
            None => Netns::ensure(&name)?,
        };
        let address = Ipv4Net::new_assert(plan.address, plan.prefix_len.min(32));
        let link = WorkloadLink {
            iface: plan.interface,
            address,
            router: plan.router,
        };
        self.fabric.ensure_workload(&link, &netns).await?;
        self.programs.attach_workload(plan.interface)?;
        let spec = Spec {
            id: plan.id,
            hostname: plan.hostname.clone(),
            domain: plan.search_domain.clone(),
            address: plan.address,
            nameserver: plan.resolver,
            user_data: plan.user_data.clone(),
        };
        self.instances.spawn(&spec).await?;
        Ok(Outcome::Runs(Arc::clone(plan)))
    }

    async fn remove(
        &self,
        id: InstanceId,
        interface: Option<u32>,
        was_wished: bool,
    ) -> Result<Outcome, WorkloadError> {
        self.instances.stop(id, STOP_GRACE).await?;
        if let Some(interface) = interface {
            self.fabric.delete_workload(interface).await?;
            self.programs.forget_workload(interface)?;
        }
        netns::delete(&self.names.instance_netns(id))?;
        self.instances.remove(id)?;
        Ok(Outcome::Gone { was_wished })
    }
}
