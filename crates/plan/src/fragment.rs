//! What a unit compiles to, and what a host's units make together.

use std::collections::{BTreeMap, BTreeSet};

use datapath::Tables;
use model::Command;
use model::command::{EndpointApplied, EndpointRemoved, LoadBalancerApplied};
use model::target::TargetKey;
use model::{InstanceId, LoadBalancerId, VpcEndpointId};

use crate::hidden_zones::HiddenZone;
use crate::instance::InstanceWish;
use crate::names::{NameKey, Names, RecordSet};
use crate::probe::ProbePlan;

/// What one unit compiles to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// Entries of the data plane's tables.
    pub tables: Tables,
    /// What resolvers answer.
    pub names: BTreeMap<NameKey, RecordSet>,
    /// Domains that a network's resolver answers for itself.
    pub(crate) hidden_zones: BTreeSet<HiddenZone>,
    /// Load balancer nodes (interface numbers) that names leave out as long as there are better ones.
    pub unhealthy_nodes: BTreeSet<u32>,
    /// What shall become of an instance.
    pub instance: Option<(InstanceId, InstanceWish)>,
    /// Targets to check.
    pub probes: BTreeMap<TargetKey, ProbePlan>,
    /// What is true as soon as all this is in force.
    pub reports: BTreeSet<Report>,
}

/// What an agent tells once a plan is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Report {
    /// The endpoint's tables of that generation are in the kernel.
    EndpointApplied {
        /// The endpoint.
        endpoint: VpcEndpointId,
        /// The generation that was compiled.
        generation: u64,
    },
    /// Nothing in the kernel leads to the endpoint any more.
    EndpointRemoved {
        /// The endpoint.
        endpoint: VpcEndpointId,
    },
    /// The load balancer's nodes are in the kernel.
    LoadBalancerApplied {
        /// The load balancer.
        load_balancer: LoadBalancerId,
    },
}

impl Report {
    /// The command that records it.
    pub fn command(self) -> Command {
        match self {
            Self::EndpointApplied {
                endpoint,
                generation,
            } => Command::EndpointApplied(EndpointApplied {
                endpoint,
                generation,
            }),
            Self::EndpointRemoved { endpoint } => {
                Command::EndpointRemoved(EndpointRemoved { endpoint })
            }
            Self::LoadBalancerApplied { load_balancer } => {
                Command::LoadBalancerApplied(LoadBalancerApplied { load_balancer })
            }
        }
    }
}

/// What a host shall be, besides the data plane's tables: those are in the kernel, and nobody keeps them twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPlan {
    /// What resolvers answer.
    pub names: Names,
    /// What shall become of instances; one that is not here shall not be on the host either.
    pub instances: BTreeMap<InstanceId, InstanceWish>,
    /// Targets to check.
    pub probes: BTreeMap<TargetKey, ProbePlan>,
    /// What is true as soon as all this is in force.
    pub reports: BTreeSet<Report>,
}
