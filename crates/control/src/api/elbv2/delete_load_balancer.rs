//! `DeleteLoadBalancer`.

use aws_wire::query::LoadBalancerArn;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::{Command, command};

use crate::api::action::{Answered, Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a load balancer with its listeners. One that does not exist is as good as deleted.
    pub(super) struct DeleteLoadBalancer(ElasticLoadBalancing, "ELBv2 API reference, DeleteLoadBalancer") {
        /// Which.
        arn: LoadBalancerArn = "LoadBalancerArn",
    }
}

impl Permitted for DeleteLoadBalancer {
    const PERMISSION: Permission = Permission::on(&["LoadBalancerArn"]);
}

impl Write for DeleteLoadBalancer {
    type Response = Empty;

    const ANSWERED: Answered = Answered::AppliedOrPending;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteLoadBalancer { load_balancer: self.arn.id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
