//! `SetSubnets`.

use aws_wire::query::LoadBalancerArn;
use aws_wire::{ApiError, request, response};
use model::{Command, LoadBalancer, command};

use super::subnet_mappings::SubnetParams;
use super::view::load_balancer::{AvailabilityZoneItem, IPV4};
use crate::api::action::{Done, Write};
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Replaces the subnets of a load balancer. Subnets that stay keep their nodes.
    pub(super) struct SetSubnets(ElasticLoadBalancing, "ELBv2 API reference, SetSubnets") {
        /// Which.
        arn: LoadBalancerArn = "LoadBalancerArn",
    }
    groups {
        /// All its subnets from now on.
        subnets: SubnetParams,
    }
}

response! {
    /// Where it has nodes from now on.
    pub(super) struct Response {
        /// The nodes.
        availability_zones: Vec<AvailabilityZoneItem> = "AvailabilityZones",
        /// Kinds of addresses.
        ip_address_type: &'static str = "IpAddressType",
    }
}

impl Permitted for SetSubnets {
    const PERMISSION: Permission = Permission::on(&["LoadBalancerArn"]);
}

impl Write for SetSubnets {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let load_balancer = load_balancer(call, &self.arn)?.id;
        Ok(command::SetSubnets { load_balancer, subnets: self.subnets.mappings()? }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let balancer = done.call.present::<LoadBalancer>(self.arn.id)?;
        Ok(Response { availability_zones: balancer.availability_zones(), ip_address_type: IPV4 })
    }
}
