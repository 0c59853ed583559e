//! `ModifyLoadBalancerAttributes`.

use aws_wire::query::{Bounds, LoadBalancerArn};
use aws_wire::{ApiError, request};
use model::{Command, LoadBalancer, command};

use super::attributes::{AttributeParam, Response, pairs};
use crate::api::action::{Done, Write};
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes attributes of a load balancer.
    pub(super) struct ModifyLoadBalancerAttributes(ElasticLoadBalancing, "ELBv2 API reference, ModifyLoadBalancerAttributes") {
        /// Which.
        arn: LoadBalancerArn = "LoadBalancerArn",
        /// The attributes to set.
        attributes: Vec<AttributeParam> = "Attributes" [Bounds::items(1, 50)],
    }
}

impl Permitted for ModifyLoadBalancerAttributes {
    const PERMISSION: Permission = Permission::on(&["LoadBalancerArn"]);
}

impl Write for ModifyLoadBalancerAttributes {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let load_balancer = load_balancer(call, &self.arn)?.id;
        let attributes = pairs(&self.attributes);
        Ok(command::ModifyLoadBalancerAttributes { load_balancer, attributes }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        Ok((&done.call.present::<LoadBalancer>(self.arn.id)?.attributes).into())
    }
}
