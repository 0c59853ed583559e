//! Instances: workloads with one network interface.
//!
//! Not their processes or console: those are the agent's. Invariant: an instance has its network until it is
//! terminated, and no longer.

use std::net::Ipv4Addr;

use crate::id::{AccountId, InstanceId, NetworkInterfaceId, ReservationId, SubnetId, VpcId};
use crate::settings::ZoneId;
use crate::tag::Tags;
use crate::time::Timestamp;

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Identifier.
    pub id: InstanceId,
    /// Account that owns it.
    pub owner: AccountId,
    /// The request that launched it.
    pub reservation: ReservationId,
    /// Its place among the instances of that request, from 0.
    pub launch_index: u32,
    /// Image id as given; any text is accepted.
    pub image: String,
    /// Instance type as given.
    pub instance_type: String,
    /// Key pair name as given; it has no effect.
    pub key_name: Option<String>,
    /// Script or data handed to it, decoded.
    pub user_data: Vec<u8>,
    /// What its user wants of a shutdown from inside. It has no effect: an instance that ends itself is terminated.
    pub shutdown_behavior: ShutdownBehavior,
    /// What its user has said of the instance metadata service, if anything. It has no effect: there is no such service.
    pub metadata_options: Option<MetadataOptions>,
    /// Its zone.
    pub zone: ZoneId,
    /// Where it is connected.
    pub network: Option<InstanceNetwork>,
    /// State.
    pub state: InstanceState,
    /// Why it is not running, when that was nobody's wish.
    pub failure: Option<String>,
    /// When it was launched.
    pub launched: Timestamp,
    /// The client token of the request that launched it.
    pub client_token: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// Where an instance is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceNetwork {
    /// Its VPC.
    pub vpc: VpcId,
    /// Its subnet.
    pub subnet: SubnetId,
    /// Its interface.
    pub network_interface: NetworkInterfaceId,
    /// The interface's primary address.
    pub address: Ipv4Addr,
}

/// What a shutdown from inside an instance comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShutdownBehavior {
    /// It can be started again.
    #[default]
    Stop,
    /// It is gone.
    Terminate,
}

/// How an instance's user wants the instance metadata service to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetadataOptions {
    /// Whether the instance reaches it.
    pub enabled: bool,
    /// Whether requests need the token of a session.
    pub tokens_required: bool,
    /// How many hops its answers travel, from 1 to 64.
    pub hop_limit: u8,
    /// Whether it tells the instance's tags.
    pub tags: bool,
}

/// AWS's defaults. Source: EC2 API reference, InstanceMetadataOptionsRequest, 2026.
impl Default for MetadataOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            tokens_required: false,
            hop_limit: 1,
            tags: false,
        }
    }
}

/// Changes of [`MetadataOptions`]; what is none stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MetadataOptionsChange {
    /// Whether the instance reaches the service.
    pub enabled: Option<bool>,
    /// Whether requests need the token of a session.
    pub tokens_required: Option<bool>,
    /// How many hops answers travel, from 1 to 64.
    pub hop_limit: Option<u8>,
    /// Whether the service tells the instance's tags.
    pub tags: Option<bool>,
}

impl From<MetadataOptions> for MetadataOptionsChange {
    fn from(options: MetadataOptions) -> Self {
        Self {
            enabled: Some(options.enabled),
            tokens_required: Some(options.tokens_required),
            hop_limit: Some(options.hop_limit),
            tags: Some(options.tags),
        }
    }
}

impl MetadataOptionsChange {
    /// What is kept after the change of what is kept, if anything. Without a change nothing more is.
    #[must_use]
    pub fn of(self, kept: Option<MetadataOptions>) -> Option<MetadataOptions> {
        if self == Self::default() {
            return kept;
        }
        let options = kept.unwrap_or_default();
        Some(MetadataOptions {
            enabled: self.enabled.unwrap_or(options.enabled),
            tokens_required: self.tokens_required.unwrap_or(options.tokens_required),
            hop_limit: self.hop_limit.unwrap_or(options.hop_limit),
            tags: self.tags.unwrap_or(options.tags),
        })
    }
}

/// A change of one attribute of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstanceChange {
    /// What a shutdown from inside comes to.
    ShutdownBehavior(ShutdownBehavior),
    /// How the instance metadata service is wanted.
    MetadataOptions(MetadataOptionsChange),
}

/// The state of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceState {
    /// The agent is to start it.
    Pending,
    /// It runs.
    Running,
    /// The agent is to remove it.
    ShuttingDown,
    /// It is gone; the record is kept for a while.
    Terminated {
        /// When it went.
        at: Timestamp,
    },
}

/// What can happen to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceEvent {
    /// The agent starts it, for the first time or again.
    Starting,
    /// The agent has started it.
    Started,
    /// The agent could not start it, or it died.
    Failed,
    /// A user wants it gone.
    Terminate,
    /// The agent has removed it.
    Removed {
        /// When.
        at: Timestamp,
    },
}

impl InstanceState {
    /// The state after an event; the same state when the event says nothing new.
    #[must_use]
    pub const fn on(self, event: InstanceEvent) -> Self {
        match (self, event) {
            (Self::Pending | Self::Running, InstanceEvent::Starting) => Self::Pending,
            (Self::Pending | Self::Running, InstanceEvent::Started) => Self::Running,
            (Self::Pending | Self::Running, InstanceEvent::Failed | InstanceEvent::Terminate) => {
                Self::ShuttingDown
            }
            (Self::Pending | Self::Running | Self::ShuttingDown, InstanceEvent::Removed { at }) => {
                Self::Terminated { at }
            }
            (
                Self::ShuttingDown | Self::Terminated { .. },
                InstanceEvent::Starting
                | InstanceEvent::Started
                | InstanceEvent::Failed
                | InstanceEvent::Terminate,
            ) => self,
            (Self::Terminated { .. }, InstanceEvent::Removed { .. }) => self,
        }
    }

    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated { .. } => "terminated",
        }
    }

    /// AWS's state code.
    pub const fn aws_code(self) -> u16 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated { .. } => 48,
        }
    }
}
