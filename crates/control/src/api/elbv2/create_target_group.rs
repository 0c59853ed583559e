//! `CreateTargetGroup`.

use aws_wire::query::{Bounds, Tag};
use aws_wire::{ApiError, Dialect, request};
use model::listener::Protocol;
use model::load_balancer::ElbName;
use model::target_group::TargetType;
use model::{Command, Reply, TargetGroup, VpcId, command};

use super::health_check::HealthCheckParams;
use super::view::target_group::TargetGroups;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a target group; one with the same name and settings is returned as it is.
    pub(super) struct CreateTargetGroup(ElasticLoadBalancing, "ELBv2 API reference, CreateTargetGroup") {
        /// Name, unique in the account.
        name: ElbName = "Name",
        /// Protocol to targets.
        protocol: Protocol = "Protocol",
        /// Port of targets without one of their own.
        port: u16 = "Port" [Bounds::range(1, 65_535)],
        /// In which VPC.
        vpc_id: VpcId = "VpcId",
        /// What its targets are; instances unless given.
        target_type: Option<TargetType> = "TargetType",
        /// Tags.
        tags: Vec<Tag> = "Tags",
    }
    groups {
        /// How targets are checked.
        health_check: HealthCheckParams,
    }
    refused {
        /// There is no IPv6.
        "IpAddressType" except ["ipv4"]: Option<String>,
        /// Load balancers look at no HTTP.
        "ProtocolVersion": Option<String>,
        /// Targets are not controlled.
        "TargetControlPort": Option<u16>,
    }
}

impl Permitted for CreateTargetGroup {
    const PERMISSION: Permission = Permission::creating(&["targetgroup"], &[]);

    fn created(&self) -> String {
        format!("{}/*", self.name)
    }
}

impl Write for CreateTargetGroup {
    type Response = TargetGroups;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let command = command::CreateTargetGroup {
            name: self.name.clone(),
            vpc: self.vpc_id,
            protocol: self.protocol,
            port: self.port,
            target_type: self.target_type.unwrap_or(TargetType::Instance),
            health_check: self.health_check.settings()?,
            tags: Tag::collect(Dialect::Query, &self.tags)?,
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<TargetGroups, ApiError> {
        let Reply::TargetGroup(id) = done.reply else { return Err(done.foreign_reply()) };
        let group = done.call.present::<TargetGroup>(*id)?.into();
        Ok(TargetGroups { target_groups: vec![group], next_marker: None })
    }
}
