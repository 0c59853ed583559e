//! What agents report.

use model::command::{
    EndpointApplied, EndpointFailed, EndpointRemoved, InstanceObservation as ModelObservation,
    InstanceObserved, LoadBalancerApplied, LoadBalancerFailed, TargetHealthObserved,
};
use model::target::ObservedHealth as ModelHealth;
use model::{Command, TargetKey};
use serde::{Deserialize, Serialize};

use super::target_group::ObservedHealth;
use crate::error::{FieldError, ValueError, parse};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Report {
    EndpointApplied {
        endpoint: String,
        generation: u64,
    },
    EndpointFailed {
        endpoint: String,
        generation: u64,
        error: String,
    },
    EndpointRemoved {
        endpoint: String,
    },
    LoadBalancerApplied {
        load_balancer: String,
    },
    LoadBalancerFailed {
        load_balancer: String,
        reason: String,
    },
    TargetHealthObserved {
        group: String,
        id: String,
        port: u16,
        number: u32,
        #[serde(with = "ObservedHealth")]
        health: ModelHealth,
    },
    InstanceObserved {
        instance: String,
        #[serde(with = "InstanceObservation")]
        observation: ModelObservation,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelObservation", rename_all = "kebab-case")]
enum InstanceObservation {
    Starting,
    Running,
    Failed(String),
    Terminated,
}

impl Report {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all others are commands of users and operators"
    )]
    fn of(command: &Command) -> Option<Self> {
        Some(match command {
            Command::EndpointApplied(report) => Self::EndpointApplied {
                endpoint: report.endpoint.to_string(),
                generation: report.generation,
            },
            Command::EndpointFailed(report) => Self::EndpointFailed {
                endpoint: report.endpoint.to_string(),
                generation: report.generation,
                error: report.error.clone(),
            },
            Command::EndpointRemoved(report) => Self::EndpointRemoved {
                endpoint: report.endpoint.to_string(),
            },
            Command::LoadBalancerApplied(report) => Self::LoadBalancerApplied {
                load_balancer: report.load_balancer.to_string(),
            },
            Command::LoadBalancerFailed(report) => Self::LoadBalancerFailed {
                load_balancer: report.load_balancer.to_string(),
                reason: report.reason.clone(),
            },
            Command::TargetHealthObserved(report) => Self::TargetHealthObserved {
                group: report.target.group.to_string(),
                id: report.target.id.to_string(),
                port: report.target.port,
                number: report.number,
                health: report.health,
            },
            Command::InstanceObserved(report) => Self::InstanceObserved {
                instance: report.instance.to_string(),
                observation: report.observation.clone(),
            },
            _ => return None,
        })
    }

    fn command(self) -> Result<Command, FieldError> {
        Ok(match self {
            Self::EndpointApplied {
                endpoint,
                generation,
            } => EndpointApplied {
                endpoint: parse("endpoint", &endpoint)?,
                generation,
            }
            .into(),
            Self::EndpointFailed {
                endpoint,
                generation,
                error,
            } => EndpointFailed {
                endpoint: parse("endpoint", &endpoint)?,
                generation,
                error,
            }
            .into(),
            Self::EndpointRemoved { endpoint } => EndpointRemoved {
                endpoint: parse("endpoint", &endpoint)?,
            }
            .into(),
            Self::LoadBalancerApplied { load_balancer } => LoadBalancerApplied {
                load_balancer: parse("load_balancer", &load_balancer)?,
            }
            .into(),
            Self::LoadBalancerFailed {
                load_balancer,
                reason,
            } => LoadBalancerFailed {
                load_balancer: parse("load_balancer", &load_balancer)?,
                reason,
            }
            .into(),
            Self::TargetHealthObserved {
                group,
                id,
                port,
                number,
                health,
            } => TargetHealthObserved {
                target: TargetKey {
                    group: parse("group", &group)?,
                    id: parse("id", &id)?,
                    port,
                },
                number,
                health,
            }
            .into(),
            Self::InstanceObserved {
                instance,
                observation,
            } => InstanceObserved {
                instance: parse("instance", &instance)?,
                observation,
            }
            .into(),
        })
    }
}

/// The JSON of a report; none for any other command.
pub(crate) fn to_json(command: &Command) -> Option<Vec<u8>> {
    #[expect(clippy::expect_used, reason = "reports have no maps")]
    Report::of(command).map(|report| serde_json::to_vec(&report).expect("a report is JSON"))
}

/// The command that the JSON of a report stands for.
pub(crate) fn from_json(bytes: &[u8]) -> Result<Command, ValueError> {
    let report: Report = serde_json::from_slice(bytes).map_err(ValueError::Json)?;
    report.command().map_err(ValueError::Field)
}
