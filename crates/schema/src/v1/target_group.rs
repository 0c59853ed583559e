//! Target groups and targets.

use model::attribute::Attributes;
use model::listener::Protocol as ModelProtocol;
use model::target::{
    ObservedHealth as ModelHealth, Registration as ModelRegistration, TargetZone as ModelZone,
    UnhealthyReason as ModelReason,
};
use model::target_group::{
    HealthCheck as ModelHealthCheck, HealthCheckPort as ModelPort, HttpProbe as ModelHttpProbe,
    Probe as ModelProbe, StatusMatcher, TargetType as ModelTargetType,
};
use model::{TargetKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::load_balancing::{AttributeMap, Protocol, attribute_map};
use super::{TagMap, read_tags, tag_map};
use crate::error::{FieldError, parse, valid};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetGroup {
    id: String,
    number: u32,
    name: String,
    owner: String,
    vpc: String,
    #[serde(with = "Protocol")]
    protocol: ModelProtocol,
    port: u16,
    #[serde(with = "TargetType")]
    target_type: ModelTargetType,
    health_check: HealthCheck,
    attributes: AttributeMap,
    tags: TagMap,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelTargetType", rename_all = "kebab-case")]
enum TargetType {
    Instance,
    Ip,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HealthCheck {
    probe: Probe,
    #[serde(with = "Port")]
    port: ModelPort,
    interval_secs: u16,
    timeout_secs: u16,
    healthy_threshold: u8,
    unhealthy_threshold: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Probe {
    Tcp,
    Http(HttpProbe),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpProbe {
    path: String,
    matcher: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelPort", rename_all = "kebab-case")]
enum Port {
    Traffic,
    Port(u16),
}

impl From<&ModelHttpProbe> for HttpProbe {
    fn from(http: &ModelHttpProbe) -> Self {
        Self {
            path: http.path.clone(),
            matcher: http.matcher.as_str().to_owned(),
        }
    }
}

impl TryFrom<HttpProbe> for ModelHttpProbe {
    type Error = FieldError;

    fn try_from(record: HttpProbe) -> Result<Self, FieldError> {
        let matcher = StatusMatcher::new(&record.matcher);
        Ok(Self {
            path: record.path,
            matcher: valid("health_check.probe.matcher", matcher)?,
        })
    }
}

impl From<&ModelHealthCheck> for HealthCheck {
    fn from(check: &ModelHealthCheck) -> Self {
        Self {
            probe: match &check.probe {
                ModelProbe::Tcp => Probe::Tcp,
                ModelProbe::Http(http) => Probe::Http(http.into()),
            },
            port: check.port,
            interval_secs: check.interval_secs,
            timeout_secs: check.timeout_secs,
            healthy_threshold: check.healthy_threshold,
            unhealthy_threshold: check.unhealthy_threshold,
        }
    }
}

impl TryFrom<HealthCheck> for ModelHealthCheck {
    type Error = FieldError;

    fn try_from(record: HealthCheck) -> Result<Self, FieldError> {
        Ok(Self {
            probe: match record.probe {
                Probe::Tcp => ModelProbe::Tcp,
                Probe::Http(http) => ModelProbe::Http(http.try_into()?),
            },
            port: record.port,
            interval_secs: record.interval_secs,
            timeout_secs: record.timeout_secs,
            healthy_threshold: record.healthy_threshold,
            unhealthy_threshold: record.unhealthy_threshold,
        })
    }
}

impl From<&model::TargetGroup> for TargetGroup {
    fn from(group: &model::TargetGroup) -> Self {
        Self {
            id: group.id.to_string(),
            number: group.number,
            name: group.name.to_string(),
            owner: group.owner.to_string(),
            vpc: group.vpc.to_string(),
            protocol: group.protocol,
            port: group.port,
            target_type: group.target_type,
            health_check: (&group.health_check).into(),
            attributes: attribute_map(&group.attributes),
            tags: tag_map(&group.tags),
        }
    }
}

impl TryFrom<TargetGroup> for model::TargetGroup {
    type Error = FieldError;

    fn try_from(record: TargetGroup) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            number: record.number,
            name: parse("name", &record.name)?,
            owner: parse("owner", &record.owner)?,
            vpc: parse("vpc", &record.vpc)?,
            protocol: record.protocol,
            port: record.port,
            target_type: record.target_type,
            health_check: record.health_check.try_into()?,
            attributes: Attributes::from_stored(record.attributes),
            tags: read_tags("tags", record.tags)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Target {
    group: String,
    id: String,
    port: u16,
    number: u32,
    zone: TargetZone,
    registration: Registration,
    #[serde(with = "ObservedHealth")]
    observed: ModelHealth,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TargetZone {
    Zone(String),
    All,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Registration {
    Registered { since: u64 },
    Draining { until: u64 },
    Severed { until: u64 },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelHealth", rename_all = "kebab-case")]
pub(super) enum ObservedHealth {
    Registering,
    Checking,
    Healthy,
    Unhealthy(#[serde(with = "UnhealthyReason")] ModelReason),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelReason", rename_all = "kebab-case")]
enum UnhealthyReason {
    FailedHealthChecks,
    Timeout,
    ResponseCodeMismatch(u16),
}

impl From<&model::Target> for Target {
    fn from(target: &model::Target) -> Self {
        let TargetKey { group, id, port } = target.key;
        Self {
            group: group.to_string(),
            id: id.to_string(),
            port,
            number: target.number,
            zone: match &target.zone {
                ModelZone::Zone(zone) => TargetZone::Zone(zone.to_string()),
                ModelZone::All => TargetZone::All,
            },
            registration: match target.registration {
                ModelRegistration::Registered { since } => Registration::Registered {
                    since: since.as_millis(),
                },
                ModelRegistration::Draining { until } => Registration::Draining {
                    until: until.as_millis(),
                },
                ModelRegistration::Severed { until } => Registration::Severed {
                    until: until.as_millis(),
                },
            },
            observed: target.observed,
        }
    }
}

impl TryFrom<Target> for model::Target {
    type Error = FieldError;

    fn try_from(record: Target) -> Result<Self, FieldError> {
        let group = parse("group", &record.group)?;
        let at = Timestamp::from_millis;
        Ok(Self {
            key: TargetKey {
                group,
                id: parse("id", &record.id)?,
                port: record.port,
            },
            number: record.number,
            zone: match &record.zone {
                TargetZone::Zone(zone) => ModelZone::Zone(parse("zone", zone)?),
                TargetZone::All => ModelZone::All,
            },
            registration: match record.registration {
                Registration::Registered { since } => {
                    ModelRegistration::Registered { since: at(since) }
                }
                Registration::Draining { until } => {
                    ModelRegistration::Draining { until: at(until) }
                }
                Registration::Severed { until } => ModelRegistration::Severed { until: at(until) },
            },
            observed: record.observed,
        })
    }
}
