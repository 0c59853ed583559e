//! Instances.

use std::collections::BTreeMap;
use std::str::FromStr;

use aws_wire::query::Page;
use aws_wire::{ApiError, Dialect, response};
use model::instance::{InstanceNetwork, InstanceState};
use model::rejection::NotFound;
use model::state::Index;
use model::{
    AccountId, AttachmentId, Instance, InstanceId, NetworkInterface, NetworkInterfaceId,
    ReservationId, State, SubnetId, Timestamp, VpcId,
};
use plan::private_dns_name;

use super::super::modify_instance_metadata_options::MetadataOptionsItem;
use super::network_interface::{AttachmentItem, PrivateAddressItem};
use super::security_group::GroupIdentifier;
use super::tag::TagSet;
use crate::api::listing::{Described, Narrowing};
use crate::api::view::{View, owned};

owned!(
    Instance,
    InstanceId,
    instances,
    instances_by_account,
    NotFound::Instance
);

impl Described for Instance {
    const NARROWINGS: &'static [Narrowing<Self>] = &[
        ("instance-id", |_, wanted| wanted.itself()),
        ("reservation-id", |call, wanted| {
            wanted.of(&call.state.indexes().instances_by_reservation)
        }),
        ("vpc-id", |call, wanted| {
            let by_vpc = &call.state.indexes().interfaces_by_vpc;
            wanted.sorted(instances_of(call.state, by_vpc, wanted.value))
        }),
        ("subnet-id", |call, wanted| {
            let by_subnet = &call.state.indexes().interfaces_by_subnet;
            wanted.sorted(instances_of(call.state, by_subnet, wanted.value))
        }),
    ];
}

/// The instances that the interfaces of a place are attached to.
fn instances_of<'s, K: FromStr + Ord + Clone>(
    state: &'s State,
    index: &'s Index<K, NetworkInterfaceId>,
    place: &str,
) -> impl Iterator<Item = InstanceId> + use<'s, K> {
    let place: Option<K> = place.parse().ok();
    let interfaces = place.into_iter().flat_map(|place| index.of(&place));
    let interfaces = interfaces.filter_map(|id| state.tables().network_interfaces.get(id));
    interfaces.filter_map(|interface| interface.instance())
}

/// Refuses pages of instances that are named.
///
/// # Errors
/// `InvalidParameterCombination`.
pub(in crate::api::ec2) fn check_page(ids: &[InstanceId], page: &Page) -> Result<(), ApiError> {
    if ids.is_empty() || !page.is_limited() {
        return Ok(());
    }
    let message = "The parameter instancesSet cannot be used with the parameter maxResults";
    Err(ApiError::invalid_combination(Dialect::Ec2, message))
}

response! {
    /// The instances of one launch.
    pub(in crate::api::ec2) struct ReservationItem {
        /// Id.
        reservation_id: ReservationId = "reservationId",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// Security groups of networks older than VPCs.
        groups: Vec<GroupIdentifier> = "groupSet",
        /// The instances.
        instances: Vec<InstanceItem> = "instancesSet",
    }
}

impl ReservationItem {
    /// Instances by the launch that they come from.
    pub(in crate::api::ec2) fn group<'s>(
        instances: impl IntoIterator<Item = View<'s, Instance>>,
    ) -> Vec<Self> {
        let mut reservations: BTreeMap<ReservationId, Self> = BTreeMap::new();
        for instance in instances {
            let reservation = reservations
                .entry(instance.reservation)
                .or_insert_with(|| Self {
                    reservation_id: instance.reservation,
                    owner_id: instance.owner,
                    groups: Vec::new(),
                    instances: Vec::new(),
                });
            reservation.instances.push(instance.into());
        }
        for reservation in reservations.values_mut() {
            reservation
                .instances
                .sort_by_key(|instance| instance.ami_launch_index);
        }
        reservations.into_values().collect()
    }
}

