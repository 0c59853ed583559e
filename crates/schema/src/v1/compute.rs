//! Instances.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::Timestamp;
use model::instance::{
    InstanceNetwork as ModelNetwork, InstanceState as ModelState, ShutdownBehavior as ModelBehavior,
};
use serde::{Deserialize, Serialize};

use super::{TagMap, read_tags, tag_map};
use crate::error::{FieldError, parse};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Instance {
    id: String,
    owner: String,
    reservation: String,
    launch_index: u32,
    image: String,
    instance_type: String,
    key_name: Option<String>,
    /// Base64.
    user_data: String,
    zone: String,
    network: Option<InstanceNetwork>,
    state: InstanceState,
    failure: Option<String>,
    launched: u64,
    client_token: Option<String>,
    tags: TagMap,
    #[serde(default)]
    shutdown_behavior: ShutdownBehavior,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata_options: Option<MetadataOptions>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MetadataOptions {
    enabled: bool,
    tokens_required: bool,
    hop_limit: u8,
    tags: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstanceNetwork {
    vpc: String,
    subnet: String,
    network_interface: String,
    address: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum InstanceState {
    Pending,
    Running,
    ShuttingDown,
    Terminated { at: u64 },
}

/// Without a choice it is AWS's default.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ShutdownBehavior {
    #[default]
    Stop,
    Terminate,
}

impl From<&ModelNetwork> for InstanceNetwork {
    fn from(network: &ModelNetwork) -> Self {
        Self {
            vpc: network.vpc.to_string(),
            subnet: network.subnet.to_string(),
            network_interface: network.network_interface.to_string(),
            address: network.address.to_string(),
        }
    }
}

impl TryFrom<InstanceNetwork> for ModelNetwork {
    type Error = FieldError;

    fn try_from(record: InstanceNetwork) -> Result<Self, FieldError> {
        Ok(Self {
            vpc: parse("network.vpc", &record.vpc)?,
            subnet: parse("network.subnet", &record.subnet)?,
            network_interface: parse("network.network_interface", &record.network_interface)?,
            address: parse("network.address", &record.address)?,
        })
    }
}

impl From<&model::Instance> for Instance {
    fn from(instance: &model::Instance) -> Self {
        Self {
            id: instance.id.to_string(),
            owner: instance.owner.to_string(),
            reservation: instance.reservation.to_string(),
            launch_index: instance.launch_index,
            image: instance.image.clone(),
            instance_type: instance.instance_type.clone(),
            key_name: instance.key_name.clone(),
            user_data: STANDARD.encode(&instance.user_data),
            zone: instance.zone.to_string(),
            network: instance.network.as_ref().map(Into::into),
            state: match instance.state {
                ModelState::Pending => InstanceState::Pending,
                ModelState::Running => InstanceState::Running,
                ModelState::ShuttingDown => InstanceState::ShuttingDown,
                ModelState::Terminated { at } => InstanceState::Terminated { at: at.as_millis() },
            },
            failure: instance.failure.clone(),
            launched: instance.launched.as_millis(),
            client_token: instance.client_token.clone(),
            tags: tag_map(&instance.tags),
            shutdown_behavior: match instance.shutdown_behavior {
                ModelBehavior::Stop => ShutdownBehavior::Stop,
                ModelBehavior::Terminate => ShutdownBehavior::Terminate,
            },
            metadata_options: instance.metadata_options.map(|options| MetadataOptions {
                enabled: options.enabled,
                tokens_required: options.tokens_required,
                hop_limit: options.hop_limit,
                tags: options.tags,
            }),
        }
    }
}

impl TryFrom<Instance> for model::Instance {
    type Error = FieldError;

    fn try_from(record: Instance) -> Result<Self, FieldError> {
        let user_data = STANDARD.decode(&record.user_data);
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            reservation: parse("reservation", &record.reservation)?,
            launch_index: record.launch_index,
            image: record.image,
            instance_type: record.instance_type,
            key_name: record.key_name,
            user_data: user_data.map_err(|error| FieldError::new("user_data", &error))?,
            zone: parse("zone", &record.zone)?,
            network: record.network.map(TryInto::try_into).transpose()?,
            state: match record.state {
                InstanceState::Pending => ModelState::Pending,
                InstanceState::Running => ModelState::Running,
                InstanceState::ShuttingDown => ModelState::ShuttingDown,
                InstanceState::Terminated { at } => ModelState::Terminated {
                    at: Timestamp::from_millis(at),
                },
            },
            failure: record.failure,
            launched: Timestamp::from_millis(record.launched),
            client_token: record.client_token,
            tags: read_tags("tags", record.tags)?,
            shutdown_behavior: match record.shutdown_behavior {
                ShutdownBehavior::Stop => ModelBehavior::Stop,
                ShutdownBehavior::Terminate => ModelBehavior::Terminate,
            },
            metadata_options: record
                .metadata_options
                .map(|options| model::MetadataOptions {
                    enabled: options.enabled,
                    tokens_required: options.tokens_required,
                    hop_limit: options.hop_limit,
                    tags: options.tags,
                }),
        })
    }
}
