//! The checks of a set of probes, side by side.
//!
//! Each probe has a task: check, count, tell, sleep. The supervisor only starts and ends tasks as the set
//! changes. Written over any way to check, so that its course in time can be tested without sockets.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::health::{Failure, Health, State};
use super::{CHECKS_MAX, INITIAL_INTERVAL, Probe, Transition, Wanted};

/// What a check found out. The outer error says that nothing was learned of the target: the host's own fault.
pub(super) type CheckResult = Result<Result<(), Failure>, io::Error>;

/// A way to check.
pub(super) trait Check: Clone + Send + Sync + 'static {
    /// One check, without regard to the time it takes; it may be given up at any time.
    fn check(&self, probe: &Probe) -> impl Future<Output = CheckResult> + Send;
}

/// A probe's task. Dropping it ends the task.
struct Running {
    probe: watch::Sender<Probe>,
    appearance: u64,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        tracing::debug!(target = %self.probe.borrow().target, "checks end");
        self.task.abort();
    }
}

/// Keeps a task for each wanted probe, until the sender of `wanted` is gone.
pub(super) async fn supervise<K, C>(
    mut wanted: watch::Receiver<BTreeMap<K, Wanted>>,
    check: C,
    transitions: mpsc::Sender<Transition<K>>,
) where
    K: Ord + Hash + Clone + Debug + Send + Sync + 'static,
    C: Check,
{
    let permits = Arc::new(Semaphore::new(CHECKS_MAX));
    let mut running: BTreeMap<K, Running> = BTreeMap::new();
    loop {
        let probes = wanted.borrow_and_update().clone();
        running.retain(|key, running| {
            let probe = running.probe.borrow();
            let asks_the_same = |new: &Probe| {
                (new.source, new.target, &new.kind) == (probe.source, probe.target, &probe.kind)
            };
            probes.get(key).is_some_and(|new| {
                new.appearance == running.appearance && asks_the_same(&new.probe)
            })
        });
        for (key, Wanted { probe, appearance }) in probes {
            if let Some(running) = running.get(&key) {
                running.probe.send_if_modified(|old| {
                    let differs = *old != probe;
                    *old = probe;
                    differs
                });
                continue;
            }
            tracing::debug!(?key, target = %probe.target, "checks begin");
            let (sender, receiver) = watch::channel(probe);
            let checks = Checks {
                key: key.clone(),
                probe: receiver,
                check: check.clone(),
                permits: Arc::clone(&permits),
                transitions: transitions.clone(),
            };
            let task = tokio::spawn(checks.run()).abort_handle();
            running.insert(
                key,
                Running {
                    probe: sender,
                    appearance,
                    task,
                },
            );
        }
        if wanted.changed().await.is_err() {
            return;
        }
    }
}

/// The checks of one probe.
struct Checks<K, C> {
    key: K,
    probe: watch::Receiver<Probe>,
    check: C,
    permits: Arc<Semaphore>,
    transitions: mpsc::Sender<Transition<K>>,
}

impl<K: Hash + Clone + Debug, C: Check> Checks<K, C> {
    async fn run(mut self) {
        let place = place_of(&self.key);
        let begun = Instant::now();
        let mut health = Health::NEW;
        // Checks of many probes that were set together do not all begin in one moment.
        sleep_until(begun + (INITIAL_INTERVAL / 4).mul_f64(place)).await;
        loop {
            let probe = self.probe.borrow_and_update().clone();
            let Ok(permit) = self.permits.acquire().await else {
                return;
            };
            let started = Instant::now();
            let result = self.check(&probe).await;
            tracing::trace!(key = ?self.key, ?result, "checked");
            drop(permit);
            let was_initial = health.interval(&probe);
            if let Some(result) = result
                && let Some(state) = health.observe(&probe, begun.elapsed(), result)
                && self.tell(&probe, state).await.is_err()
            {
                return;
            }
            let mut interval = health.interval(&probe);
            if interval != was_initial {
                // The slow cadence begins at a place of its own.
                interval = interval.mul_f64(0.5 + place / 2.0);
            }
            tokio::select! {
                () = sleep_until(started + interval) => {}
                changed = self.probe.changed() => if changed.is_err() { return },
            }
        }
    }

    /// One check; `None` when nothing was learned.
    async fn check(&self, probe: &Probe) -> Option<Result<(), Failure>> {
        match timeout(probe.timeout, self.check.check(probe)).await {
            Ok(Ok(result)) => Some(result),
            Ok(Err(error)) => {
                tracing::warn!(key = ?self.key, %error, "a health check could not be made");
                None
            }
            Err(_) => Some(Err(Failure::Timeout)),
        }
    }

    async fn tell(
        &self,
        probe: &Probe,
        state: State,
    ) -> Result<(), mpsc::error::SendError<Transition<K>>> {
        let transition = Transition {
            key: self.key.clone(),
            target: probe.target,
            state,
        };
        tracing::debug!(key = ?self.key, ?state, "target state");
        self.transitions.send(transition).await
    }
}

/// A key's place in time, from 0 to 1: even among keys, and always the same for one.
fn place_of(key: &impl Hash) -> f64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let [high, low, ..] = hasher.finish().to_be_bytes();
    f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests;
