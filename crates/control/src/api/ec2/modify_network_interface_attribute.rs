//! `ModifyNetworkInterfaceAttribute`.

use aws_wire::query::{DryRun, OrEmpty};
use aws_wire::xml::Return;
use aws_wire::{ApiError, Dialect, request, structure};
use model::command::InterfaceChange;
use model::{AttachmentId, Command, NetworkInterfaceId, SecurityGroupId, command};

use crate::api::action::{Answered, Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

structure! {
    /// A text value of an attribute; it may be empty.
    pub(super) struct TextValue("EC2 API reference, AttributeValue") {
        /// The value.
        value: OrEmpty<String> = "Value",
    }
}

structure! {
    /// A boolean value that can only be true.
    pub(super) struct On("EC2 API reference, AttributeBooleanValue") {}
    refused {
        /// What it would switch off always holds.
        "Value" except ["true"]: Option<bool>,
    }
}

structure! {
    /// A change of an attachment.
    pub(super) struct AttachmentChanges("EC2 API reference, NetworkInterfaceAttachmentChanges") {
        /// Which attachment.
        attachment_id: AttachmentId = "AttachmentId",
        /// Whether the interface goes with its instance.
        delete_on_termination: bool = "DeleteOnTermination",
    }
    refused {
        /// Interfaces have no queues.
        "DefaultEnaQueueCount": Option<bool>,
        /// Interfaces have no queues.
        "EnaQueueCount": Option<u32>,
    }
}

request! {
    /// Changes one attribute of a network interface.
    pub(super) struct ModifyNetworkInterfaceAttribute(Ec2, "EC2 API reference, ModifyNetworkInterfaceAttribute") {
        /// Which.
        network_interface_id: NetworkInterfaceId = "NetworkInterfaceId",
        /// Description.
        description: Option<TextValue> = "Description",
        /// All its security groups from now on.
        group_ids: Vec<SecurityGroupId> = "SecurityGroupId",
        /// Its attachment.
        attachment: Option<AttachmentChanges> = "Attachment",
        /// Whether its packets must have its address.
        source_dest_check: Option<On> = "SourceDestCheck",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There are no public addresses.
        "AssociatePublicIpAddress" except ["false"]: Option<bool>,
        /// An interface is in one subnet.
        "AssociatedSubnetId": Option<String>,
        /// Idle times are not configured per interface.
        "ConnectionTrackingSpecification": Option<String>,
        /// Interfaces have no queues.
        "EnaSrdSpecification": Option<String>,
        /// There is no IPv6.
        "EnablePrimaryIpv6" except ["false"]: Option<bool>,
    }
}

impl ModifyNetworkInterfaceAttribute {
    fn changes(&self) -> Vec<InterfaceChange> {
        let description = self.description.as_ref().map(|new| match &new.value {
            OrEmpty::Empty => InterfaceChange::Description(String::new()),
            OrEmpty::Value(text) => InterfaceChange::Description(text.clone()),
        });
        let groups =
            (!self.group_ids.is_empty()).then(|| InterfaceChange::Groups(self.group_ids.clone()));
        let attachment = self.attachment.as_ref().map(|new| {
            InterfaceChange::DeleteOnTermination(new.attachment_id, new.delete_on_termination)
        });
        [description, groups, attachment].into_iter().flatten().collect()
    }
}

impl Permitted for ModifyNetworkInterfaceAttribute {
    const PERMISSION: Permission = Permission::on(&["NetworkInterfaceId", "SecurityGroupId"]);
}

impl Write for ModifyNetworkInterfaceAttribute {
    type Response = Return;

    /// Taking a group away can forbid what was allowed.
    const ANSWERED: Answered = Answered::Applied;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let network_interface = self.network_interface_id;
        let mut changes = self.changes();
        let change = match (changes.pop(), changes.is_empty(), &self.source_dest_check) {
            (Some(change), true, None) => change,
            // It is on already, so nothing is to be changed; but there must be such an interface.
            (None, _, Some(On {})) => {
                let interface = call.own::<model::NetworkInterface>(network_interface)?;
                InterfaceChange::Description(interface.description.clone())
            }
            (None, _, None) => {
                let message = "The request must contain one attribute to modify";
                return Err(ApiError::client("MissingParameter", message));
            }
            (Some(_), _, _) => {
                let message = "Fields for multiple attribute types specified.";
                return Err(ApiError::invalid_combination(Dialect::Ec2, message));
            }
        };
        Ok(command::ModifyNetworkInterfaceAttribute { network_interface, change }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
