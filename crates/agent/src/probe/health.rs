//! When a target is healthy: counting successes and failures. Pure.
//!
//! A target is *initial* until its state is known. A healthy target becomes unhealthy by
//! `unhealthy_threshold` failures in a row, an unhealthy one healthy by `healthy_threshold` successes
//! in a row, as in AWS. An initial one is checked every [`INITIAL_INTERVAL`], so that it becomes healthy within
//! about a second of answering; it becomes unhealthy no sooner than it would at the probe's own
//! interval, so that a service which is still starting is not put off to the slow cadence.

use std::time::Duration;

use super::{INITIAL_INTERVAL, Probe};

/// What is known of a target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// Nothing yet.
    Initial,
    /// It answers.
    Healthy,
    /// It does not answer; how its last check failed.
    Unhealthy(Failure),
}

/// How a check failed, by AWS's reason codes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Failure {
    /// `Target.Timeout`: there was no answer in time.
    Timeout,
    /// `Target.FailedHealthChecks`: the connection was refused or cut, or the answer was malformed.
    FailedHealthChecks,
    /// `Target.ResponseCodeMismatch`: the answer had this status, which does not mean healthy.
    ResponseCodeMismatch(u16),
}

/// A target's state and what leads to the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Health {
    state: State,
    successes: u32,
    failures: u32,
}

impl Health {
    /// Of a target that was never checked.
    pub(super) const NEW: Self = Self {
        state: State::Initial,
        successes: 0,
        failures: 0,
    };

    /// Takes a check's result into account; the state, if it has changed. `age` is the time since the target's
    /// first check was due.
    pub(super) fn observe(
        &mut self,
        probe: &Probe,
        age: Duration,
        result: Result<(), Failure>,
    ) -> Option<State> {
        let state = match result {
            Ok(()) => {
                self.failures = 0;
                self.successes = self.successes.saturating_add(1);
                let is_healthy = self.successes >= probe.healthy_threshold;
                if is_healthy {
                    State::Healthy
                } else {
                    self.state
                }
            }
            Err(failure) => {
                self.successes = 0;
                self.failures = self.failures.saturating_add(1);
                if self.has_failed(probe, age) {
                    State::Unhealthy(failure)
                } else {
                    self.state
                }
            }
        };
        let has_changed = state != self.state;
        self.state = state;
        has_changed.then_some(state)
    }

    /// Time from the beginning of one check to that of the next.
    pub(super) fn interval(&self, probe: &Probe) -> Duration {
        match self.state {
            State::Initial => probe.interval.min(INITIAL_INTERVAL),
            State::Healthy | State::Unhealthy(_) => probe.interval,
        }
    }

    fn has_failed(&self, probe: &Probe, age: Duration) -> bool {
        match self.state {
            State::Initial => {
                let intervals = probe.unhealthy_threshold.saturating_sub(1);
                let at_own_pace = probe.interval.saturating_mul(intervals);
                self.failures >= probe.unhealthy_threshold && age >= at_own_pace
            }
            State::Healthy => self.failures >= probe.unhealthy_threshold,
            State::Unhealthy(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv6Addr, SocketAddrV6};

    use plan::ProbeKind;

    use super::*;

    const PROBE: Probe = Probe {
        source: Ipv6Addr::LOCALHOST,
        target: SocketAddrV6::new(Ipv6Addr::LOCALHOST, 80, 0, 0),
        kind: ProbeKind::Tcp,
        interval: Duration::from_secs(10),
        timeout: Duration::from_secs(10),
        healthy_threshold: 3,
        unhealthy_threshold: 2,
    };

    const REFUSED: State = State::Unhealthy(Failure::FailedHealthChecks);
    const SILENT: State = State::Unhealthy(Failure::Timeout);

    /// Checks: a second and what it saw (`+` success, `r` refused, `t` timeout, `4` and `5` a status); transitions: a
    /// second and a state.
    fn check(checks: &[(u64, char)], transitions: &[(u64, State)]) {
        let mut health = Health::NEW;
        let mut seen = Vec::new();
        for (second, result) in checks {
            let result = match result {
                '+' => Ok(()),
                'r' => Err(Failure::FailedHealthChecks),
                't' => Err(Failure::Timeout),
                '4' => Err(Failure::ResponseCodeMismatch(404)),
                '5' => Err(Failure::ResponseCodeMismatch(500)),
                other => unreachable!("{other}"),
            };
            let state = health.observe(&PROBE, Duration::from_secs(*second), result);
            seen.extend(state.map(|state| (*second, state)));
        }
        assert_eq!(seen, transitions, "{checks:?}");
    }

    #[test]
    fn states_follow_consecutive_results() {
        check(&[], &[]);
        check(
            &[(0, '+'), (0, '+'), (0, '+'), (10, '+')],
            &[(0, State::Healthy)],
        );
        // A failure begins the count anew.
        check(&[(0, '+'), (0, '+'), (0, 'r'), (1, '+'), (1, '+')], &[]);
        check(
            &[(0, '+'), (0, 'r'), (1, '+'), (1, '+'), (1, '+')],
            &[(1, State::Healthy)],
        );
        // An initial target is given the time that two checks at its own interval take.
        check(&[(0, 'r'), (1, 'r'), (9, 'r')], &[]);
        check(&[(0, 'r'), (1, 'r'), (10, 'r')], &[(10, REFUSED)]);
        check(&[(0, 'r'), (9, '+'), (10, 'r')], &[]);
        // A healthy target is not.
        check(
            &[
                (0, '+'),
                (0, '+'),
                (0, '+'),
                (1, 't'),
                (2, '+'),
                (3, 't'),
                (4, 't'),
            ],
            &[(0, State::Healthy), (4, SILENT)],
        );
        // Back by as many successes as make an initial one healthy.
        check(
            &[(10, 't'), (10, 't'), (20, '+'), (30, '+'), (40, '+')],
            &[(10, SILENT), (40, State::Healthy)],
        );
        // Another way to fail is told.
        check(
            &[(10, 't'), (10, 't'), (20, 'r'), (30, 'r')],
            &[(10, SILENT), (20, REFUSED)],
        );
        let status = |status| State::Unhealthy(Failure::ResponseCodeMismatch(status));
        check(
            &[(10, 'r'), (10, '5'), (20, '5'), (30, '4')],
            &[(10, status(500)), (30, status(404))],
        );
    }

    #[test]
    fn only_an_initial_target_is_checked_often() {
        let health = |state| Health {
            state,
            ..Health::NEW
        };
        let fast = Probe {
            interval: Duration::from_millis(50),
            ..PROBE
        };
        let cases = [
            (State::Initial, PROBE, INITIAL_INTERVAL),
            (State::Initial, fast.clone(), fast.interval),
            (State::Healthy, PROBE, PROBE.interval),
            (SILENT, PROBE, PROBE.interval),
        ];
        for (state, probe, interval) in cases {
            assert_eq!(health(state).interval(&probe), interval, "{state:?}");
        }
    }
}