response! {
    /// An instance.
    pub(in crate::api::ec2) struct InstanceItem {
        /// Id.
        instance_id: InstanceId = "instanceId",
        /// Image.
        image_id: String = "imageId",
        /// State.
        state: StateItem = "instanceState",
        /// Name of its address.
        private_dns_name: String = "privateDnsName",
        /// Public name.
        dns_name: &'static str = "dnsName",
        /// Why it is in its state, when not by a user's wish.
        reason: String = "reason",
        /// Key pair.
        key_name: Option<String> = "keyName",
        /// Its place in the launch.
        ami_launch_index: u32 = "amiLaunchIndex",
        /// Product codes.
        product_codes: Vec<String> = "productCodes",
        /// Type.
        instance_type: String = "instanceType",
        /// When it was launched.
        launch_time: Timestamp = "launchTime",
        /// Where.
        placement: PlacementItem = "placement",
        /// Monitoring.
        monitoring: MonitoringItem = "monitoring",
        /// Subnet.
        subnet_id: Option<SubnetId> = "subnetId",
        /// VPC.
        vpc_id: Option<VpcId> = "vpcId",
        /// Address.
        private_ip_address: Option<String> = "privateIpAddress",
        /// Whether its packets must have its address.
        source_dest_check: bool = "sourceDestCheck",
        /// Security groups.
        groups: Vec<GroupIdentifier> = "groupSet",
        /// Why it is in its state, when not by a user's wish, by code.
        state_reason: Option<StateReason> = "stateReason",
        /// Architecture.
        architecture: &'static str = "architecture",
        /// Root device.
        root_device_type: &'static str = "rootDeviceType",
        /// Volumes.
        block_device_mappings: Vec<String> = "blockDeviceMapping",
        /// Virtualisation.
        virtualization_type: &'static str = "virtualizationType",
        /// Client token.
        client_token: String = "clientToken",
        /// Tags.
        tags: TagSet = "tagSet",
        /// Hypervisor.
        hypervisor: &'static str = "hypervisor",
        /// Interfaces.
        network_interfaces: Vec<InstanceInterfaceItem> = "networkInterfaceSet",
        /// Whether it has bandwidth of its own to volumes.
        ebs_optimized: bool = "ebsOptimized",
        /// What its user has said of the instance metadata service.
        metadata_options: Option<MetadataOptionsItem> = "metadataOptions",
    }
}

response! {
    /// The state of an instance.
    pub(in crate::api::ec2) struct StateItem {
        /// AWS's number for it.
        code: u16 = "code",
        /// AWS's word for it.
        name: &'static str = "name",
    }
}

impl From<InstanceState> for StateItem {
    fn from(state: InstanceState) -> Self {
        Self {
            code: state.aws_code(),
            name: state.as_aws_str(),
        }
    }
}

response! {
    /// Why an instance is in its state.
    pub(in crate::api::ec2) struct StateReason {
        /// Code.
        code: &'static str = "code",
        /// For people.
        message: String = "message",
    }
}

response! {
    /// Where an instance is.
    pub(in crate::api::ec2) struct PlacementItem {
        /// Zone's name.
        availability_zone: String = "availabilityZone",
        /// Zone's id.
        availability_zone_id: String = "availabilityZoneId",
        /// Placement group.
        group_name: &'static str = "groupName",
        /// Tenancy.
        tenancy: &'static str = "tenancy",
    }
}

response! {
    /// Whether an instance is monitored in detail.
    pub(in crate::api::ec2) struct MonitoringItem {
        /// AWS's word.
        state: &'static str = "state",
    }
}

response! {
    /// An interface of an instance.
    pub(in crate::api::ec2) struct InstanceInterfaceItem {
        /// Id.
        network_interface_id: NetworkInterfaceId = "networkInterfaceId",
        /// Subnet.
        subnet_id: SubnetId = "subnetId",
        /// VPC.
        vpc_id: VpcId = "vpcId",
        /// Description.
        description: String = "description",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// Whether it is attached.
        status: &'static str = "status",
        /// MAC address.
        mac_address: String = "macAddress",
        /// Address.
        private_ip_address: String = "privateIpAddress",
        /// Its name.
        private_dns_name: String = "privateDnsName",
        /// Whether its packets must have its address.
        source_dest_check: bool = "sourceDestCheck",
        /// Security groups.
        groups: Vec<GroupIdentifier> = "groupSet",
        /// Its attachment.
        attachment: Option<InstanceAttachmentItem> = "attachment",
        /// All addresses.
        private_ip_addresses: Vec<PrivateAddressItem> = "privateIpAddressesSet",
        /// What it is there for.
        interface_type: &'static str = "interfaceType",
    }
}

response! {
    /// An attachment as the instance shows it, which needs not be told of itself.
    pub(in crate::api::ec2) struct InstanceAttachmentItem {
        /// Id.
        attachment_id: AttachmentId = "attachmentId",
        /// Its place.
        device_index: u8 = "deviceIndex",
        /// Its card.
        network_card_index: u8 = "networkCardIndex",
        /// State.
        status: &'static str = "status",
        /// Since when.
        attach_time: Timestamp = "attachTime",
        /// Whether the interface goes with the instance.
        delete_on_termination: bool = "deleteOnTermination",
    }
}

impl From<AttachmentItem> for InstanceAttachmentItem {
    fn from(attachment: AttachmentItem) -> Self {
        Self {
            attachment_id: attachment.attachment_id,
            device_index: attachment.device_index,
            network_card_index: attachment.network_card_index,
            status: attachment.status,
            attach_time: attachment.attach_time,
            delete_on_termination: attachment.delete_on_termination,
        }
    }
}

