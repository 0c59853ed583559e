//! Reports that are not on record yet, as far as is known here.

use std::collections::BTreeMap;

use model::command::InstanceObservation;
use model::{Command, InstanceId, LoadBalancerId, TargetKey, VpcEndpointId};

/// Reports that are kept. The oldest goes when another comes: what it says is found again, since the main loop compares
/// what is with what is on record.
pub(super) const KEPT_MAX: usize = 65_536;

/// What a report is about; of each, only the newest is worth recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Endpoint(VpcEndpointId),
    LoadBalancer(LoadBalancerId),
    Target(TargetKey),
    /// An instance goes through several states, and each has consequences of its own.
    Instance(InstanceId, Step),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Starting,
    Running,
    Failed,
    Terminated,
}

/// Reports by number, ascending in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Reports {
    by_number: BTreeMap<u64, Command>,
    numbers: BTreeMap<Subject, u64>,
    last: u64,
}

impl Reports {
    /// Keeps a report in the place of an earlier one about the same. False if that one says the same already, or if it
    /// is no report.
    pub(super) fn add(&mut self, command: &Command) -> bool {
        let Some(subject) = subject(command) else {
            return false;
        };
        if let Some(number) = self.numbers.get(&subject) {
            if self.by_number.get(number) == Some(command) {
                return false;
            }
            self.by_number.remove(number);
        }
        self.last += 1;
        self.numbers.insert(subject, self.last);
        self.by_number.insert(self.last, command.clone());
        if self.by_number.len() > KEPT_MAX
            && let Some((_, oldest)) = self.by_number.pop_first()
        {
            self.numbers
                .retain(|known, _| Some(*known) != self::subject(&oldest));
        }
        true
    }

    /// Lets go of the report of that number.
    pub(super) fn recorded(&mut self, number: u64) {
        if let Some(subject) = self.by_number.remove(&number).as_ref().and_then(subject) {
            self.numbers.remove(&subject);
        }
    }

    /// The first report after that number, with its own.
    pub(super) fn after(&self, number: u64) -> Option<(u64, &Command)> {
        let mut later = self.by_number.range(number.saturating_add(1)..);
        later.next().map(|(number, command)| (*number, command))
    }

    /// The number of the newest report that there ever was; 0 before the first.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// All of them, in the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Command> {
        self.by_number.values()
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "all others are commands of users and operators"
)]
fn subject(command: &Command) -> Option<Subject> {
    Some(match command {
        Command::EndpointApplied(report) => Subject::Endpoint(report.endpoint),
        Command::EndpointFailed(report) => Subject::Endpoint(report.endpoint),
        Command::EndpointRemoved(report) => Subject::Endpoint(report.endpoint),
        Command::LoadBalancerApplied(report) => Subject::LoadBalancer(report.load_balancer),
        Command::LoadBalancerFailed(report) => Subject::LoadBalancer(report.load_balancer),
        Command::TargetHealthObserved(report) => Subject::Target(report.target),
        Command::InstanceObserved(report) => {
            let step = match report.observation {
                InstanceObservation::Starting => Step::Starting,
                InstanceObservation::Running => Step::Running,
                InstanceObservation::Failed(_) => Step::Failed,
                InstanceObservation::Terminated => Step::Terminated,
            };
            Subject::Instance(report.instance, step)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::command::{EndpointApplied, EndpointRemoved, Housekeep, InstanceObserved};

    fn removed(number: usize) -> Command {
        let endpoint = VpcEndpointId::from_bits(u128::try_from(number).unwrap());
        EndpointRemoved { endpoint }.into()
    }

    #[test]
    fn of_one_endpoint_only_the_newest_report_is_kept() {
        let mut reports = Reports::default();
        let endpoint = VpcEndpointId::from_bits(0);
        let applied = |generation| {
            let report = EndpointApplied {
                endpoint,
                generation,
            };
            Command::from(report)
        };
        assert!(reports.add(&applied(1)));
        assert!(!reports.add(&applied(1)), "it is said already");
        assert!(reports.add(&applied(2)));
        assert!(reports.add(&removed(0)));
        assert_eq!(reports.iter().collect::<Vec<_>>(), [&removed(0)]);
        assert_eq!(reports.after(0), Some((3, &removed(0))));
        assert_eq!((reports.after(3), reports.last()), (None, 3));
        // What was recorded meanwhile was an older one.
        reports.recorded(2);
        assert_eq!(reports.after(0), Some((3, &removed(0))));
        reports.recorded(3);
        assert_eq!(reports.after(0), None);
        assert!(reports.add(&removed(0)), "it is news again");
        assert!(
            !reports.add(&Housekeep::default().into()),
            "it is no report"
        );
    }

    #[test]
    fn every_step_of_an_instance_is_kept_in_order() {
        let mut reports = Reports::default();
        let instance = InstanceId::from_bits(1);
        let steps = [
            InstanceObservation::Running,
            InstanceObservation::Failed("it died".to_owned()),
            InstanceObservation::Terminated,
        ]
        .map(|observation| {
            let report = InstanceObserved {
                instance,
                observation,
            };
            Command::from(report)
        });
        assert!(steps.iter().all(|step| reports.add(step)));
        assert!(!steps.iter().any(|step| reports.add(step)));
        assert!(reports.iter().eq(&steps));
    }

    #[test]
    fn of_too_many_the_oldest_go() {
        let mut reports = Reports::default();
        for number in 0..KEPT_MAX + 3 {
            assert!(reports.add(&removed(number)));
        }
        assert_eq!(reports.iter().count(), KEPT_MAX);
        assert_eq!(reports.iter().next(), Some(&removed(3)));
        assert!(reports.add(&removed(0)), "it was forgotten");
    }
}
