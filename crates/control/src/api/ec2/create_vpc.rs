//! `CreateVpc`.

use aws_wire::query::{DryRun, TagSpecifications};
use aws_wire::{ApiError, request, response};
use ipnet::Ipv4Net;
use model::{Command, Reply, Vpc, command};

use super::view::vpc::VpcItem;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a VPC with its main route table, default network ACL and default security group.
    pub(super) struct CreateVpc(Ec2, "EC2 API reference, CreateVpc") {
        /// Addresses, /16 to /28; bits beyond the prefix are dropped.
        cidr_block: Ipv4Net = "CidrBlock",
    }
    groups {
        /// Tags of the VPC.
        tags: TagSpecifications,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There is no IPv6.
        "AmazonProvidedIpv6CidrBlock" except ["false"]: Option<bool>,
        /// There are no dedicated hosts.
        "InstanceTenancy" except ["default"]: Option<String>,
        /// There is no address manager.
        "Ipv4IpamPoolId": Option<String>,
        /// There is no address manager.
        "Ipv4NetmaskLength": Option<u8>,
        /// There is no IPv6.
        "Ipv6CidrBlock": Option<String>,
        /// There is no IPv6.
        "Ipv6CidrBlockNetworkBorderGroup": Option<String>,
        /// There is no IPv6.
        "Ipv6IpamPoolId": Option<String>,
        /// There is no IPv6.
        "Ipv6NetmaskLength": Option<u8>,
        /// There is no IPv6.
        "Ipv6Pool": Option<String>,
        /// Traffic is not encrypted by the network.
        "VpcEncryptionControl": Option<String>,
    }
}

response! {
    /// The VPC.
    pub(super) struct Response {
        /// The VPC.
        vpc: VpcItem = "vpc",
    }
}

impl Permitted for CreateVpc {
    const PERMISSION: Permission = Permission::creating(&["vpc"], &[]);
}

impl Write for CreateVpc {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["vpc"])?;
        Ok(command::CreateVpc { cidr: self.cidr_block, tags }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::Vpc(id) = done.reply else { return Err(done.foreign_reply()) };
        Ok(Response { vpc: done.call.present::<Vpc>(*id)?.into() })
    }
}
