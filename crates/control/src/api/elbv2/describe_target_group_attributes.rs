//! `DescribeTargetGroupAttributes`.

use aws_wire::query::TargetGroupArn;
use aws_wire::{ApiError, request};

use super::attributes::Response;
use crate::api::action::Read;
use crate::api::arn::target_group;
use crate::api::call::Call;

request! {
    /// Shows the attributes of a target group.
    pub(super) struct DescribeTargetGroupAttributes(ElasticLoadBalancing, "ELBv2 API reference, DescribeTargetGroupAttributes") {
        /// Which.
        arn: TargetGroupArn = "TargetGroupArn",
    }
}

impl Read for DescribeTargetGroupAttributes {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        Ok((&target_group(call, &self.arn)?.attributes).into())
    }
}
