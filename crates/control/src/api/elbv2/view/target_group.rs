//! Target groups.

use std::collections::BTreeSet;

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::rejection::NotFound;
use model::target_group::HealthCheckPort;
use model::{LoadBalancerId, TargetGroup, TargetGroupId, VpcId};

use super::load_balancer::IPV4;
use crate::api::listing::Described;
use crate::api::view::{View, owned};

owned!(
    TargetGroup,
    TargetGroupId,
    target_groups,
    target_groups_by_account,
    NotFound::TargetGroup
);

impl Described for TargetGroup {}

/// ELBv2 has no filters.
impl Filterable for View<'_, TargetGroup> {
    const TAGGED: bool = false;

    fn filters() -> Vec<FilterSpec<Self>> {
        Vec::new()
    }
}

response! {
    /// A target group.
    pub(in crate::api::elbv2) struct TargetGroupItem {
        /// ARN.
        arn: String = "TargetGroupArn",
        /// Name.
        name: String = "TargetGroupName",
        /// Protocol.
        protocol: &'static str = "Protocol",
        /// Port of targets without one of their own.
        port: u16 = "Port",
        /// VPC.
        vpc_id: VpcId = "VpcId",
        /// Protocol of checks.
        health_check_protocol: &'static str = "HealthCheckProtocol",
        /// Port of checks.
        health_check_port: String = "HealthCheckPort",
        /// Whether there are checks.
        health_check_enabled: bool = "HealthCheckEnabled",
        /// Seconds between checks.
        health_check_interval_seconds: u16 = "HealthCheckIntervalSeconds",
        /// Seconds that a check waits.
        health_check_timeout_seconds: u16 = "HealthCheckTimeoutSeconds",
        /// Successes until healthy.
        healthy_threshold_count: u8 = "HealthyThresholdCount",
        /// Failures until unhealthy.
        unhealthy_threshold_count: u8 = "UnhealthyThresholdCount",
        /// Path of HTTP checks.
        health_check_path: Option<String> = "HealthCheckPath",
        /// What HTTP checks expect.
        matcher: Option<MatcherItem> = "Matcher",
        /// Who forwards to it.
        load_balancer_arns: Vec<String> = "LoadBalancerArns",
        /// What its targets are.
        target_type: &'static str = "TargetType",
        /// Kind of addresses.
        ip_address_type: &'static str = "IpAddressType",
    }
}

response! {
    /// What HTTP checks expect.
    pub(in crate::api::elbv2) struct MatcherItem {
        /// Status codes.
        http_code: String = "HttpCode",
    }
}

/// The port of checks, in AWS's words.
pub(in crate::api::elbv2) const TRAFFIC_PORT: &str = "traffic-port";

impl View<'_, TargetGroup> {
    fn load_balancer_arns(&self) -> Vec<String> {
        let (tables, indexes) = (self.state.tables(), self.state.indexes());
        let listeners = indexes.listeners_by_target_group.of(&self.resource().id);
        let listeners = listeners.filter_map(|id| tables.listeners.get(id));
        let balancers: BTreeSet<LoadBalancerId> = listeners.map(|it| it.load_balancer).collect();
        let known = balancers
            .iter()
            .filter_map(|id| tables.load_balancers.get(id));
        known
            .map(|balancer| balancer.arn(self.state.settings()).to_string())
            .collect()
    }
}

impl From<View<'_, TargetGroup>> for TargetGroupItem {
    fn from(group: View<'_, TargetGroup>) -> Self {
        let check = &group.health_check;
        let http = check.probe.http();
        Self {
            arn: group.arn(group.state.settings()).to_string(),
            name: group.name.to_string(),
            protocol: group.protocol.as_aws_str(),
            port: group.port,
            vpc_id: group.vpc,
            health_check_protocol: check.probe.as_aws_str(),
            health_check_port: match check.port {
                HealthCheckPort::Traffic => TRAFFIC_PORT.to_owned(),
                HealthCheckPort::Port(port) => port.to_string(),
            },
            health_check_enabled: true,
            health_check_interval_seconds: check.interval_secs,
            health_check_timeout_seconds: check.timeout_secs,
            healthy_threshold_count: check.healthy_threshold,
            unhealthy_threshold_count: check.unhealthy_threshold,
            health_check_path: http.map(|http| http.path.clone()),
            matcher: http.map(|http| MatcherItem {
                http_code: http.matcher.as_str().to_owned(),
            }),
            load_balancer_arns: group.load_balancer_arns(),
            target_type: group.target_type.as_aws_str(),
            ip_address_type: IPV4,
        }
    }
}

response! {
    /// Target groups.
    pub(in crate::api::elbv2) struct TargetGroups {
        /// The target groups.
        target_groups: Vec<TargetGroupItem> = "TargetGroups",
        /// Where the next page begins.
        next_marker: Option<String> = "NextMarker",
    }
}
