//! `DescribeTargetGroupAttributes`.

use aws_wire::query::TargetGroupArn;
use aws_wire::{ApiError, request};

use super::attributes::Response;
use crate::api::action::Read;
use crate::api::arn::target_group;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows the attributes of a target group.
    pub(super) struct DescribeTargetGroupAttributes(ElasticLoadBalancing, "ELBv2 API reference, DescribeTargetGroupAttributes") {
        /// Which.
        arn: TargetGroupArn = "TargetGroupArn",
    }
}

impl Permitted for DescribeTargetGroupAttributes {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeTargetGroupAttributes {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        Ok((&target_group(call, &self.arn)?.attributes).into())
    }
}
