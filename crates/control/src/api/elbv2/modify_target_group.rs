//! `ModifyTargetGroup`.

use aws_wire::query::TargetGroupArn;
use aws_wire::{ApiError, request};
use model::{Command, TargetGroup, command};

use super::health_check::HealthCheckParams;
use super::view::target_group::TargetGroups;
use crate::api::action::{Done, Write};
use crate::api::arn::target_group;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes how the targets of a group are checked.
    pub(super) struct ModifyTargetGroup(ElasticLoadBalancing, "ELBv2 API reference, ModifyTargetGroup") {
        /// Which.
        arn: TargetGroupArn = "TargetGroupArn",
    }
    groups {
        /// How targets are checked; what is not given stays.
        health_check: HealthCheckParams,
    }
}

impl Permitted for ModifyTargetGroup {
    const PERMISSION: Permission = Permission::on(&["TargetGroupArn"]);
}

impl Write for ModifyTargetGroup {
    type Response = TargetGroups;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let health_check = self.health_check.settings()?;
        let target_group = target_group(call, &self.arn)?.id;
        Ok(command::ModifyTargetGroup { target_group, health_check }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<TargetGroups, ApiError> {
        let group = done.call.present::<TargetGroup>(self.arn.id)?.into();
        Ok(TargetGroups { target_groups: vec![group], next_marker: None })
    }
}
