//! `AttachNetworkInterface`.

use aws_wire::query::{Bounds, DryRun};
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::rejection::{Conflict, Invalid};
use model::{Instance, InstanceId, NetworkInterface, NetworkInterfaceId};

use super::view::instance::INTERFACES_MAX;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Gives an instance one more interface than it may have: each has the one of its launch, and nothing is changed.
    pub(super) struct AttachNetworkInterface(Ec2, "EC2 API reference, AttachNetworkInterface") {
        /// Which interface.
        network_interface_id: NetworkInterfaceId = "NetworkInterfaceId",
        /// To which instance.
        instance_id: InstanceId = "InstanceId",
        /// In which place.
        device_index: u32 = "DeviceIndex" [Bounds::range(0, 31)],
    }
    groups {
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    refused {
        /// Interfaces have no queues.
        "EnaQueueCount": Option<u32>,
        /// Interfaces have no queues.
        "EnaSrdSpecification": Option<String>,
        /// Instances have one card.
        "NetworkCardIndex" except ["0"]: Option<u32>,
    }
}

impl Permitted for AttachNetworkInterface {
    const PERMISSION: Permission = Permission::on(&["InstanceId", "NetworkInterfaceId"]);
}

impl Read for AttachNetworkInterface {
    type Response = Return;

    fn answer(&self, call: &Call<'_>) -> Result<Return, ApiError> {
        let interface = call.own::<NetworkInterface>(self.network_interface_id)?;
        let instance = call.own::<Instance>(self.instance_id)?;
        if interface.kind.is_requester_managed() {
            return Err(call.rejected(Invalid::RequesterManaged(interface.id)));
        }
        if interface.kind.attachment().is_some() {
            return Err(call.rejected(Conflict::NetworkInterfaceInUse(interface.id)));
        }
        if instance.network.is_none() {
            let message = format!("The instance '{}' is not in a state from which an interface can be attached.", instance.id);
            return Err(ApiError::client("IncorrectState", message));
        }
        if self.device_index == 0 {
            let message = format!("Instance '{}' already has an interface attached at device index '0'.", instance.id);
            return Err(ApiError::client("InvalidParameterValue", message));
        }
        let message = format!("Interface count {} exceeds the limit for {}", INTERFACES_MAX + 1, instance.instance_type);
        Err(ApiError::client("AttachmentLimitExceeded", message))
    }
}
