//! `DeregisterTargets`.

use aws_wire::query::{Bounds, TargetGroupArn};
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::{Command, command};

use super::targets::TargetParam;
use crate::api::action::{Done, Write};
use crate::api::arn::target_group;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Begins to drain targets: new flows avoid them, old ones end in their time.
    pub(super) struct DeregisterTargets(ElasticLoadBalancing, "ELBv2 API reference, DeregisterTargets") {
        /// Of which group.
        arn: TargetGroupArn = "TargetGroupArn",
        /// Which.
        targets: Vec<TargetParam> = "Targets" [Bounds::items(1, 1000)],
    }
}

impl Permitted for DeregisterTargets {
    const PERMISSION: Permission = Permission::on(&["TargetGroupArn"]);
}

impl Write for DeregisterTargets {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let target_group = target_group(call, &self.arn)?.id;
        let targets = self.targets.iter().map(TargetParam::description).collect();
        Ok(command::DeregisterTargets { target_group, targets }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
