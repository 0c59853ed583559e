//! Forms, and two declared actions that use every piece: one of EC2, one of the query dialect.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use model::id::{SubnetId, VpcId};
use model::listener::Protocol;

use super::*;
use crate::error::ApiError;

mod ec2;
mod form;
mod generated;
mod groups;
mod mention;
mod query;
mod sns;

crate::structure! {
    /// A rule.
    struct Rule("test") {
        /// First port.
        from_port: Option<u16> = "FromPort",
        /// Who may pass.
        ranges: Vec<Range> = "IpRanges",
    }
    refused {
        /// IPv6 is not carried.
        "Ipv6Ranges": Vec<String>,
    }
}

crate::structure! {
    /// A range.
    struct Range("test") {
        /// The block.
        cidr: Ipv4Net = "CidrIp",
        /// Text.
        description: Option<String> = "Description" [Bounds::length(0, 8)],
    }
}

crate::enumeration! {
    /// A kind.
    pub(super) enum EndpointType {
        /// With interfaces.
        Interface = "Interface",
        /// With routes.
        Gateway = "Gateway",
    }
}

crate::request! {
    /// Creates a thing.
    ///
    /// At length.
    struct CreateThing(Ec2, "EC2 API reference, CreateThing") {
        /// The VPC.
        vpc_id: VpcId = "VpcId",
        /// The kind.
        kind: Option<EndpointType> = "VpcEndpointType",
        /// Subnets.
        subnet_ids: Vec<SubnetId> = "SubnetId" [Bounds::items(0, 3)],
        /// Rules.
        rules: Vec<Rule> = "IpPermissions",
        /// A flag.
        private_dns: Option<bool> = "PrivateDnsEnabled",
        /// A number.
        count: Option<i32> = "Count" [Bounds::range(1, 10)],
        /// A name that an empty text removes.
        private_dns_name: Option<OrEmpty<String>> = "PrivateDnsName",
        /// An address.
        address: Option<Ipv4Addr> = "Address",
        /// Bytes.
        user_data: Option<Blob> = "UserData" [Bounds::length(0, 16)],
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
        /// For repetitions.
        client_token: ClientToken,
        /// Tags.
        tags: TagSpecifications,
    }
    accepted {
        /// There is no hardware to choose.
        "Tenancy": Option<String>,
        /// Nothing is optimised.
        "EbsOptimized": Option<bool>,
    }
    refused {
        /// Only IPv4 is carried.
        "IpAddressType" except ["ipv4"]: Option<String>,
        /// There are none.
        "DnsOptions": Option<Range>,
    }
}

crate::request! {
    /// Lists things.
    struct DescribeThings(Ec2, "EC2 API reference, DescribeThings") {
        /// Only these, at least one.
        ids: Vec<VpcId> = "VpcId" [Bounds::items(1, 1000)],
    }
    groups {
        /// Filters.
        filters: Filters,
        /// Paging.
        page: Page<5, 100>,
    }
}

crate::request! {
    /// Registers targets.
    struct RegisterTargets(ElasticLoadBalancing, "ELBv2 API reference, RegisterTargets") {
        /// The group.
        group: TargetGroupArn = "TargetGroupArn",
        /// The targets.
        targets: Vec<TargetParam> = "Targets" [Bounds::items(1, 1000)],
        /// Names.
        names: Vec<String> = "Names",
        /// Protocol.
        protocol: Option<Protocol> = "Protocol",
        /// A subnet.
        subnet: Option<SubnetId> = "Subnet",
    }
    groups {
        /// Paging.
        page: MarkerPage,
    }
}

crate::structure! {
    /// A target.
    struct TargetParam("ELBv2 API reference, TargetDescription") {
        /// Id.
        id: String = "Id",
        /// Port.
        port: Option<u16> = "Port" [Bounds::range(1, 65535)],
    }
}

const VPC: &str = "VpcId=vpc-0123456789abcdef0";
const ARN: &str =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef";

fn decode<R: Request>(form: &str) -> Result<R, ApiError> {
    let (service, name) = (R::ACTION.service, R::ACTION.name);
    let form = format!("Action={name}&Version={}&{form}", service.api_version());
    Call::parse(service, "", form.as_bytes())?.decode()
}

fn create(form: &str) -> Result<CreateThing, ApiError> {
    decode(&format!("{VPC}&{form}"))
}

fn register(form: &str) -> Result<RegisterTargets, ApiError> {
    decode(&format!("TargetGroupArn={ARN}&{form}"))
}

#[track_caller]
fn check_error<T: std::fmt::Debug>(result: Result<T, ApiError>, code: &str, message: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.message()), (code, message));
}
