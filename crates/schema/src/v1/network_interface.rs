//! Network interfaces.

use model::network_interface::NetworkInterfaceKind as ModelKind;
use model::{AttachmentId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{TagMap, read_tags, tag_map};
use crate::error::{FieldError, parse, parse_all, texts};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkInterface {
    id: String,
    number: u32,
    owner: String,
    vpc: String,
    subnet: String,
    zone: String,
    address: String,
    groups: Vec<String>,
    kind: Kind,
    description: String,
    created: u64,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Kind {
    Detached,
    Instance {
        instance: String,
        attachment: String,
        delete_on_termination: bool,
    },
    VpcEndpoint {
        endpoint: String,
        attachment: String,
    },
    LoadBalancer {
        load_balancer: String,
        attachment: String,
    },
}

impl From<ModelKind> for Kind {
    fn from(kind: ModelKind) -> Self {
        match kind {
            ModelKind::Detached => Self::Detached,
            ModelKind::Instance {
                instance,
                attachment,
                delete_on_termination,
            } => Self::Instance {
                instance: instance.to_string(),
                attachment: attachment.to_string(),
                delete_on_termination,
            },
            ModelKind::VpcEndpoint {
                endpoint,
                attachment,
            } => {
                let (endpoint, attachment) = (endpoint.to_string(), attachment.to_string());
                Self::VpcEndpoint {
                    endpoint,
                    attachment,
                }
            }
            ModelKind::LoadBalancer {
                load_balancer,
                attachment,
            } => {
                let (load_balancer, attachment) =
                    (load_balancer.to_string(), attachment.to_string());
                Self::LoadBalancer {
                    load_balancer,
                    attachment,
                }
            }
        }
    }
}

impl TryFrom<Kind> for ModelKind {
    type Error = FieldError;

    fn try_from(kind: Kind) -> Result<Self, FieldError> {
        let attached = |id: &str| parse::<AttachmentId>("kind.attachment", id);
        Ok(match kind {
            Kind::Detached => Self::Detached,
            Kind::Instance {
                instance,
                attachment,
                delete_on_termination,
            } => Self::Instance {
                instance: parse("kind.instance", &instance)?,
                attachment: attached(&attachment)?,
                delete_on_termination,
            },
            Kind::VpcEndpoint {
                endpoint,
                attachment,
            } => Self::VpcEndpoint {
                endpoint: parse("kind.endpoint", &endpoint)?,
                attachment: attached(&attachment)?,
            },
            Kind::LoadBalancer {
                load_balancer,
                attachment,
            } => Self::LoadBalancer {
                load_balancer: parse("kind.load_balancer", &load_balancer)?,
                attachment: attached(&attachment)?,
            },
        })
    }
}

impl From<&model::NetworkInterface> for NetworkInterface {
    fn from(interface: &model::NetworkInterface) -> Self {
        Self {
            id: interface.id.to_string(),
            number: interface.number,
            owner: interface.owner.to_string(),
            vpc: interface.vpc.to_string(),
            subnet: interface.subnet.to_string(),
            zone: interface.zone.to_string(),
            address: interface.address.to_string(),
            groups: texts(&interface.groups),
            kind: interface.kind.into(),
            description: interface.description.clone(),
            created: interface.created.as_millis(),
            tags: tag_map(&interface.tags),
        }
    }
}

impl TryFrom<NetworkInterface> for model::NetworkInterface {
    type Error = FieldError;

    fn try_from(record: NetworkInterface) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            number: record.number,
            owner: parse("owner", &record.owner)?,
            vpc: parse("vpc", &record.vpc)?,
            subnet: parse("subnet", &record.subnet)?,
            zone: parse("zone", &record.zone)?,
            address: parse("address", &record.address)?,
            groups: parse_all("groups", &record.groups)?,
            kind: record.kind.try_into()?,
            description: record.description,
            created: Timestamp::from_millis(record.created),
            tags: read_tags("tags", record.tags)?,
        })
    }
}
