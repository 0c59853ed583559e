//! `DescribeTargetHealth`.

use std::borrow::Cow;

use aws_wire::query::TargetGroupArn;
use aws_wire::{ApiError, request, response};
use model::target::TargetZone;
use model::target_group::HealthCheckPort;
use model::{Target, TargetGroup};

use super::targets::TargetParam;
use crate::api::action::Read;
use crate::api::arn::target_group;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Shows the health of a group's targets.
    pub(super) struct DescribeTargetHealth(ElasticLoadBalancing, "ELBv2 API reference, DescribeTargetHealth") {
        /// Which group.
        arn: TargetGroupArn = "TargetGroupArn",
        /// Which targets; all if none is given.
        targets: Vec<TargetParam> = "Targets",
    }
    accepted {
        /// There are no other details to include.
        "Include": Vec<String>,
    }
}

response! {
    /// Health.
    pub(super) struct Response {
        /// One of each target.
        descriptions: Vec<Description> = "TargetHealthDescriptions",
    }
}

response! {
    /// The health of a target.
    pub(super) struct Description {
        /// The target.
        target: TargetItem = "Target",
        /// Port of checks.
        health_check_port: Option<String> = "HealthCheckPort",
        /// Its health.
        health: HealthItem = "TargetHealth",
    }
}

response! {
    /// A target.
    pub(super) struct TargetItem {
        /// Instance or address.
        id: String = "Id",
        /// Port.
        port: u16 = "Port",
        /// Zone.
        availability_zone: Option<String> = "AvailabilityZone",
    }
}

response! {
    /// Health.
    pub(super) struct HealthItem {
        /// AWS's word.
        state: &'static str = "State",
        /// AWS's word for why.
        reason: Option<&'static str> = "Reason",
        /// For people.
        description: Option<Cow<'static, str>> = "Description",
    }
}

/// What is said of a target that is asked for and not registered.
const NOT_REGISTERED: HealthItem = HealthItem {
    state: "unused",
    reason: Some("Target.NotRegistered"),
    description: Some(Cow::Borrowed("Target is not registered to the target group")),
};

fn describe(group: View<'_, TargetGroup>, target: &Target) -> Description {
    let port = match group.health_check.port {
        HealthCheckPort::Traffic => target.key.port,
        HealthCheckPort::Port(port) => port,
    };
    let zone = match &target.zone {
        TargetZone::All => "all".to_owned(),
        TargetZone::Zone(zone) => group.state.settings().zone_name(zone).to_owned(),
    };
    let health = group.state.target_health(target);
    Description {
        target: TargetItem {
            id: target.key.id.to_string(),
            port: target.key.port,
            availability_zone: Some(zone),
        },
        health_check_port: Some(port.to_string()),
        health: HealthItem {
            state: health.as_aws_str(),
            reason: health.aws_reason(),
            description: health.aws_description(),
        },
    }
}

impl TargetParam {
    /// Whether a registration is meant.
    fn names(&self, target: &Target) -> bool {
        self.id == target.key.id && self.port.is_none_or(|port| port == target.key.port)
    }
}

impl Permitted for DescribeTargetHealth {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeTargetHealth {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let group = target_group(call, &self.arn)?;
        let keys = call.state.indexes().targets_by_group.of(&group.id);
        let known: Vec<&Target> =
            keys.filter_map(|key| call.state.tables().targets.get(key)).map(|it| &**it).collect();
        let asked = |target: &Target| {
            self.targets.is_empty() || self.targets.iter().any(|param| param.names(target))
        };
        let mut descriptions: Vec<Description> =
            known.iter().filter(|it| asked(it)).map(|it| describe(group, it)).collect();
        let unknown = self.targets.iter().filter(|it| !known.iter().any(|one| it.names(one)));
        descriptions.extend(unknown.map(|param| Description {
            target: TargetItem {
                id: param.id.to_string(),
                port: param.port.unwrap_or(group.port),
                availability_zone: None,
            },
            health_check_port: None,
            health: NOT_REGISTERED,
        }));
        Ok(Response { descriptions })
    }
}
