//! Tags, the operator's requests and the agents' reports. Reports do not look at the caller.

use crate::id::{AccountId, InstanceId, LoadBalancerId, VpcEndpointId};
use crate::limits::HOUSEKEEPING_BATCH_MAX;
use crate::resource_id::ResourceId;
use crate::settings::Settings;
use crate::tag::Tags;
use crate::target::{ObservedHealth, TargetKey};

/// See [`super::Command::CreateTags`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateTags {
    /// On which; all or none.
    pub resources: Vec<ResourceId>,
    /// What to set.
    pub tags: Tags,
}

/// See [`super::Command::DeleteTags`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteTags {
    /// From which; all or none.
    pub resources: Vec<ResourceId>,
    /// What to take away; everything if empty.
    pub tags: Vec<TagSelector>,
}

/// A tag to take away.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TagSelector {
    /// Its key.
    pub key: String,
    /// Only if it has this value.
    pub value: Option<String>,
}

/// See [`super::Command::CreateAccount`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateAccount {
    /// Name: 1 to 64 letters, digits, `.`, `_` and `-`, not twelve digits.
    pub name: String,
    /// Its digits; any free ones if not given.
    pub id: Option<AccountId>,
}

/// See [`super::Command::Configure`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Configure {
    /// All settings. Once there is an account, partition and region cannot change; a zone that has subnets
    /// cannot go.
    pub settings: Settings,
}

/// See [`super::Command::Housekeep`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Housekeep {
    /// How many records to clean up, the oldest first; never more than [`HOUSEKEEPING_BATCH_MAX`], and one at least.
    pub records_max: usize,
}

impl Default for Housekeep {
    fn default() -> Self {
        Self {
            records_max: HOUSEKEEPING_BATCH_MAX,
        }
    }
}

/// See [`super::Command::EndpointApplied`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndpointApplied {
    /// Which.
    pub endpoint: VpcEndpointId,
    /// The generation that was followed; an older one than the current says nothing.
    pub generation: u64,
}

/// See [`super::Command::EndpointFailed`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndpointFailed {
    /// Which.
    pub endpoint: VpcEndpointId,
    /// The generation that could not be followed; an older one than the current says nothing.
    pub generation: u64,
    /// Why, for the user.
    pub error: String,
}

/// See [`super::Command::EndpointRemoved`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndpointRemoved {
    /// Which.
    pub endpoint: VpcEndpointId,
}

/// See [`super::Command::InstanceObserved`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InstanceObserved {
    /// Which.
    pub instance: InstanceId,
    /// What became of it.
    pub observation: InstanceObservation,
}

/// What an agent sees of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum InstanceObservation {
    /// It is started; if it ran before, it does so no more: the host was torn down or started anew.
    Starting,
    /// It runs.
    Running,
    /// It could not be started or died, for this reason. It shuts down.
    Failed(String),
    /// Nothing is left of it.
    Terminated,
}

/// See [`super::Command::LoadBalancerApplied`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LoadBalancerApplied {
    /// Which.
    pub load_balancer: LoadBalancerId,
}

/// See [`super::Command::LoadBalancerFailed`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LoadBalancerFailed {
    /// Which.
    pub load_balancer: LoadBalancerId,
    /// Why, for the user.
    pub reason: String,
}

/// See [`super::Command::TargetHealthObserved`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TargetHealthObserved {
    /// Which.
    pub target: TargetKey,
    /// Its number; a report about an earlier registration says nothing.
    pub number: u32,
    /// What was found. [`ObservedHealth::Checking`] says nothing of a target that has been judged since.
    pub health: ObservedHealth,
}
