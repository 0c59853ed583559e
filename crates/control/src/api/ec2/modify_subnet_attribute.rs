//! `ModifySubnetAttribute`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request, structure};
use model::{Command, Subnet, SubnetId, command};

use super::modify_vpc_attribute::BooleanValue;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

structure! {
    /// A boolean value that can only be false.
    pub(super) struct Off("EC2 API reference, AttributeBooleanValue") {}
    refused {
        /// What it would switch on does not exist.
        "Value" except ["false"]: Option<bool>,
    }
}

request! {
    /// Changes an attribute of a subnet.
    pub(super) struct ModifySubnetAttribute(Ec2, "EC2 API reference, ModifySubnetAttribute") {
        /// Which.
        subnet_id: SubnetId = "SubnetId",
        /// Whether instances ask for public addresses, which there are none of.
        map_public_ip_on_launch: Option<BooleanValue> = "MapPublicIpOnLaunch",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    accepted {
        /// There is no IPv6.
        "AssignIpv6AddressOnCreation": Option<Off>,
        /// There is no IPv6.
        "EnableDns64": Option<Off>,
        /// Instances are named by address.
        "EnableResourceNameDnsAAAARecordOnLaunch": Option<Off>,
        /// Instances are named by address.
        "EnableResourceNameDnsARecordOnLaunch": Option<Off>,
        /// There are no outposts.
        "MapCustomerOwnedIpOnLaunch": Option<Off>,
    }
    refused {
        /// There are no outposts.
        "CustomerOwnedIpv4Pool": Option<String>,
        /// There are no outposts.
        "DisableLniAtDeviceIndex": Option<Off>,
        /// There are no outposts.
        "EnableLniAtDeviceIndex": Option<u8>,
        /// Instances are named by address.
        "PrivateDnsHostnameTypeOnLaunch" except ["ip-name"]: Option<String>,
    }
}

impl Permitted for ModifySubnetAttribute {
    const PERMISSION: Permission = Permission::on(&["SubnetId"]);
}

impl Write for ModifySubnetAttribute {
    type Response = Return;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let subnet = call.own::<Subnet>(self.subnet_id)?;
        let wanted = self.map_public_ip_on_launch.as_ref().map(|wanted| wanted.value);
        let map_public_ip_on_launch = wanted.unwrap_or(subnet.map_public_ip_on_launch);
        let subnet = self.subnet_id;
        Ok(command::ModifySubnetAttribute { subnet, map_public_ip_on_launch }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
