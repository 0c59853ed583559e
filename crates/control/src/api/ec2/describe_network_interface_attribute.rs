//! `DescribeNetworkInterfaceAttribute`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, enumeration, request};
use model::{NetworkInterface, NetworkInterfaceId};

use super::attribute::{AttributeOf, AttributeValue};
use super::view::security_group::GroupIdentifier;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

enumeration! {
    /// An attribute of a network interface.
    pub(super) enum Attribute {
        /// What it is attached to.
        Attachment = "attachment",
        /// Description.
        Description = "description",
        /// Security groups.
        GroupSet = "groupSet",
        /// Whether its packets must have its address.
        SourceDestCheck = "sourceDestCheck",
    }
}

request! {
    /// Shows one attribute of a network interface.
    pub(super) struct DescribeNetworkInterfaceAttribute(Ec2, "EC2 API reference, DescribeNetworkInterfaceAttribute") {
        /// Which attribute.
        attribute: Attribute = "Attribute",
        /// Of which interface.
        network_interface_id: NetworkInterfaceId = "NetworkInterfaceId",
    }
    groups {
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

impl Permitted for DescribeNetworkInterfaceAttribute {
    const PERMISSION: Permission = Permission::on(&["NetworkInterfaceId"]);
}

impl Read for DescribeNetworkInterfaceAttribute {
    type Response = AttributeOf;

    fn answer(&self, call: &Call<'_>) -> Result<AttributeOf, ApiError> {
        let interface = call.own::<NetworkInterface>(self.network_interface_id)?;
        let value = match self.attribute {
            Attribute::Attachment => AttributeValue::Attachment(interface.attachment()),
            Attribute::Description => AttributeValue::Text(interface.description().into_owned()),
            Attribute::GroupSet => {
                AttributeValue::Groups(GroupIdentifier::all(interface.state, &interface.groups))
            }
            Attribute::SourceDestCheck => AttributeValue::Flag(true),
        };
        Ok(AttributeOf {
            id_name: "networkInterfaceId",
            id: interface.id.to_string(),
            name: self.attribute.as_str(),
            value,
        })
    }
}
