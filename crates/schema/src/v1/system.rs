//! Settings, counters, accounts, client tokens.

use model::client_token::{ClientTokenKey, TokenAction as ModelAction, TokenResult as ModelResult};
use model::counter::CounterKind as ModelCounterKind;
use model::limits::{ACCEPTANCE_SECS, Quotas as ModelQuotas, VERIFICATION_SECS};
use model::{AccessKeyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::{FieldError, parse, valid};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    partition: String,
    region: String,
    zones: Vec<Zone>,
    dns_suffix: String,
    #[serde(with = "Quotas")]
    quotas: ModelQuotas,
    #[serde(default = "acceptance_secs")]
    acceptance_secs: u64,
    #[serde(default = "verification_secs")]
    verification_secs: u64,
}

/// What held before there was a choice.
const fn acceptance_secs() -> u64 {
    ACCEPTANCE_SECS
}

/// What a record without a choice has.
const fn verification_secs() -> u64 {
    VERIFICATION_SECS
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Zone {
    name: String,
    id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelQuotas", deny_unknown_fields)]
struct Quotas {
    vpcs: u32,
    subnets_per_vpc: u32,
    route_tables_per_vpc: u32,
    security_groups: u32,
    rules_per_security_group: u32,
    #[serde(default = "security_groups_per_interface")]
    security_groups_per_interface: u32,
    network_interfaces: u32,
    instances: u32,
    load_balancers: u32,
    listeners_per_load_balancer: u32,
    target_groups: u32,
    targets_per_target_group: u32,
    endpoint_services: u32,
    principals_per_service: u32,
    interface_endpoints_per_vpc: u32,
    #[serde(default = "topics")]
    topics: u32,
    #[serde(default = "subscriptions_per_topic")]
    subscriptions_per_topic: u32,
    #[serde(default = "undelivered_per_topic")]
    undelivered_per_topic: u32,
    #[serde(default = "connection_notifications")]
    connection_notifications: u32,
}

/// The defaults of quotas that earlier releases did not have.
macro_rules! later_quotas {
    ($($name:ident),*) => { $(
        fn $name() -> u32 {
            ModelQuotas::default().$name
        }
    )* };
}

later_quotas!(
    security_groups_per_interface,
    topics,
    subscriptions_per_topic,
    undelivered_per_topic,
    connection_notifications
);

impl From<&model::Settings> for Settings {
    fn from(settings: &model::Settings) -> Self {
        let model::Settings {
            partition,
            region,
            zones,
            dns_suffix,
            quotas,
            acceptance_secs,
            verification_secs,
        } = settings;
        let zone = |zone: &model::Zone| Zone {
            name: zone.name.clone(),
            id: zone.id.to_string(),
        };
        Self {
            partition: partition.clone(),
            region: region.clone(),
            zones: zones.iter().map(zone).collect(),
            dns_suffix: dns_suffix.clone(),
            quotas: quotas.clone(),
            acceptance_secs: *acceptance_secs,
            verification_secs: *verification_secs,
        }
    }
}

impl TryFrom<Settings> for model::Settings {
    type Error = FieldError;

    fn try_from(record: Settings) -> Result<Self, FieldError> {
        let zone = |zone: Zone| {
            let id = parse("zones.id", &zone.id)?;
            Ok(model::Zone {
                name: zone.name,
                id,
            })
        };
        Ok(Self {
            partition: record.partition,
            region: record.region,
            zones: record
                .zones
                .into_iter()
                .map(zone)
                .collect::<Result<_, _>>()?,
            dns_suffix: record.dns_suffix,
            quotas: record.quotas,
            acceptance_secs: record.acceptance_secs,
            verification_secs: record.verification_secs,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counter {
    #[serde(with = "CounterKind")]
    kind: ModelCounterKind,
    next: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelCounterKind", rename_all = "kebab-case")]
enum CounterKind {
    Vni,
    NetworkInterface,
    RouteTable,
    SecurityGroup,
    TargetGroup,
    Target,
}

impl From<&model::Counter> for Counter {
    fn from(counter: &model::Counter) -> Self {
        let model::Counter { kind, next } = *counter;
        Self { kind, next }
    }
}

impl TryFrom<Counter> for model::Counter {
    type Error = FieldError;

    fn try_from(record: Counter) -> Result<Self, FieldError> {
        Ok(Self {
            kind: record.kind,
            next: record.next,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    id: String,
    name: String,
    root_key: AccessKey,
    created: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessKey {
    id: String,
    secret: String,
}

impl From<&model::Account> for Account {
    fn from(account: &model::Account) -> Self {
        let model::Account {
            id,
            name,
            root_key,
            created,
        } = account;
        Self {
            id: id.to_string(),
            name: name.clone(),
            root_key: AccessKey {
                id: root_key.id.to_string(),
                secret: root_key.secret.clone(),
            },
            created: created.as_millis(),
        }
    }
}

impl TryFrom<Account> for model::Account {
    type Error = FieldError;

    fn try_from(record: Account) -> Result<Self, FieldError> {
        let AccessKey { id, secret } = record.root_key;
        Ok(Self {
            id: parse("id", &record.id)?,
            name: record.name,
            root_key: model::account::AccessKey {
                id: AccessKeyId(id),
                secret,
            },
            created: Timestamp::from_millis(record.created),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientToken {
    account: String,
    #[serde(with = "TokenAction")]
    action: ModelAction,
    token: String,
    /// 32 hexadecimal digits.
    digest: String,
    created: TokenResult,
    expires: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelAction", rename_all = "kebab-case")]
enum TokenAction {
    CreateNetworkInterface,
    CreateRouteTable,
    CreateVpcEndpoint,
    CreateEndpointService,
    RunInstances,
    CreateConnectionNotification,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TokenResult {
    NetworkInterface(String),
    RouteTable(String),
    VpcEndpoint(String),
    EndpointService(String),
    Reservation(String),
    ConnectionNotification(String),
}

impl From<&model::ClientToken> for ClientToken {
    fn from(token: &model::ClientToken) -> Self {
        let model::ClientToken {
            key,
            digest,
            created,
            expires,
        } = token;
        let ClientTokenKey {
            account,
            action,
            token,
        } = key;
        let created = match created {
            ModelResult::NetworkInterface(id) => TokenResult::NetworkInterface(id.to_string()),
            ModelResult::RouteTable(id) => TokenResult::RouteTable(id.to_string()),
            ModelResult::VpcEndpoint(id) => TokenResult::VpcEndpoint(id.to_string()),
            ModelResult::EndpointService(id) => TokenResult::EndpointService(id.to_string()),
            ModelResult::Reservation(id) => TokenResult::Reservation(id.to_string()),
            ModelResult::ConnectionNotification(id) => {
                TokenResult::ConnectionNotification(id.to_string())
            }
        };
        Self {
            account: account.to_string(),
            action: *action,
            token: token.clone(),
            digest: format!("{digest:032x}"),
            created,
            expires: expires.as_millis(),
        }
    }
}

impl TryFrom<ClientToken> for model::ClientToken {
    type Error = FieldError;

    fn try_from(record: ClientToken) -> Result<Self, FieldError> {
        let field = "created";
        let created = match &record.created {
            TokenResult::NetworkInterface(id) => ModelResult::NetworkInterface(parse(field, id)?),
            TokenResult::RouteTable(id) => ModelResult::RouteTable(parse(field, id)?),
            TokenResult::VpcEndpoint(id) => ModelResult::VpcEndpoint(parse(field, id)?),
            TokenResult::EndpointService(id) => ModelResult::EndpointService(parse(field, id)?),
            TokenResult::Reservation(id) => ModelResult::Reservation(parse(field, id)?),
            TokenResult::ConnectionNotification(id) => {
                ModelResult::ConnectionNotification(parse(field, id)?)
            }
        };
        let account = parse("account", &record.account)?;
        Ok(Self {
            key: ClientTokenKey {
                account,
                action: record.action,
                token: record.token,
            },
            digest: valid("digest", u128::from_str_radix(&record.digest, 16).ok())?,
            created,
            expires: Timestamp::from_millis(record.expires),
        })
    }
}
