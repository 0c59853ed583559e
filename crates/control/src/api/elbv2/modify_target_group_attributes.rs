//! `ModifyTargetGroupAttributes`.

use aws_wire::query::{Bounds, TargetGroupArn};
use aws_wire::{ApiError, request};
use model::{Command, TargetGroup, command};

use super::attributes::{AttributeParam, Response, pairs};
use crate::api::action::{Done, Write};
use crate::api::arn::target_group;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes attributes of a target group.
    pub(super) struct ModifyTargetGroupAttributes(ElasticLoadBalancing, "ELBv2 API reference, ModifyTargetGroupAttributes") {
        /// Which.
        arn: TargetGroupArn = "TargetGroupArn",
        /// The attributes to set.
        attributes: Vec<AttributeParam> = "Attributes" [Bounds::items(1, 50)],
    }
}

impl Permitted for ModifyTargetGroupAttributes {
    const PERMISSION: Permission = Permission::on(&["TargetGroupArn"]);
}

impl Write for ModifyTargetGroupAttributes {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let target_group = target_group(call, &self.arn)?.id;
        let attributes = pairs(&self.attributes);
        Ok(command::ModifyTargetGroupAttributes { target_group, attributes }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        Ok((&done.call.present::<TargetGroup>(self.arn.id)?.attributes).into())
    }
}