impl From<View<'_, NetworkInterface>> for InstanceInterfaceItem {
    fn from(interface: View<'_, NetworkInterface>) -> Self {
        Self {
            network_interface_id: interface.id,
            subnet_id: interface.subnet,
            vpc_id: interface.vpc,
            description: interface.description().into_owned(),
            owner_id: interface.owner,
            status: interface.status(),
            mac_address: interface.mac_address(),
            private_ip_address: interface.address.to_string(),
            private_dns_name: interface.private_dns_name(),
            source_dest_check: true,
            groups: GroupIdentifier::all(interface.state, &interface.groups),
            attachment: interface.attachment().map(Into::into),
            private_ip_addresses: interface.addresses(),
            interface_type: interface.kind.interface_type(),
        }
    }
}

/// How many interfaces an instance can have: the one of its launch, until its end.
pub(in crate::api::ec2) const INTERFACES_MAX: u32 = 1;
/// Every instance is a namespace of the host, whose architecture need not be named here: clients only display it.
pub(in crate::api::ec2) const ARCHITECTURE: &str = "x86_64";
/// Instances share their host.
pub(super) const TENANCY: &str = "default";
/// No instance is monitored in detail.
pub(super) const MONITORING: &str = "disabled";
/// Instances have no volumes.
pub(super) const ROOT_DEVICE_TYPE: &str = "instance-store";
/// What clients expect; nothing is virtual.
pub(in crate::api::ec2) const VIRTUALIZATION_TYPE: &str = "hvm";
/// What clients expect; there is none.
pub(in crate::api::ec2) const HYPERVISOR: &str = "xen";

impl<'s> View<'s, Instance> {
    pub(in crate::api::ec2) fn interface(&self) -> Option<View<'s, NetworkInterface>> {
        let id = self.resource().network?.network_interface;
        let interface = self.state.tables().network_interfaces.get(&id);
        interface.map(|interface| View::new(self.state, &**interface))
    }

    /// The name of its zone.
    pub(in crate::api::ec2) fn zone_name(&self) -> &'s str {
        self.state.settings().zone_name(&self.resource().zone)
    }

    pub(super) fn private_dns_name(&self) -> String {
        let name =
            |network: InstanceNetwork| private_dns_name(self.state.settings(), network.address);
        self.network.map(name).unwrap_or_default()
    }

    pub(super) fn state_reason(&self) -> Option<StateReason> {
        if let Some(failure) = &self.failure {
            let message = format!("Server.InternalError: {failure}");
            return Some(StateReason {
                code: "Server.InternalError",
                message,
            });
        }
        match self.resource().state {
            InstanceState::Pending => Some(StateReason {
                code: "pending",
                message: "pending".to_owned(),
            }),
            InstanceState::Running => None,
            InstanceState::ShuttingDown | InstanceState::Terminated { .. } => Some(StateReason {
                code: "Client.UserInitiatedShutdown",
                message: "Client.UserInitiatedShutdown: User initiated shutdown".to_owned(),
            }),
        }
    }
}

impl From<View<'_, Instance>> for InstanceItem {
    fn from(instance: View<'_, Instance>) -> Self {
        let interface = instance.interface();
        let groups = interface
            .map(|interface| GroupIdentifier::all(interface.state, &interface.resource().groups));
        Self {
            instance_id: instance.id,
            image_id: instance.image.clone(),
            state: instance.resource().state.into(),
            private_dns_name: instance.private_dns_name(),
            dns_name: "",
            reason: instance.failure.clone().unwrap_or_default(),
            key_name: instance.key_name.clone(),
            ami_launch_index: instance.launch_index,
            product_codes: Vec::new(),
            instance_type: instance.instance_type.clone(),
            launch_time: instance.launched,
            placement: PlacementItem {
                availability_zone: instance.zone_name().to_owned(),
                availability_zone_id: instance.zone.to_string(),
                group_name: "",
                tenancy: TENANCY,
            },
            monitoring: MonitoringItem { state: MONITORING },
            subnet_id: instance.network.map(|network| network.subnet),
            vpc_id: instance.network.map(|network| network.vpc),
            private_ip_address: instance.network.map(|network| network.address.to_string()),
            source_dest_check: true,
            groups: groups.unwrap_or_default(),
            state_reason: instance.state_reason(),
            architecture: ARCHITECTURE,
            root_device_type: ROOT_DEVICE_TYPE,
            block_device_mappings: Vec::new(),
            virtualization_type: VIRTUALIZATION_TYPE,
            client_token: instance.client_token.clone().unwrap_or_default(),
            tags: TagSet::from(&instance.tags),
            hypervisor: HYPERVISOR,
            network_interfaces: interface.map(Into::into).into_iter().collect(),
            ebs_optimized: false,
            metadata_options: instance.metadata_options.map(Into::into),
        }
    }
}
