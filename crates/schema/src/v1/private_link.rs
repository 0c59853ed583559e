//! Endpoint services and endpoints.

use std::collections::BTreeMap;
use std::time::Duration;

use model::endpoint_service::ServicePermission as ModelPermission;
use model::limits::ACCEPTANCE_SECS;
use model::private_dns::{
    DomainRecord, DomainToken, DomainVerification as ModelVerification,
    EndpointPrivateDns as ModelEndpointDns, HostedZoneId, Proof,
    ServicePrivateDns as ModelServiceDns,
};
use model::vpc_endpoint::{
    DnsToken, EndpointInterface as ModelInterface, VpcEndpointState as ModelState,
};
use model::{LoadBalancerId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{TagMap, read_tags, tag_map};
use crate::error::{FieldError, parse, parse_all, texts, valid};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointService {
    id: String,
    owner: String,
    load_balancers: Vec<String>,
    /// When load balancers were attached that were not at the service's creation. Missing in records from before it was
    /// kept: those load balancers have all been there from the beginning.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    attached: BTreeMap<String, u64>,
    zones: Vec<String>,
    acceptance_required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private_dns: Option<ServicePrivateDns>,
    permissions: BTreeMap<String, ServicePermission>,
    created: u64,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServicePrivateDns {
    name: String,
    label: String,
    secret: String,
    verification: DomainVerification,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DomainVerification {
    Pending { until: Option<u64> },
    Verified,
    VerifiedByOtherName,
    Failed,
}

impl From<&ModelServiceDns> for ServicePrivateDns {
    fn from(own: &ModelServiceDns) -> Self {
        let ModelServiceDns {
            name,
            record,
            verification,
        } = own;
        Self {
            name: name.to_string(),
            label: record.label.as_str().to_owned(),
            secret: record.secret.as_str().to_owned(),
            verification: match verification {
                ModelVerification::Pending { until } => DomainVerification::Pending {
                    until: until.map(Timestamp::as_millis),
                },
                ModelVerification::Verified(Proof::Record) => DomainVerification::Verified,
                ModelVerification::Verified(Proof::OtherName) => {
                    DomainVerification::VerifiedByOtherName
                }
                ModelVerification::Failed => DomainVerification::Failed,
            },
        }
    }
}

impl TryFrom<ServicePrivateDns> for ModelServiceDns {
    type Error = FieldError;

    fn try_from(record: ServicePrivateDns) -> Result<Self, FieldError> {
        Ok(Self {
            name: parse("private_dns.name", &record.name)?,
            record: DomainRecord {
                label: valid("private_dns.label", DomainToken::new(&record.label))?,
                secret: valid("private_dns.secret", DomainToken::new(&record.secret))?,
            },
            verification: match record.verification {
                DomainVerification::Pending { until } => ModelVerification::Pending {
                    until: until.map(Timestamp::from_millis),
                },
                DomainVerification::Verified => ModelVerification::Verified(Proof::Record),
                DomainVerification::VerifiedByOtherName => {
                    ModelVerification::Verified(Proof::OtherName)
                }
                DomainVerification::Failed => ModelVerification::Failed,
            },
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServicePermission {
    principal: String,
    tags: TagMap,
}

impl From<&model::EndpointService> for EndpointService {
    fn from(service: &model::EndpointService) -> Self {
        let permission = |permission: &ModelPermission| ServicePermission {
            principal: permission.principal.to_string(),
            tags: tag_map(&permission.tags),
        };
        let permissions = service.permissions.iter();
        let later = service.load_balancers.iter();
        let later = later.filter(|(_, attached)| **attached != service.created);
        Self {
            id: service.id.to_string(),
            owner: service.owner.to_string(),
            load_balancers: texts(service.load_balancers.keys()),
            attached: later
                .map(|(id, attached)| (id.to_string(), attached.as_millis()))
                .collect(),
            zones: texts(&service.zones),
            acceptance_required: service.acceptance_required,
            private_dns: service.private_dns.as_ref().map(Into::into),
            permissions: permissions
                .map(|(id, own)| (id.to_string(), permission(own)))
                .collect(),
            created: service.created.as_millis(),
            tags: tag_map(&service.tags),
        }
    }
}

impl TryFrom<EndpointService> for model::EndpointService {
    type Error = FieldError;

    fn try_from(record: EndpointService) -> Result<Self, FieldError> {
        let permission = |(id, permission): (String, ServicePermission)| {
            let own = ModelPermission {
                principal: parse("permissions.principal", &permission.principal)?,
                tags: read_tags("permissions.tags", permission.tags)?,
            };
            Ok((parse("permissions", &id)?, own))
        };
        let created = Timestamp::from_millis(record.created);
        let load_balancers: Vec<LoadBalancerId> =
            parse_all("load_balancers", &record.load_balancers)?;
        let mut load_balancers: BTreeMap<_, _> =
            load_balancers.into_iter().map(|id| (id, created)).collect();
        for (id, time) in &record.attached {
            let known = load_balancers.get_mut(&parse("attached", id)?);
            *valid("attached", known)? = Timestamp::from_millis(*time);
        }
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            load_balancers,
            zones: parse_all("zones", &record.zones)?,
            acceptance_required: record.acceptance_required,
            private_dns: record.private_dns.map(TryInto::try_into).transpose()?,
            permissions: record
                .permissions
                .into_iter()
                .map(permission)
                .collect::<Result<_, _>>()?,
            created,
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VpcEndpoint {
    id: String,
    owner: String,
    vpc: String,
    service: String,
    service_owner: String,
    connection: String,
    dns_token: String,
    interfaces: BTreeMap<String, EndpointInterface>,
    groups: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    private_dns: Option<EndpointPrivateDns>,
    state: VpcEndpointState,
    /// Missing in records from before it could differ.
    #[serde(default)]
    acceptance_until: Option<u64>,
    generation: u64,
    policy: String,
    last_error: Option<String>,
    created: u64,
    tags: TagMap,
    connection_tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointPrivateDns {
    name: String,
    hosted_zone: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointInterface {
    zone: String,
    network_interface: String,
    address: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum VpcEndpointState {
    PendingAcceptance,
    Pending,
    Available,
    Rejected,
    Expired,
    Failed,
    Deleting,
    Deleted { at: u64 },
}

impl From<ModelState> for VpcEndpointState {
    fn from(state: ModelState) -> Self {
        match state {
            ModelState::PendingAcceptance => Self::PendingAcceptance,
            ModelState::Pending => Self::Pending,
            ModelState::Available => Self::Available,
            ModelState::Rejected => Self::Rejected,
            ModelState::Expired => Self::Expired,
            ModelState::Failed => Self::Failed,
            ModelState::Deleting => Self::Deleting,
            ModelState::Deleted { at } => Self::Deleted { at: at.as_millis() },
        }
    }
}

impl From<VpcEndpointState> for ModelState {
    fn from(state: VpcEndpointState) -> Self {
        match state {
            VpcEndpointState::PendingAcceptance => Self::PendingAcceptance,
            VpcEndpointState::Pending => Self::Pending,
            VpcEndpointState::Available => Self::Available,
            VpcEndpointState::Rejected => Self::Rejected,
            VpcEndpointState::Expired => Self::Expired,
            VpcEndpointState::Failed => Self::Failed,
            VpcEndpointState::Deleting => Self::Deleting,
            VpcEndpointState::Deleted { at } => Self::Deleted {
                at: Timestamp::from_millis(at),
            },
        }
    }
}

impl From<&model::VpcEndpoint> for VpcEndpoint {
    fn from(endpoint: &model::VpcEndpoint) -> Self {
        let interface = |interface: &ModelInterface| EndpointInterface {
            zone: interface.zone.to_string(),
            network_interface: interface.network_interface.to_string(),
            address: interface.address.to_string(),
        };
        let private_dns = |own: &ModelEndpointDns| EndpointPrivateDns {
            name: own.name.to_string(),
            hosted_zone: own.hosted_zone.as_str().to_owned(),
        };
        let interfaces = endpoint.interfaces.iter();
        Self {
            id: endpoint.id.to_string(),
            owner: endpoint.owner.to_string(),
            vpc: endpoint.vpc.to_string(),
            service: endpoint.service.to_string(),
            service_owner: endpoint.service_owner.to_string(),
            connection: endpoint.connection.to_string(),
            dns_token: endpoint.dns_token.as_str().to_owned(),
            interfaces: interfaces
                .map(|(id, own)| (id.to_string(), interface(own)))
                .collect(),
            groups: texts(&endpoint.groups),
            private_dns: endpoint.private_dns.as_deref().map(private_dns),
            state: endpoint.state.into(),
            acceptance_until: Some(endpoint.acceptance_until.as_millis()),
            generation: endpoint.generation,
            policy: endpoint.policy.as_str().to_owned(),
            last_error: endpoint.last_error.as_deref().map(str::to_owned),
            created: endpoint.created.as_millis(),
            tags: tag_map(&endpoint.tags),
            connection_tags: tag_map(&endpoint.connection_tags),
        }
    }
}

impl TryFrom<VpcEndpoint> for model::VpcEndpoint {
    type Error = FieldError;

    fn try_from(record: VpcEndpoint) -> Result<Self, FieldError> {
        let interface = |(subnet, interface): (&String, &EndpointInterface)| {
            let network_interface = &interface.network_interface;
            let own = ModelInterface {
                zone: parse("interfaces.zone", &interface.zone)?,
                network_interface: parse("interfaces.network_interface", network_interface)?,
                address: parse("interfaces.address", &interface.address)?,
            };
            Ok((parse("interfaces", subnet)?, own))
        };
        let private_dns = |own: EndpointPrivateDns| {
            let hosted_zone = HostedZoneId::new(&own.hosted_zone);
            Ok(Box::new(ModelEndpointDns {
                name: parse("private_dns.name", &own.name)?,
                hosted_zone: valid("private_dns.hosted_zone", hosted_zone)?,
            }))
        };
        let created = Timestamp::from_millis(record.created);
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            vpc: parse("vpc", &record.vpc)?,
            service: parse("service", &record.service)?,
            service_owner: parse("service_owner", &record.service_owner)?,
            connection: parse("connection", &record.connection)?,
            dns_token: valid("dns_token", DnsToken::new(&record.dns_token))?,
            interfaces: record
                .interfaces
                .iter()
                .map(interface)
                .collect::<Result<_, _>>()?,
            groups: parse_all("groups", &record.groups)?,
            private_dns: record.private_dns.map(private_dns).transpose()?,
            state: record.state.into(),
            acceptance_until: record.acceptance_until.map_or_else(
                || created.plus(Duration::from_secs(ACCEPTANCE_SECS)),
                Timestamp::from_millis,
            ),
            generation: record.generation,
            policy: record.policy.as_str().into(),
            last_error: record.last_error.map(Into::into),
            created,
            tags: read_tags("tags", record.tags)?,
            connection_tags: read_tags("connection_tags", record.connection_tags)?,
        })
    }
}
