//! Requests about load balancers, listeners and target groups.

use std::net::Ipv4Addr;

use crate::id::{ListenerId, LoadBalancerId, SecurityGroupId, SubnetId, TargetGroupId, VpcId};
use crate::listener::{Forward, Protocol};
use crate::load_balancer::{ElbName, Scheme};
use crate::tag::Tags;
use crate::target::TargetId;
use crate::target_group::{HealthCheckPort, StatusMatcher, TargetType};

/// See [`super::Command::CreateLoadBalancer`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateLoadBalancer {
    /// Name.
    pub name: ElbName,
    /// Scheme.
    pub scheme: Scheme,
    /// One subnet per zone, at least one.
    pub subnets: Vec<SubnetMapping>,
    /// Security groups, or none for good.
    pub security_groups: Vec<SecurityGroupId>,
    /// Tags.
    pub tags: Tags,
}

/// A subnet that gets a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SubnetMapping {
    /// Which.
    pub subnet: SubnetId,
    /// The node's address; any free one if not given.
    pub address: Option<Ipv4Addr>,
}

/// See [`super::Command::DeleteLoadBalancer`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteLoadBalancer {
    /// Which; an unknown one is as good as deleted.
    pub load_balancer: LoadBalancerId,
}

/// See [`super::Command::SetSecurityGroups`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetSecurityGroups {
    /// Which load balancer.
    pub load_balancer: LoadBalancerId,
    /// All its groups from now on.
    pub security_groups: Vec<SecurityGroupId>,
    /// `EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic`; as before if not given.
    pub enforce_inbound_rules_on_private_link: Option<bool>,
}

/// See [`super::Command::SetSubnets`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetSubnets {
    /// Which load balancer.
    pub load_balancer: LoadBalancerId,
    /// All its subnets from now on. Subnets that stay keep their nodes.
    pub subnets: Vec<SubnetMapping>,
}

/// See [`super::Command::ModifyLoadBalancerAttributes`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyLoadBalancerAttributes {
    /// Which load balancer.
    pub load_balancer: LoadBalancerId,
    /// Keys and values.
    pub attributes: Vec<(String, String)>,
}

/// See [`super::Command::CreateTargetGroup`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateTargetGroup {
    /// Name.
    pub name: ElbName,
    /// In which VPC.
    pub vpc: VpcId,
    /// Protocol.
    pub protocol: Protocol,
    /// Port, from 1.
    pub port: u16,
    /// Target type.
    pub target_type: TargetType,
    /// Health check; what is not given has AWS's defaults.
    pub health_check: HealthCheckSettings,
    /// Tags.
    pub tags: Tags,
}

/// Health check parameters as requests give them; what is not given stays, or has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct HealthCheckSettings {
    /// `HealthCheckProtocol`.
    pub protocol: Option<ProbeKind>,
    /// `HealthCheckPort`.
    pub port: Option<HealthCheckPort>,
    /// `HealthCheckPath`.
    pub path: Option<String>,
    /// `Matcher.HttpCode`.
    pub matcher: Option<StatusMatcher>,
    /// `HealthCheckIntervalSeconds`.
    pub interval_secs: Option<u32>,
    /// `HealthCheckTimeoutSeconds`.
    pub timeout_secs: Option<u32>,
    /// `HealthyThresholdCount`.
    pub healthy_threshold: Option<u32>,
    /// `UnhealthyThresholdCount`.
    pub unhealthy_threshold: Option<u32>,
}

/// The protocol of a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProbeKind {
    /// TCP.
    Tcp,
    /// HTTP.
    Http,
}

/// See [`super::Command::ModifyTargetGroup`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyTargetGroup {
    /// Which.
    pub target_group: TargetGroupId,
    /// What changes.
    pub health_check: HealthCheckSettings,
}

/// See [`super::Command::ModifyTargetGroupAttributes`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyTargetGroupAttributes {
    /// Which.
    pub target_group: TargetGroupId,
    /// Keys and values.
    pub attributes: Vec<(String, String)>,
}

/// See [`super::Command::DeleteTargetGroup`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteTargetGroup {
    /// Which; an unknown one is as good as deleted.
    pub target_group: TargetGroupId,
}

/// See [`super::Command::RegisterTargets`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegisterTargets {
    /// In which group.
    pub target_group: TargetGroupId,
    /// Which targets; all or none.
    pub targets: Vec<TargetDescription>,
}

/// See [`super::Command::DeregisterTargets`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeregisterTargets {
    /// From which group.
    pub target_group: TargetGroupId,
    /// Which targets; unknown ones are as good as deregistered.
    pub targets: Vec<TargetDescription>,
}

/// A target as requests name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TargetDescription {
    /// Instance or address.
    pub id: TargetId,
    /// Port; the group's if not given.
    pub port: Option<u16>,
    /// Zone.
    pub zone: TargetZoneChoice,
}

/// The zone of a target as requests name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TargetZoneChoice {
    /// The one its address lies in.
    Own,
    /// `all`: for addresses outside the VPC.
    All,
    /// By name; for addresses inside the VPC it must be their own.
    Name(String),
}

/// See [`super::Command::CreateListener`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateListener {
    /// Of which load balancer.
    pub load_balancer: LoadBalancerId,
    /// Protocol.
    pub protocol: Protocol,
    /// Port, from 1.
    pub port: u16,
    /// Where to forward.
    pub forward: Forward,
    /// Tags.
    pub tags: Tags,
}

/// See [`super::Command::ModifyListener`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyListener {
    /// Which.
    pub listener: ListenerId,
    /// Another protocol.
    pub protocol: Option<Protocol>,
    /// Another port.
    pub port: Option<u16>,
    /// Where to forward from now on.
    pub forward: Option<Forward>,
}

/// See [`super::Command::ModifyListenerAttributes`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyListenerAttributes {
    /// Which.
    pub listener: ListenerId,
    /// Keys and values.
    pub attributes: Vec<(String, String)>,
}

/// See [`super::Command::DeleteListener`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteListener {
    /// Which.
    pub listener: ListenerId,
}
