//! `ModifyVpcEndpointServiceConfiguration`.

use aws_wire::query::{DryRun, LoadBalancerArn, OrEmpty};
use aws_wire::xml::Return;
use aws_wire::{ApiError, Dialect, request};
use model::command::PrivateDnsNameChange;
use model::{Command, EndpointServiceId, LoadBalancerId, command};

use super::create_vpc_endpoint_service_configuration::{check_reach, private_dns_name};
use crate::api::action::{Done, Write};
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

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
        /// Its own name for itself; none any more if empty.
        private_dns_name: Option<OrEmpty<String>> = "PrivateDnsName",
        /// Whether it is to have none any more.
        remove_private_dns_name: Option<bool> = "RemovePrivateDnsName",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There are no gateway load balancers.
        "AddGatewayLoadBalancerArn": Option<String>,
        /// There are no gateway load balancers.
        "RemoveGatewayLoadBalancerArn": Option<String>,
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

impl ModifyVpcEndpointServiceConfiguration {
    /// Terraform takes a name away by an empty one.
    fn private_dns_name(&self) -> Result<PrivateDnsNameChange, ApiError> {
        let removes = self.remove_private_dns_name.unwrap_or_default();
        match (&self.private_dns_name, removes) {
            (None, false) => Ok(PrivateDnsNameChange::Keep),
            (Some(OrEmpty::Empty), _) | (None, true) => Ok(PrivateDnsNameChange::Remove),
            (Some(OrEmpty::Value(text)), false) => {
                private_dns_name(text).map(PrivateDnsNameChange::Set)
            }
            (Some(OrEmpty::Value(_)), true) => {
                let message = "PrivateDnsName and RemovePrivateDnsName cannot be used together.";
                Err(ApiError::invalid_combination(Dialect::Ec2, message))
            }
        }
    }
}

impl Permitted for ModifyVpcEndpointServiceConfiguration {
    const PERMISSION: Permission = Permission::on(&["ServiceId"]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        if let Some(OrEmpty::Value(name)) = &self.private_dns_name {
            for service in &mut demand.targets {
                service.context.insert("ec2:VpceServicePrivateDnsName", name.as_str());
            }
        }
    }
}

impl Write for ModifyVpcEndpointServiceConfiguration {
    type Response = Return;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        check_reach(
            call,
            ("AddSupportedIpAddressType", &self.add_ip_address_types),
            ("AddSupportedRegion", &self.add_regions),
        )?;
        let command = command::ModifyVpcEndpointServiceConfiguration {
            service: self.service_id,
            acceptance_required: self.acceptance_required,
            add_load_balancers: load_balancers(call, &self.add_load_balancer_arns)?,
            remove_load_balancers: load_balancers(call, &self.remove_load_balancer_arns)?,
            private_dns_name: self.private_dns_name()?,
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
