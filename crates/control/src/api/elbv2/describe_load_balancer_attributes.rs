//! `DescribeLoadBalancerAttributes`.

use aws_wire::query::LoadBalancerArn;
use aws_wire::{ApiError, request};

use super::attributes::Response;
use crate::api::action::Read;
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows the attributes of a load balancer.
    pub(super) struct DescribeLoadBalancerAttributes(ElasticLoadBalancing, "ELBv2 API reference, DescribeLoadBalancerAttributes") {
        /// Which.
        arn: LoadBalancerArn = "LoadBalancerArn",
    }
}

impl Permitted for DescribeLoadBalancerAttributes {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeLoadBalancerAttributes {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        Ok((&load_balancer(call, &self.arn)?.attributes).into())
    }
}
