//! `DetachNetworkInterface`.

use aws_wire::query::{DryRun, Mention};
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::arn::Arn;
use model::network_interface::NetworkInterfaceKind;
use model::rejection::{Invalid, NotFound};
use model::{AttachmentId, NetworkInterface};

use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted, Target};
use crate::api::target::target_of;

request! {
    /// Takes an interface from an instance, which no instance here lets go before its end: nothing is changed.
    pub(super) struct DetachNetworkInterface(Ec2, "EC2 API reference, DetachNetworkInterface") {
        /// Which attachment.
        attachment_id: AttachmentId = "AttachmentId",
    }
    groups {
        /// Whether to stop before the answer.
        dry_run: DryRun,
    }
    accepted {
        /// What cannot be detached is not forced, either.
        "Force": Option<bool>,
    }
}

impl DetachNetworkInterface {
    /// The caller's interface that has the attachment.
    fn interface<'s>(&self, call: &Call<'s>) -> Option<&'s NetworkInterface> {
        let state = call.state;
        let own = state.indexes().interfaces_by_account.of(&call.caller);
        let mut own = own.filter_map(|id| state.tables().network_interfaces.get(id));
        let attached = own.find(|interface| interface.kind.attachment() == Some(self.attachment_id));
        attached.map(AsRef::as_ref)
    }
}

impl Permitted for DetachNetworkInterface {
    const PERMISSION: Permission = Permission::on(&["AttachmentId"]);

    /// The interface and its instance.
    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        let Some(interface) = self.interface(call) else {
            for kind in ["network-interface", "instance"] {
                let any = Arn::ec2(call.state.settings(), call.caller, kind, "*");
                demand.targets.push(Target::own(any.to_string()));
            }
            return;
        };
        demand.targets.extend(target_of(call, &Mention::Id(interface.id.into())));
        let instance = interface.instance().map(|id| Mention::Id(id.into()));
        demand.targets.extend(instance.iter().flat_map(|instance| target_of(call, instance)));
    }
}

impl Read for DetachNetworkInterface {
    type Response = Return;

    fn answer(&self, call: &Call<'_>) -> Result<Return, ApiError> {
        let unknown = || call.not_found(NotFound::Attachment(self.attachment_id));
        let interface = self.interface(call).ok_or_else(unknown)?;
        match interface.kind {
            NetworkInterfaceKind::Instance { .. } => {
                let message = "The network interface at device index 0 cannot be detached.";
                Err(ApiError::client("OperationNotPermitted", message))
            }
            NetworkInterfaceKind::VpcEndpoint { .. }
            | NetworkInterfaceKind::LoadBalancer { .. }
            | NetworkInterfaceKind::Detached => {
                Err(call.rejected(Invalid::RequesterManaged(interface.id)))
            }
        }
    }
}
