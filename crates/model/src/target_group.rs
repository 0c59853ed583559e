//! Target groups: how to check and reach a service's targets. The targets are in [`crate::target`].
//!
//! Source: ELBv2 API reference and Network Load Balancer guide, 2026.

use std::time::Duration;

use crate::arn::Arn;
use crate::attribute::{Accepts, AttributeSpec, Attributes};
use crate::id::{AccountId, TargetGroupId, VpcId};
use crate::listener::Protocol;
use crate::load_balancer::{CROSS_ZONE, ElbName};
use crate::settings::Settings;
use crate::tag::Tags;

/// One target group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// Identifier.
    pub id: TargetGroupId,
    /// Number in the data plane, from 1; never given again.
    pub number: u32,
    /// Name, unique among the account's target groups.
    pub name: ElbName,
    /// Account that owns it.
    pub owner: AccountId,
    /// Its VPC.
    pub vpc: VpcId,
    /// How targets are reached.
    pub protocol: Protocol,
    /// Port of targets that are registered without one, from 1.
    pub port: u16,
    /// What its targets are.
    pub target_type: TargetType,
    /// How targets are checked.
    pub health_check: HealthCheck,
    /// Attributes, of [`TARGET_GROUP_ATTRIBUTES`].
    pub attributes: Attributes,
    /// Tags.
    pub tags: Tags,
}

/// What the targets of a group are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetType {
    /// Instances, by id.
    Instance,
    /// Addresses.
    Ip,
}

impl TargetType {
    /// AWS's word.
    pub const fn as_aws_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Ip => "ip",
        }
    }
}

/// How the targets of a group are checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HealthCheck {
    /// What is asked.
    pub probe: Probe,
    /// On which port.
    pub port: HealthCheckPort,
    /// Seconds between two checks of a target: 5 to 300.
    pub interval_secs: u16,
    /// Seconds until a check without answer has failed: 2 to 120.
    pub timeout_secs: u16,
    /// Successes in a row until a target is healthy: 2 to 10.
    pub healthy_threshold: u8,
    /// Failures in a row until a target is unhealthy: 2 to 10.
    pub unhealthy_threshold: u8,
}

/// What a health check asks of a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    /// A TCP connection.
    Tcp,
    /// An HTTP request.
    Http(HttpProbe),
}

/// What an HTTP health check asks and expects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpProbe {
    /// Path and query, starting with `/`.
    pub path: String,
    /// Status codes that mean healthy.
    pub matcher: StatusMatcher,
}

/// HTTP status codes: a list of codes and ranges within 200 to 599.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusMatcher(String);

impl StatusMatcher {
    /// The matcher that AWS's `Matcher.HttpCode` describes, for example `200-399` or `200,204`.
    pub fn new(text: &str) -> Option<Self> {
        let code = |text: &str| {
            text.parse::<u16>()
                .ok()
                .filter(|code| (200..=599).contains(code))
        };
        let valid = text.split(',').all(|part| match part.split_once('-') {
            Some((first, last)) => {
                matches!((code(first), code(last)), (Some(first), Some(last)) if first <= last)
            }
            None => code(part).is_some(),
        });
        valid.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a status code is among them.
    pub fn matches(&self, status: u16) -> bool {
        self.0.split(',').any(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            matches!((first.parse(), last.parse()), (Ok(first), Ok(last)) if (first..=last).contains(&status))
        })
    }
}

impl Default for StatusMatcher {
    /// AWS's for Network Load Balancers.
    fn default() -> Self {
        Self("200-399".to_owned())
    }
}

impl Probe {
    /// AWS's word for its protocol.
    pub const fn as_aws_str(&self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Http(_) => "HTTP",
        }
    }

    /// The HTTP part.
    pub const fn http(&self) -> Option<&HttpProbe> {
        match self {
            Self::Tcp => None,
            Self::Http(http) => Some(http),
        }
    }
}

