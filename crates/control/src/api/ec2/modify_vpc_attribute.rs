//! `ModifyVpcAttribute`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, Dialect, request, structure};
use model::command::VpcAttribute;
use model::{Command, VpcId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

structure! {
    /// A boolean value of an attribute.
    pub(super) struct BooleanValue("EC2 API reference, AttributeBooleanValue") {
        /// The value.
        value: bool = "Value",
    }
}

request! {
    /// Changes one attribute of a VPC.
    pub(super) struct ModifyVpcAttribute(Ec2, "EC2 API reference, ModifyVpcAttribute") {
        /// Which.
        vpc_id: VpcId = "VpcId",
        /// Whether private DNS is possible.
        enable_dns_hostnames: Option<BooleanValue> = "EnableDnsHostnames",
        /// Whether the resolver answers.
        enable_dns_support: Option<BooleanValue> = "EnableDnsSupport",
        /// Whether address usage is measured.
        enable_metrics: Option<BooleanValue> = "EnableNetworkAddressUsageMetrics",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for ModifyVpcAttribute {
    const PERMISSION: Permission = Permission::on(&["VpcId"]);
}

impl Write for ModifyVpcAttribute {
    type Response = Return;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let hostnames = self.enable_dns_hostnames.as_ref();
        let support = self.enable_dns_support.as_ref();
        let metrics = self.enable_metrics.as_ref();
        let attribute = match (hostnames, support, metrics) {
            (Some(on), None, None) => VpcAttribute::EnableDnsHostnames(on.value),
            (None, Some(on), None) => VpcAttribute::EnableDnsSupport(on.value),
            (None, None, Some(on)) => VpcAttribute::EnableNetworkAddressUsageMetrics(on.value),
            (None, None, None) => {
                let message = "The request must contain one attribute to modify";
                return Err(ApiError::client("MissingParameter", message));
            }
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
                let message = "Fields for multiple attribute types specified.";
                return Err(ApiError::invalid_combination(Dialect::Ec2, message));
            }
        };
        Ok(command::ModifyVpcAttribute { vpc: self.vpc_id, attribute }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
