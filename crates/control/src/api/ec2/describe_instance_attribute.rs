//! `DescribeInstanceAttribute`.

use aws_wire::query::{Blob, DryRun};
use aws_wire::{ApiError, enumeration, request};
use model::{Instance, InstanceId};

use super::attribute::{AttributeOf, AttributeValue};
use super::run_instances::ShutdownBehavior;
use super::view::security_group::GroupIdentifier;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

enumeration! {
    /// An attribute of an instance.
    pub(super) enum Attribute {
        /// Volumes.
        BlockDeviceMapping = "blockDeviceMapping",
        /// Whether stopping is refused.
        DisableApiStop = "disableApiStop",
        /// Whether termination is refused.
        DisableApiTermination = "disableApiTermination",
        /// Whether it has bandwidth of its own to volumes.
        EbsOptimized = "ebsOptimized",
        /// Whether its interface is of a newer kind.
        EnaSupport = "enaSupport",
        /// Enclaves.
        EnclaveOptions = "enclaveOptions",
        /// Security groups.
        GroupSet = "groupSet",
        /// What a shutdown from inside comes to.
        InitiatedShutdownBehavior = "instanceInitiatedShutdownBehavior",
        /// Type.
        InstanceType = "instanceType",
        /// Kernel of its own.
        Kernel = "kernel",
        /// Product codes.
        ProductCodes = "productCodes",
        /// Initial file system of its own.
        Ramdisk = "ramdisk",
        /// Name of its first volume.
        RootDeviceName = "rootDeviceName",
        /// Whether its packets must have its address.
        SourceDestCheck = "sourceDestCheck",
        /// Virtual functions.
        SriovNetSupport = "sriovNetSupport",
        /// Script or data.
        UserData = "userData",
    }
}

request! {
    /// Shows one attribute of an instance.
    pub(super) struct DescribeInstanceAttribute(Ec2, "EC2 API reference, DescribeInstanceAttribute") {
        /// Which attribute.
        attribute: Attribute = "Attribute",
        /// Of which instance.
        instance_id: InstanceId = "InstanceId",
    }
    groups {
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
}

impl Permitted for DescribeInstanceAttribute {
    const PERMISSION: Permission = Permission::on(&["InstanceId"]);
}

impl Read for DescribeInstanceAttribute {
    type Response = AttributeOf;

    fn answer(&self, call: &Call<'_>) -> Result<AttributeOf, ApiError> {
        let instance = call.own::<Instance>(self.instance_id)?;
        let value = match self.attribute {
            Attribute::InstanceType => AttributeValue::Text(instance.instance_type.clone()),
            Attribute::InitiatedShutdownBehavior => {
                let behavior = ShutdownBehavior::from(instance.shutdown_behavior);
                AttributeValue::Text(behavior.as_str().to_owned())
            }
            Attribute::UserData if !instance.user_data.is_empty() => {
                AttributeValue::Bytes(Blob(instance.user_data.clone()))
            }
            Attribute::GroupSet => {
                let interface = instance.interface();
                let groups = interface.map(|interface| {
                    GroupIdentifier::all(interface.state, &interface.resource().groups)
                });
                AttributeValue::Groups(groups.unwrap_or_default())
            }
            Attribute::SourceDestCheck => AttributeValue::Flag(true),
            Attribute::DisableApiStop
            | Attribute::DisableApiTermination
            | Attribute::EbsOptimized
            | Attribute::EnaSupport => AttributeValue::Flag(false),
            Attribute::BlockDeviceMapping
            | Attribute::EnclaveOptions
            | Attribute::Kernel
            | Attribute::ProductCodes
            | Attribute::Ramdisk
            | Attribute::RootDeviceName
            | Attribute::SriovNetSupport
            | Attribute::UserData => AttributeValue::None,
        };
        Ok(AttributeOf {
            id_name: "instanceId",
            id: instance.id.to_string(),
            name: self.attribute.as_str(),
            value,
        })
    }
}
