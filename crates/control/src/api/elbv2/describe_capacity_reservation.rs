//! `DescribeCapacityReservation`.

use aws_wire::query::LoadBalancerArn;
use aws_wire::{ApiError, request, response};

use crate::api::action::Read;
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows what capacity is reserved for a load balancer, which is none.
    pub(super) struct DescribeCapacityReservation(
        ElasticLoadBalancing,
        "ELBv2 API reference, DescribeCapacityReservation"
    ) {
        /// Which.
        arn: LoadBalancerArn = "LoadBalancerArn",
    }
}

response! {
    /// The reservation.
    pub(super) struct Response {
        /// How often it could be lowered today.
        decrease_requests_remaining: u8 = "DecreaseRequestsRemaining",
        /// By zone.
        states: Vec<String> = "CapacityReservationState",
    }
}

impl Permitted for DescribeCapacityReservation {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeCapacityReservation {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        load_balancer(call, &self.arn)?;
        Ok(Response { decrease_requests_remaining: 0, states: Vec::new() })
    }
}
