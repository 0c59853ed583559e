//! `CreateNetworkInterface`.

use std::net::Ipv4Addr;

use aws_wire::query::{ClientToken, DryRun, TagSpecifications};
use aws_wire::{ApiError, Dialect, request, response, structure};
use model::{Command, NetworkInterface, Reply, SecurityGroupId, SubnetId, command};

use super::view::network_interface::NetworkInterfaceItem;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

structure! {
    /// An address of an interface, in the longer form.
    pub(super) struct PrivateAddress("EC2 API reference, PrivateIpAddressSpecification") {
        /// The address.
        address: Ipv4Addr = "PrivateIpAddress",
        /// Whether it is the primary one.
        primary: Option<bool> = "Primary",
    }
}

/// The one address that an interface can be given, in the shorter or the longer form.
pub(super) fn primary_address(
    short: Option<Ipv4Addr>,
    long: &[PrivateAddress],
) -> Result<Option<Ipv4Addr>, ApiError> {
    match (short, long) {
        (short, []) => Ok(short),
        (None, [only]) if only.primary == Some(true) => Ok(Some(only.address)),
        (Some(address), [only]) if only.address == address => Ok(Some(address)),
        (Some(_), [_]) => {
            let message = "Two different primary private IP addresses are given.";
            Err(ApiError::invalid_combination(Dialect::Ec2, message))
        }
        (_, [_, ..]) => {
            let message = "Network interfaces have one private IP address, the primary one.";
            Err(ApiError::client("UnsupportedOperation", message))
        }
    }
}

request! {
    /// Makes a network interface that is attached to nothing.
    pub(super) struct CreateNetworkInterface(Ec2, "EC2 API reference, CreateNetworkInterface") {
        /// In which subnet.
        subnet_id: SubnetId = "SubnetId",
        /// Description.
        description: Option<String> = "Description",
        /// Its address; any free one if none is given.
        private_ip_address: Option<Ipv4Addr> = "PrivateIpAddress",
        /// The same, in the longer form.
        private_ip_addresses: Vec<PrivateAddress> = "PrivateIpAddresses",
        /// Security groups; the VPC's default one if none is given.
        group_ids: Vec<SecurityGroupId> = "SecurityGroupId",
    }
    groups {
        /// Tags of the interface.
        tags: TagSpecifications,
        /// What makes a repetition return the first result.
        client_token: ClientToken,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// Idle times are not configured per interface.
        "ConnectionTrackingSpecification": Option<String>,
        /// There is no IPv6.
        "EnablePrimaryIpv6" except ["false"]: Option<bool>,
        /// There are no special kinds of interfaces.
        "InterfaceType": Option<String>,
        /// Interfaces have one address.
        "Ipv4Prefix": Option<String>,
        /// Interfaces have one address.
        "Ipv4PrefixCount" except ["0"]: Option<u32>,
        /// There is no IPv6.
        "Ipv6AddressCount" except ["0"]: Option<u32>,
        /// There is no IPv6.
        "Ipv6Addresses": Option<String>,
        /// There is no IPv6.
        "Ipv6Prefix": Option<String>,
        /// There is no IPv6.
        "Ipv6PrefixCount" except ["0"]: Option<u32>,
        /// Interfaces are not handed to services.
        "Operator": Option<String>,
        /// Interfaces have one address.
        "SecondaryPrivateIpAddressCount" except ["0"]: Option<u32>,
    }
}

response! {
    /// The interface.
    pub(super) struct Response {
        /// The interface.
        network_interface: NetworkInterfaceItem = "networkInterface",
        /// The token of the request.
        client_token: Option<String> = "clientToken",
    }
}

impl Permitted for CreateNetworkInterface {
    const PERMISSION: Permission = Permission::creating(&["network-interface"], &["SubnetId", "SecurityGroupId"]);
}

impl Write for CreateNetworkInterface {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["network-interface"])?;
        let command = command::CreateNetworkInterface {
            subnet: self.subnet_id,
            address: primary_address(self.private_ip_address, &self.private_ip_addresses)?,
            groups: self.group_ids.clone(),
            description: self.description.clone().unwrap_or_default(),
            tags,
            client_token: self.client_token.0.clone(),
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::NetworkInterface(id) = done.reply else { return Err(done.foreign_reply()) };
        let network_interface = done.call.present::<NetworkInterface>(*id)?.into();
        Ok(Response { network_interface, client_token: self.client_token.0.clone() })
    }
}
