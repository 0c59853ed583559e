//! `ModifyInstanceAttribute`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, Dialect, request, structure};
use model::command::InterfaceChange;
use model::instance::InstanceNetwork;
use model::{Command, Instance, InstanceChange, InstanceId, SecurityGroupId, command};

use super::describe_instance_attribute::Attribute;
use super::modify_network_interface_attribute::On;
use super::modify_subnet_attribute::Off;
use super::run_instances::ShutdownBehavior;
use crate::api::action::{Answered, Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

structure! {
    /// What a shutdown from inside is to come to.
    pub(super) struct ShutdownBehaviorValue("EC2 API reference, AttributeValue") {
        /// The value.
        value: ShutdownBehavior = "Value",
    }
}

request! {
    /// Changes one attribute of an instance.
    pub(super) struct ModifyInstanceAttribute(Ec2, "EC2 API reference, ModifyInstanceAttribute") {
        /// Which.
        instance_id: InstanceId = "InstanceId",
        /// An attribute by its name, beside its value.
        attribute: Option<Attribute> = "Attribute",
        /// The value of the attribute that is named.
        value: Option<String> = "Value",
        /// Whether stopping is refused.
        disable_api_stop: Option<Off> = "DisableApiStop",
        /// Whether termination is refused.
        disable_api_termination: Option<Off> = "DisableApiTermination",
        /// Whether it has bandwidth of its own to volumes.
        ebs_optimized: Option<Off> = "EbsOptimized",
        /// Whether its interface is of a newer kind.
        ena_support: Option<Off> = "EnaSupport",
        /// All security groups of its interface from now on.
        group_ids: Vec<SecurityGroupId> = "GroupId",
        /// What a shutdown from inside is to come to.
        shutdown_behavior: Option<ShutdownBehaviorValue> = "InstanceInitiatedShutdownBehavior",
        /// Whether its packets must have its address.
        source_dest_check: Option<On> = "SourceDestCheck",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// Instances have no volumes.
        "BlockDeviceMapping": Option<String>,
        /// Instances run from their launch to their end as they are.
        "InstanceType": Option<String>,
        /// Instances run their host's kernel.
        "Kernel": Option<String>,
        /// Instances run their host's kernel.
        "Ramdisk": Option<String>,
        /// There are no virtual functions.
        "SriovNetSupport": Option<String>,
        /// It is run once, at the launch.
        "UserData": Option<String>,
    }
}

/// What is to be changed.
enum Change {
    /// What a shutdown comes to.
    ShutdownBehavior(model::ShutdownBehavior),
    /// The security groups.
    Groups(Vec<SecurityGroupId>),
    /// Nothing: it is already as it is wanted.
    None,
}

impl ModifyInstanceAttribute {
    /// Every change that the request has, in whichever form.
    fn changes(&self, call: &Call<'_>) -> Result<Vec<Change>, ApiError> {
        let mut changes = Vec::new();
        if let Some(attribute) = self.attribute {
            changes.push(self.named(call, attribute)?);
        } else if self.value.is_some() {
            let message = "The request must contain the parameter attribute";
            return Err(ApiError::client("MissingParameter", message));
        }
        let off = [
            &self.disable_api_stop,
            &self.disable_api_termination,
            &self.ebs_optimized,
            &self.ena_support,
        ];
        changes.extend(off.into_iter().flatten().map(|Off {}| Change::None));
        changes.extend(self.source_dest_check.iter().map(|On {}| Change::None));
        let behavior = self.shutdown_behavior.iter();
        changes.extend(behavior.map(|new| Change::ShutdownBehavior(new.value.into())));
        if !self.group_ids.is_empty() {
            changes.push(Change::Groups(self.group_ids.clone()));
        }
        Ok(changes)
    }

    /// The change of an attribute by its name.
    fn named(&self, call: &Call<'_>, attribute: Attribute) -> Result<Change, ApiError> {
        let Some(value) = self.value.as_deref() else {
            let message = "The request must contain the parameter value";
            return Err(ApiError::client("MissingParameter", message));
        };
        let only = |wanted: &str| {
            if value.eq_ignore_ascii_case(wanted) {
                return Ok(Change::None);
            }
            let (name, other) = (attribute.as_str(), "cannot be anything else here");
            let message = format!("The attribute {name} is {wanted} and {other}.");
            Err(ApiError::client("UnsupportedOperation", message))
        };
        match attribute {
            Attribute::InitiatedShutdownBehavior => match value {
                "stop" => Ok(Change::ShutdownBehavior(model::ShutdownBehavior::Stop)),
                "terminate" => Ok(Change::ShutdownBehavior(model::ShutdownBehavior::Terminate)),
                _ => Err(call.invalid_value("value", value, "It is stop or terminate.")),
            },
            Attribute::SourceDestCheck => only("true"),
            Attribute::DisableApiStop
            | Attribute::DisableApiTermination
            | Attribute::EbsOptimized
            | Attribute::EnaSupport => only("false"),
            Attribute::BlockDeviceMapping
            | Attribute::EnclaveOptions
            | Attribute::GroupSet
            | Attribute::InstanceType
            | Attribute::Kernel
            | Attribute::ProductCodes
            | Attribute::Ramdisk
            | Attribute::RootDeviceName
            | Attribute::SriovNetSupport
            | Attribute::UserData => {
                let message = format!("The attribute {} cannot be changed by its name.", attribute.as_str());
                Err(ApiError::client("UnsupportedOperation", message))
            }
        }
    }
}

/// Where an instance is connected, which it is until it is terminated.
///
/// # Errors
/// `IncorrectInstanceState`.
pub(super) fn network_of(instance: &View<'_, Instance>) -> Result<InstanceNetwork, ApiError> {
    instance.resource().network.ok_or_else(|| {
        let message = format!("The instance '{}' is terminated.", instance.id);
        ApiError::client("IncorrectInstanceState", message)
    })
}

/// The command that puts an instance's interface into groups.
fn regroup(instance: View<'_, Instance>, groups: Vec<SecurityGroupId>) -> Result<Command, ApiError> {
    let network_interface = network_of(&instance)?.network_interface;
    let change = InterfaceChange::Groups(groups);
    Ok(command::ModifyNetworkInterfaceAttribute { network_interface, change }.into())
}

impl Permitted for ModifyInstanceAttribute {
    const PERMISSION: Permission = Permission::on(&["InstanceId", "GroupId"]);
}

impl Write for ModifyInstanceAttribute {
    type Response = Return;

    /// Taking a group away can forbid what was allowed.
    const ANSWERED: Answered = Answered::Applied;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let mut changes = self.changes(call)?;
        let (Some(change), true) = (changes.pop(), changes.is_empty()) else {
            if changes.is_empty() {
                let message = "The request must contain one attribute to modify";
                return Err(ApiError::client("MissingParameter", message));
            }
            let message = "Fields for multiple attribute types specified.";
            return Err(ApiError::invalid_combination(Dialect::Ec2, message));
        };
        let instance = call.own::<Instance>(self.instance_id)?;
        let shutdown_behavior = match change {
            Change::Groups(groups) => return regroup(instance, groups),
            Change::ShutdownBehavior(new) => new,
            Change::None => instance.shutdown_behavior,
        };
        let instance = self.instance_id;
        let change = InstanceChange::ShutdownBehavior(shutdown_behavior);
        Ok(command::ModifyInstanceAttribute { instance, change }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
