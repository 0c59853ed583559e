//! Reports of agents.

use model::command::{
    EndpointApplied, EndpointFailed, EndpointRemoved, InstanceObservation, InstanceObserved,
    LoadBalancerApplied, LoadBalancerFailed, TargetHealthObserved,
};
use model::*;

use super::Source;

/// How many kinds of report [`Source::report`] makes.
pub(crate) const REPORTS: usize = 7;

impl Source {
    /// A report of the n-th kind.
    pub(crate) fn report(&mut self, kind: usize) -> Command {
        let generation = u64::from(self.u32());
        match kind {
            0 => EndpointApplied {
                endpoint: self.id(),
                generation,
            }
            .into(),
            1 => EndpointFailed {
                endpoint: self.id(),
                generation,
                error: self.text(),
            }
            .into(),
            2 => EndpointRemoved {
                endpoint: self.id(),
            }
            .into(),
            3 => LoadBalancerApplied {
                load_balancer: self.id(),
            }
            .into(),
            4 => LoadBalancerFailed {
                load_balancer: self.id(),
                reason: self.text(),
            }
            .into(),
            5 => {
                let target = self.target();
                TargetHealthObserved {
                    target: target.key,
                    number: target.number,
                    health: target.observed,
                }
                .into()
            }
            _ => {
                let observations = [
                    InstanceObservation::Starting,
                    InstanceObservation::Running,
                    InstanceObservation::Failed(self.text()),
                    InstanceObservation::Terminated,
                ];
                InstanceObserved {
                    instance: self.id(),
                    observation: self.one(&observations),
                }
                .into()
            }
        }
    }
}
