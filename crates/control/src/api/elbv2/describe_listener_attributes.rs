//! `DescribeListenerAttributes`.

use aws_wire::query::ListenerArn;
use aws_wire::{ApiError, request};

use super::attributes::Response;
use crate::api::action::Read;
use crate::api::arn::listener;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows the attributes of a listener.
    pub(super) struct DescribeListenerAttributes(ElasticLoadBalancing, "ELBv2 API reference, DescribeListenerAttributes") {
        /// Which.
        arn: ListenerArn = "ListenerArn",
    }
}

impl Permitted for DescribeListenerAttributes {
    const PERMISSION: Permission = Permission::Any;
}

impl Read for DescribeListenerAttributes {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        Ok((&listener(call, &self.arn)?.attributes).into())
    }
}
