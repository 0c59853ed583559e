//! Health checks as planned, and what they find as commands.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV6};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use datapath::abi::{FabricAddr, FabricKind};
use model::Command;
use model::command::TargetHealthObserved;
use model::target::{ObservedHealth, TargetKey, UnhealthyReason};
use plan::ProbePlan;
use tokio::time::Instant;

use crate::net::FABRIC_PREFIX;
use crate::probe::{Failure, Probe, State, Transition};

/// A probe's key: a target registered anew is another one.
pub(crate) type ProbeKey = (TargetKey, u32);

/// The probes that bring a plan's to life.
pub(crate) fn probes(planned: &BTreeMap<TargetKey, ProbePlan>) -> BTreeMap<ProbeKey, Probe> {
    planned
        .iter()
        .map(|(key, probe)| ((*key, probe.number), wanted(probe)))
        .collect()
}

fn wanted(probe: &ProbePlan) -> Probe {
    let address = |kind, iface, addr: Ipv4Addr| {
        FabricAddr {
            kind,
            vni: probe.vni,
            iface,
            addr,
        }
        .to_ipv6(FABRIC_PREFIX)
    };
    // A target whose address nobody has is asked for all the same: it times out, as in AWS.
    let target = address(
        FabricKind::Remote,
        probe.target.unwrap_or_default(),
        probe.target_address,
    );
    Probe {
        source: address(FabricKind::Local, probe.node, probe.node_address),
        target: SocketAddrV6::new(target, probe.port, 0, 0),
        kind: probe.kind.clone(),
        interval: probe.interval,
        timeout: probe.timeout,
        healthy_threshold: probe.healthy_threshold.into(),
        unhealthy_threshold: probe.unhealthy_threshold.into(),
    }
}

/// What was found of the probes' targets, until it is on record. Level-triggered: a report that was lost, and a
/// record that was reset while its probe went on, are told (again) as long as they differ.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    found: Arc<Mutex<BTreeMap<ProbeKey, Finding>>>,
    /// How long a report may take to be on record.
    patience: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Finding {
    state: State,
    told: Instant,
}

impl Findings {
    /// Nothing is found yet.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            found: Arc::default(),
            patience,
        }
    }

    /// Takes down what the prober tells; the command to record it.
    pub(crate) fn note(&self, transition: &Transition<ProbeKey>) -> Command {
        let finding = Finding {
            state: transition.state,
            told: Instant::now(),
        };
        self.lock().insert(transition.key, finding);
        report(transition.key, transition.state)
    }

    /// Forgets what is not planned any more. Gives the commands that are due because the record differs, and whether
    /// it differs anywhere.
    pub(crate) fn compare(&self, planned: &BTreeMap<TargetKey, ProbePlan>) -> (Vec<Command>, bool) {
        let now = Instant::now();
        let mut found = self.lock();
        found.retain(|(target, number), _| {
            planned
                .get(target)
                .is_some_and(|probe| probe.number == *number)
        });
        let mut due = Vec::new();
        let mut differs = false;
        for (target, probe) in planned {
            let key = (*target, probe.number);
            let finding = found.get(&key).copied();
            let state = finding.map_or(State::Initial, |finding| finding.state);
            // A prober that begins anew, after a restart, knows less than the record.
            if observed(state) == probe.on_record
                || (state == State::Initial && probe.on_record != ObservedHealth::Registering)
            {
                continue;
            }
            differs = true;
            // Not a report on its way: the record was reset after it.
            let is_reset =
                state != State::Initial && probe.on_record == ObservedHealth::Registering;
            if is_reset
                || finding.is_none_or(|finding| now.duration_since(finding.told) >= self.patience)
            {
                found.insert(key, Finding { state, told: now });
                due.push(report(key, state));
            }
        }
        (due, differs)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ProbeKey, Finding>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report((target, number): ProbeKey, state: State) -> Command {
    TargetHealthObserved {
        target,
        number,
        health: observed(state),
    }
    .into()
}

const fn observed(state: State) -> ObservedHealth {
    match state {
        State::Initial => ObservedHealth::Checking,
        State::Healthy => ObservedHealth::Healthy,
        State::Unhealthy(Failure::Timeout) => ObservedHealth::Unhealthy(UnhealthyReason::Timeout),
        State::Unhealthy(Failure::FailedHealthChecks) => {
            ObservedHealth::Unhealthy(UnhealthyReason::FailedHealthChecks)
        }
        State::Unhealthy(Failure::ResponseCodeMismatch(status)) => {
            ObservedHealth::Unhealthy(UnhealthyReason::ResponseCodeMismatch(status))
        }
    }
}

#[cfg(test)]
mod tests;
