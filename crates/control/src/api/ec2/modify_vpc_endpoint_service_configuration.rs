//! `ModifyVpcEndpointServiceConfiguration`.

use aws_wire::query::{DryRun, LoadBalancerArn};
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::{Command, EndpointServiceId, LoadBalancerId, command};

use super::create_vpc_endpoint_service_configuration::check_reach;
use crate::api::action::{Done, Write};
use crate::api::arn::load_balancer;
use crate::api::call::Call;

request! {
    /// Changes an endpoint service, and takes the zones of its load balancers anew.
    pub(super) struct ModifyVpcEndpointServiceConfiguration(
        Ec2,
        "EC2 API reference, ModifyVpcEndpointServiceConfiguration"
    ) {
        /// Which.
        service_id: EndpointServiceId = "ServiceId",
        /// Whether each endpoint is accepted by hand.
        acceptance_required: Option<bool> = "AcceptanceRequired",
        /// Load balancers to add.
        add_load_balancer_arns: Vec<LoadBalancerArn> = "AddNetworkLoadBalancerArn",
        /// Load balancers to remove.
        remove_load_balancer_arns: Vec<LoadBalancerArn> = "RemoveNetworkLoadBalancerArn",
        /// Kinds of addresses to add; there is one.
        add_ip_address_types: Vec<String> = "AddSupportedIpAddressType",
        /// Regions to add; there is one.
        add_regions: Vec<String> = "AddSupportedRegion",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There are no gateway load balancers.
        "AddGatewayLoadBalancerArn": Option<String>,
        /// Services have no private names.
        "PrivateDnsName": Option<String>,
        /// There are no gateway load balancers.
        "RemoveGatewayLoadBalancerArn": Option<String>,
        /// Services have no private names, so there is nothing to remove.
        "RemovePrivateDnsName" except ["false", "true"]: Option<bool>,
        /// There is one kind of address.
        "RemoveSupportedIpAddressType": Option<String>,
        /// There is one region.
        "RemoveSupportedRegion": Option<String>,
    }
}

/// The caller's load balancers with these ARNs.
fn load_balancers(
    call: &Call<'_>,
    arns: &[LoadBalancerArn],
) -> Result<Vec<LoadBalancerId>, ApiError> {
    arns.iter().map(|arn| load_balancer(call, arn).map(|balancer| balancer.id)).collect()
}

impl Write for ModifyVpcEndpointServiceConfiguration {
    type Response = Return;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        check_reach(call, &self.add_ip_address_types, &self.add_regions)?;
        let command = command::ModifyVpcEndpointServiceConfiguration {
            service: self.service_id,
            acceptance_required: self.acceptance_required,
            add_load_balancers: load_balancers(call, &self.add_load_balancer_arns)?,
            remove_load_balancers: load_balancers(call, &self.remove_load_balancer_arns)?,
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
