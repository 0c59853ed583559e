//! Load balancers and listeners. Target groups and targets are in `target_group.rs`.

use std::collections::BTreeMap;

use model::Timestamp;
use model::attribute::Attributes;
use model::listener::{Forward, Protocol as ModelProtocol};
use model::load_balancer::{
    LoadBalancerNode as ModelNode, LoadBalancerState as ModelState, Scheme as ModelScheme,
};
use serde::{Deserialize, Serialize};

use super::{TagMap, read_tags, tag_map};
use crate::error::{FieldError, parse, parse_all, texts};

/// Attributes by key. Keys are not checked: a release may drop one.
pub(super) type AttributeMap = BTreeMap<String, String>;

pub(super) fn attribute_map(attributes: &Attributes) -> AttributeMap {
    attributes
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoadBalancer {
    id: String,
    name: String,
    owner: String,
    vpc: String,
    #[serde(with = "Scheme")]
    scheme: ModelScheme,
    nodes: BTreeMap<String, LoadBalancerNode>,
    security_groups: Vec<String>,
    enforce_inbound_rules_on_private_link: bool,
    attributes: AttributeMap,
    state: LoadBalancerState,
    created: u64,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelScheme", rename_all = "kebab-case")]
enum Scheme {
    Internal,
    InternetFacing,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LoadBalancerNode {
    zone: String,
    network_interface: String,
    address: String,
    #[serde(default)]
    address_chosen: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum LoadBalancerState {
    Provisioning,
    Active,
    Failed { reason: String },
}

impl From<&model::LoadBalancer> for LoadBalancer {
    fn from(balancer: &model::LoadBalancer) -> Self {
        let node = |node: &ModelNode| LoadBalancerNode {
            zone: node.zone.to_string(),
            network_interface: node.network_interface.to_string(),
            address: node.address.to_string(),
            address_chosen: node.address_chosen,
        };
        Self {
            id: balancer.id.to_string(),
            name: balancer.name.to_string(),
            owner: balancer.owner.to_string(),
            vpc: balancer.vpc.to_string(),
            scheme: balancer.scheme,
            nodes: balancer
                .nodes
                .iter()
                .map(|(id, own)| (id.to_string(), node(own)))
                .collect(),
            security_groups: texts(&balancer.security_groups),
            enforce_inbound_rules_on_private_link: balancer.enforce_inbound_rules_on_private_link,
            attributes: attribute_map(&balancer.attributes),
            state: match &balancer.state {
                ModelState::Provisioning => LoadBalancerState::Provisioning,
                ModelState::Active => LoadBalancerState::Active,
                ModelState::Failed { reason } => LoadBalancerState::Failed {
                    reason: reason.clone(),
                },
            },
            created: balancer.created.as_millis(),
            tags: tag_map(&balancer.tags),
        }
    }
}

impl TryFrom<LoadBalancer> for model::LoadBalancer {
    type Error = FieldError;

    fn try_from(record: LoadBalancer) -> Result<Self, FieldError> {
        let node = |(subnet, node): (&String, &LoadBalancerNode)| {
            let own = ModelNode {
                zone: parse("nodes.zone", &node.zone)?,
                network_interface: parse("nodes.network_interface", &node.network_interface)?,
                address: parse("nodes.address", &node.address)?,
                address_chosen: node.address_chosen,
            };
            Ok((parse("nodes", subnet)?, own))
        };
        Ok(Self {
            id: parse("id", &record.id)?,
            name: parse("name", &record.name)?,
            owner: parse("owner", &record.owner)?,
            vpc: parse("vpc", &record.vpc)?,
            scheme: record.scheme,
            nodes: record.nodes.iter().map(node).collect::<Result<_, _>>()?,
            security_groups: parse_all("security_groups", &record.security_groups)?,
            enforce_inbound_rules_on_private_link: record.enforce_inbound_rules_on_private_link,
            attributes: Attributes::from_stored(record.attributes),
            state: match record.state {
                LoadBalancerState::Provisioning => ModelState::Provisioning,
                LoadBalancerState::Active => ModelState::Active,
                LoadBalancerState::Failed { reason } => ModelState::Failed { reason },
            },
            created: Timestamp::from_millis(record.created),
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listener {
    id: String,
    owner: String,
    load_balancer: String,
    load_balancer_name: String,
    #[serde(with = "Protocol")]
    protocol: ModelProtocol,
    port: u16,
    target_group: String,
    #[serde(default)]
    weight: Option<u16>,
    #[serde(default)]
    stickiness_secs: Option<u32>,
    attributes: AttributeMap,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelProtocol", rename_all = "kebab-case")]
pub(super) enum Protocol {
    Tcp,
    Udp,
    TcpUdp,
}

impl From<&model::Listener> for Listener {
    fn from(listener: &model::Listener) -> Self {
        Self {
            id: listener.id.to_string(),
            owner: listener.owner.to_string(),
            load_balancer: listener.load_balancer.to_string(),
            load_balancer_name: listener.load_balancer_name.to_string(),
            protocol: listener.protocol,
            port: listener.port,
            target_group: listener.forward.target_group.to_string(),
            weight: listener.forward.weight,
            stickiness_secs: listener.forward.stickiness_secs,
            attributes: attribute_map(&listener.attributes),
            tags: tag_map(&listener.tags),
        }
    }
}

impl TryFrom<Listener> for model::Listener {
    type Error = FieldError;

    fn try_from(record: Listener) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            load_balancer: parse("load_balancer", &record.load_balancer)?,
            load_balancer_name: parse("load_balancer_name", &record.load_balancer_name)?,
            protocol: record.protocol,
            port: record.port,
            forward: Forward {
                target_group: parse("target_group", &record.target_group)?,
                weight: record.weight,
                stickiness_secs: record.stickiness_secs,
            },
            attributes: Attributes::from_stored(record.attributes),
            tags: read_tags("tags", record.tags)?,
        })
    }
}
