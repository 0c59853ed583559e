//! Requests about instances.

use std::net::Ipv4Addr;

use crate::id::{InstanceId, NetworkInterfaceId, SecurityGroupId, SubnetId};
use crate::instance::{InstanceChange, MetadataOptionsChange, ShutdownBehavior};
use crate::tag::Tags;

/// See [`super::Command::RunInstances`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RunInstances {
    /// Image id; any text.
    pub image: String,
    /// Instance type; any text.
    pub instance_type: String,
    /// Key pair name; any text.
    pub key_name: Option<String>,
    /// The fewest to launch, from 1.
    pub min_count: u32,
    /// The most to launch.
    pub max_count: u32,
    /// Where to connect them.
    pub network: LaunchNetwork,
    /// Script or data, decoded.
    pub user_data: Vec<u8>,
    /// What a shutdown from inside is to come to.
    pub shutdown_behavior: ShutdownBehavior,
    /// What is said of the instance metadata service, if anything.
    pub metadata_options: Option<MetadataOptionsChange>,
    /// Tags of each instance.
    pub tags: Tags,
    /// Tags of each new interface.
    pub interface_tags: Tags,
    /// Client token.
    pub client_token: Option<String>,
}

/// How new instances are connected.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LaunchNetwork {
    /// By a new interface each.
    Subnet {
        /// In which subnet; there is no default one to fall back to.
        subnet: Option<SubnetId>,
        /// The interface's address, for a single instance only.
        address: Option<Ipv4Addr>,
        /// The interface's groups; the VPC's default group if empty.
        groups: Vec<SecurityGroupId>,
        /// Whether the interface goes with the instance.
        delete_on_termination: bool,
    },
    /// By an existing detached interface, for a single instance only.
    Interface(NetworkInterfaceId),
}

/// See [`super::Command::ModifyInstanceAttribute`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyInstanceAttribute {
    /// Which.
    pub instance: InstanceId,
    /// What is to be otherwise from now on.
    pub change: InstanceChange,
}

/// See [`super::Command::TerminateInstances`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TerminateInstances {
    /// Which; all or none.
    pub instances: Vec<InstanceId>,
}
