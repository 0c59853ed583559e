//! `ModifyVpcEndpoint`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, Dialect, request};
use model::command::PolicyChange;
use model::{Command, RouteTableId, SecurityGroupId, SubnetId, VpcEndpoint, VpcEndpointId, command};

use super::create_vpc_endpoint::{
    DnsOptions, SubnetConfiguration, check_dns_options, endpoint_subnets,
};
use super::policy::check_policy;
use crate::api::action::{Answered, Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Changes an endpoint.
    pub(super) struct ModifyVpcEndpoint(Ec2, "EC2 API reference, ModifyVpcEndpoint") {
        /// Which.
        vpc_endpoint_id: VpcEndpointId = "VpcEndpointId",
        /// Subnets to add.
        add_subnet_ids: Vec<SubnetId> = "AddSubnetId",
        /// Subnets to remove.
        remove_subnet_ids: Vec<SubnetId> = "RemoveSubnetId",
        /// Addresses for the subnets to add.
        subnet_configurations: Vec<SubnetConfiguration> = "SubnetConfiguration",
        /// Security groups to add.
        add_group_ids: Vec<SecurityGroupId> = "AddSecurityGroupId",
        /// Security groups to remove.
        remove_group_ids: Vec<SecurityGroupId> = "RemoveSecurityGroupId",
        /// Route tables, which interface endpoints have none of.
        add_route_table_ids: Vec<RouteTableId> = "AddRouteTableId",
        /// Route tables, which interface endpoints have none of.
        remove_route_table_ids: Vec<RouteTableId> = "RemoveRouteTableId",
        /// Another policy.
        policy_document: Option<String> = "PolicyDocument",
        /// Whether the policy is to allow everything again.
        reset_policy: Option<bool> = "ResetPolicy",
        /// Whether the service's private name leads to the endpoint.
        private_dns_enabled: Option<bool> = "PrivateDnsEnabled",
        /// DNS options, with the values that hold anyway.
        dns_options: Option<DnsOptions> = "DnsOptions",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There is no IPv6.
        "IpAddressType" except ["ipv4"]: Option<String>,
    }
}

impl ModifyVpcEndpoint {
    fn policy(&self) -> Result<PolicyChange, ApiError> {
        match (&self.policy_document, self.reset_policy.unwrap_or_default()) {
            (None, false) => Ok(PolicyChange::Keep),
            (Some(policy), false) => {
                check_policy(policy)?;
                Ok(PolicyChange::Set(policy.clone()))
            }
            (None, true) => Ok(PolicyChange::Reset),
            (Some(_), true) => {
                let message = "PolicyDocument and ResetPolicy cannot be used together.";
                Err(ApiError::invalid_combination(Dialect::Ec2, message))
            }
        }
    }
}

impl Permitted for ModifyVpcEndpoint {
    const PERMISSION: Permission = Permission::on(&[
        "VpcEndpointId",
        "AddSubnetId",
        "RemoveSubnetId",
        "SubnetConfiguration",
        "AddSecurityGroupId",
        "RemoveSecurityGroupId",
        "AddRouteTableId",
        "RemoveRouteTableId",
    ]);
}

impl Write for ModifyVpcEndpoint {
    type Response = Return;

    /// What was taken away shows in the state until it is done: the endpoint is pending.
    const ANSWERED: Answered = Answered::AppliedOrPending;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let endpoint = call.own::<VpcEndpoint>(self.vpc_endpoint_id)?;
        check_dns_options(endpoint.vpc, self.dns_options.as_ref())?;
        if !self.add_route_table_ids.is_empty() || !self.remove_route_table_ids.is_empty() {
            let message = "Route table IDs are only supported for Gateway type VPC Endpoint.";
            return Err(ApiError::client("InvalidParameter", message));
        }
        let command = command::ModifyVpcEndpoint {
            endpoint: self.vpc_endpoint_id,
            add_subnets: endpoint_subnets(&self.add_subnet_ids, &self.subnet_configurations),
            remove_subnets: self.remove_subnet_ids.clone(),
            add_groups: self.add_group_ids.clone(),
            remove_groups: self.remove_group_ids.clone(),
            policy: self.policy()?,
            private_dns_enabled: self.private_dns_enabled,
        };
        Ok(command.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
