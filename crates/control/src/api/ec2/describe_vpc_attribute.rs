//! `DescribeVpcAttribute`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, enumeration, request, response};
use model::{Vpc, VpcId};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

enumeration! {
    /// An attribute of a VPC.
    pub(super) enum Attribute {
        /// Whether the resolver answers.
        DnsSupport = "enableDnsSupport",
        /// Whether private DNS is possible.
        DnsHostnames = "enableDnsHostnames",
        /// Whether address usage is measured.
        NetworkAddressUsageMetrics = "enableNetworkAddressUsageMetrics",
    }
}

request! {
    /// Shows one attribute of a VPC.
    pub(super) struct DescribeVpcAttribute(Ec2, "EC2 API reference, DescribeVpcAttribute") {
        /// Which attribute.
        attribute: Attribute = "Attribute",
        /// Of which VPC.
        vpc_id: VpcId = "VpcId",
    }
    groups {
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

response! {
    /// The attribute; the others are left out.
    pub(super) struct Response {
        /// The VPC.
        vpc_id: VpcId = "vpcId",
        /// Whether private DNS is possible.
        enable_dns_hostnames: Option<Value> = "enableDnsHostnames",
        /// Whether the resolver answers.
        enable_dns_support: Option<Value> = "enableDnsSupport",
        /// Whether address usage is measured.
        enable_metrics: Option<Value> = "enableNetworkAddressUsageMetrics",
    }
}

response! {
    /// A boolean value.
    pub(super) struct Value {
        /// The value.
        value: bool = "value",
    }
}

impl Permitted for DescribeVpcAttribute {
    const PERMISSION: Permission = Permission::on(&["VpcId"]);
}

impl Read for DescribeVpcAttribute {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let vpc = call.own::<Vpc>(self.vpc_id)?;
        let of = |attribute, value| (self.attribute == attribute).then_some(Value { value });
        let metrics = vpc.enable_network_address_usage_metrics;
        Ok(Response {
            vpc_id: vpc.id,
            enable_dns_hostnames: of(Attribute::DnsHostnames, vpc.enable_dns_hostnames),
            enable_dns_support: of(Attribute::DnsSupport, vpc.enable_dns_support),
            enable_metrics: of(Attribute::NetworkAddressUsageMetrics, metrics),
        })
    }
}
