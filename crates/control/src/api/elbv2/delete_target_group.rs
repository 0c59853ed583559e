//! `DeleteTargetGroup`.

use aws_wire::query::TargetGroupArn;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::{Command, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a target group that no listener forwards to. One that does not exist is as good as deleted.
    pub(super) struct DeleteTargetGroup(ElasticLoadBalancing, "ELBv2 API reference, DeleteTargetGroup") {
        /// Which.
        arn: TargetGroupArn = "TargetGroupArn",
    }
}

impl Permitted for DeleteTargetGroup {
    const PERMISSION: Permission = Permission::on(&["TargetGroupArn"]);
}

impl Write for DeleteTargetGroup {
    type Response = Empty;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteTargetGroup { target_group: self.arn.id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