/// The port that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthCheckPort {
    /// The one the target takes traffic on.
    Traffic,
    /// This one, from 1.
    Port(u16),
}

/// `deregistration_delay.timeout_seconds`.
pub const DEREGISTRATION_DELAY: &str = "deregistration_delay.timeout_seconds";
/// `deregistration_delay.connection_termination.enabled`.
pub const DEREGISTRATION_TERMINATION: &str = "deregistration_delay.connection_termination.enabled";
/// `target_health_state.unhealthy.connection_termination.enabled`.
pub const UNHEALTHY_TERMINATION: &str =
    "target_health_state.unhealthy.connection_termination.enabled";
/// `preserve_client_ip.enabled`; without effect on traffic through endpoints.
pub const PRESERVE_CLIENT_IP: &str = "preserve_client_ip.enabled";

/// The attributes of a target group. Some defaults depend on protocol and target type.
pub const TARGET_GROUP_ATTRIBUTES: &[AttributeSpec] = &[
    AttributeSpec {
        key: DEREGISTRATION_DELAY,
        default: "300",
        accepts: Accepts::Integer(0, 3600),
    },
    AttributeSpec {
        key: DEREGISTRATION_TERMINATION,
        default: "false",
        accepts: Accepts::Bool,
    },
    AttributeSpec {
        key: UNHEALTHY_TERMINATION,
        default: "true",
        accepts: Accepts::Bool,
    },
    AttributeSpec {
        key: "target_health_state.unhealthy.draining_interval_seconds",
        default: "0",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: PRESERVE_CLIENT_IP,
        default: "true",
        accepts: Accepts::Bool,
    },
    AttributeSpec {
        key: "proxy_protocol_v2.enabled",
        default: "false",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: "stickiness.enabled",
        default: "false",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: "stickiness.type",
        default: "source_ip",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: CROSS_ZONE,
        default: "use_load_balancer_configuration",
        accepts: Accepts::OneOf(&["true", "false", "use_load_balancer_configuration"]),
    },
    AttributeSpec {
        key: "target_group_health.dns_failover.minimum_healthy_targets.count",
        default: "1",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        default: "off",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        default: "1",
        accepts: Accepts::DefaultOnly,
    },
    AttributeSpec {
        key: "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        default: "off",
        accepts: Accepts::DefaultOnly,
    },
];

impl TargetGroup {
    /// The attributes of a new group.
    pub(crate) fn default_attributes(protocol: Protocol, target_type: TargetType) -> Attributes {
        let mut attributes = Attributes::defaults(TARGET_GROUP_ATTRIBUTES);
        if protocol.has_udp() {
            attributes.preset(DEREGISTRATION_TERMINATION, "true");
        }
        if protocol == Protocol::Tcp && target_type == TargetType::Ip {
            attributes.preset(PRESERVE_CLIENT_IP, "false");
        }
        attributes
    }

    /// How long a deregistered target is drained.
    pub fn deregistration_delay(&self) -> Duration {
        Duration::from_secs(
            self.attributes
                .integer(DEREGISTRATION_DELAY)
                .unwrap_or(300)
                .into(),
        )
    }

    /// Whether the flows of a deregistered target are cut when its draining ends.
    pub fn terminates_deregistered(&self) -> bool {
        self.attributes.is_true(DEREGISTRATION_TERMINATION)
    }

    /// Whether the flows of an unhealthy target are cut.
    pub fn terminates_unhealthy(&self) -> bool {
        self.attributes.is_true(UNHEALTHY_TERMINATION)
    }

    /// Whether nodes use targets of every zone; `None` leaves it to the load balancer.
    pub fn cross_zone(&self) -> Option<bool> {
        self.attributes
            .get(CROSS_ZONE)
            .and_then(|value| value.parse().ok())
    }

    /// Its ARN.
    pub fn arn(&self, settings: &Settings) -> Arn {
        Arn::target_group(settings, self.owner, &self.name, self.id)
    }
}
