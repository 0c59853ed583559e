//! Network interfaces.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::rejection::NotFound;
use model::state::SecurityGroupUser;
use model::{
    AccountId, AttachmentId, InstanceId, NetworkInterface, NetworkInterfaceId,
    NetworkInterfaceKind, SecurityGroupId, SubnetId, Tags, Timestamp, VpcId,
};
use plan::private_dns_name;

use super::security_group::GroupIdentifier;
use super::tag::TagSet;
use crate::api::listing::{Described, Narrowing};
use crate::api::view::{View, owned};

owned!(
    NetworkInterface,
    NetworkInterfaceId,
    network_interfaces,
    interfaces_by_account,
    NotFound::NetworkInterface
);

impl Described for NetworkInterface {
    const NARROWINGS: &'static [Narrowing<Self>] = &[
        ("network-interface-id", |_, wanted| wanted.itself()),
        ("subnet-id", |call, wanted| {
            wanted.of(&call.state.indexes().interfaces_by_subnet)
        }),
        ("vpc-id", |call, wanted| {
            wanted.of(&call.state.indexes().interfaces_by_vpc)
        }),
        ("group-id", |call, wanted| {
            let group: Option<SecurityGroupId> = wanted.value.parse().ok();
            let users = group
                .into_iter()
                .flat_map(|id| call.state.indexes().security_group_users.of(&id));
            wanted.sorted(users.filter_map(|user| match user {
                SecurityGroupUser::NetworkInterface(id) => Some(*id),
                SecurityGroupUser::VpcEndpoint(_)
                | SecurityGroupUser::LoadBalancer(_)
                | SecurityGroupUser::SecurityGroup(_) => None,
            }))
        }),
        ("attachment.instance-id", |call, wanted| {
            let instances = &call.state.tables().instances;
            let instance = wanted.value.parse().ok().and_then(|id| instances.get(&id));
            let network = instance.and_then(|instance| instance.network);
            wanted.sorted(network.map(|network| network.network_interface))
        }),
    ];
}

response! {
    /// A network interface.
    pub(in crate::api::ec2) struct NetworkInterfaceItem {
        /// Id.
        network_interface_id: NetworkInterfaceId = "networkInterfaceId",
        /// Subnet.
        subnet_id: SubnetId = "subnetId",
        /// VPC.
        vpc_id: VpcId = "vpcId",
        /// Zone's name.
        availability_zone: String = "availabilityZone",
        /// Zone's id.
        availability_zone_id: String = "availabilityZoneId",
        /// Description.
        description: String = "description",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// The service that manages it.
        requester_id: Option<&'static str> = "requesterId",
        /// Whether a service manages it.
        requester_managed: bool = "requesterManaged",
        /// Whether it is attached.
        status: &'static str = "status",
        /// MAC address.
        mac_address: String = "macAddress",
        /// Primary address.
        private_ip_address: String = "privateIpAddress",
        /// The name of that.
        private_dns_name: String = "privateDnsName",
        /// Whether its packets must have its address.
        source_dest_check: bool = "sourceDestCheck",
        /// Security groups.
        groups: Vec<GroupIdentifier> = "groupSet",
        /// What it is attached to.
        attachment: Option<AttachmentItem> = "attachment",
        /// All addresses.
        private_ip_addresses: Vec<PrivateAddressItem> = "privateIpAddressesSet",
        /// IPv6 addresses.
        ipv6_addresses: Vec<String> = "ipv6AddressesSet",
        /// What it is there for.
        interface_type: &'static str = "interfaceType",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// What an interface is attached to.
    pub(in crate::api::ec2) struct AttachmentItem {
        /// Id.
        attachment_id: AttachmentId = "attachmentId",
        /// Instance.
        instance_id: Option<InstanceId> = "instanceId",
        /// The instance's account, or the service.
        instance_owner_id: String = "instanceOwnerId",
        /// Its place.
        device_index: u8 = "deviceIndex",
        /// Its card.
        network_card_index: u8 = "networkCardIndex",
        /// State.
        status: &'static str = "status",
        /// Since when.
        attach_time: Timestamp = "attachTime",
        /// Whether the interface goes with what it is attached to.
        delete_on_termination: bool = "deleteOnTermination",
    }
}

response! {
    /// An address of an interface.
    pub(in crate::api::ec2) struct PrivateAddressItem {
        /// Whether it is the primary one.
        primary: bool = "primary",
        /// The address.
        private_ip_address: String = "privateIpAddress",
        /// Its name.
        private_dns_name: String = "privateDnsName",
    }
}

const ATTACHED: &str = "attached";

impl View<'_, NetworkInterface> {
    /// Whether it is attached, in AWS's words.
    pub(super) const fn status(&self) -> &'static str {
        if self.resource().kind.attachment().is_some() {
            "in-use"
        } else {
            "available"
        }
    }

    /// The MAC address, in AWS's form.
    pub(super) fn mac_address(&self) -> String {
        let [a, b, c, d, e, f] = self.mac();
        format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }

    /// The name of its primary address.
    pub(super) fn private_dns_name(&self) -> String {
        private_dns_name(self.state.settings(), self.address)
    }

    /// All its addresses.
    pub(super) fn addresses(&self) -> Vec<PrivateAddressItem> {
        vec![PrivateAddressItem {
            primary: true,
            private_ip_address: self.address.to_string(),
            private_dns_name: self.private_dns_name(),
        }]
    }

    pub(super) fn zone_name(&self) -> &str {
        self.state.settings().zone_name(&self.resource().zone)
    }

    fn instance_owner(&self) -> Option<String> {
        match self.kind {
            NetworkInterfaceKind::Detached => None,
            NetworkInterfaceKind::Instance { .. } => Some(self.owner.to_string()),
            NetworkInterfaceKind::VpcEndpoint { .. }
            | NetworkInterfaceKind::LoadBalancer { .. } => self.kind.requester().map(str::to_owned),
        }
    }

    const fn device_index(&self) -> u8 {
        // Managed interfaces show up as the second device of an instance that nobody sees.
        if self.resource().kind.is_requester_managed() {
            1
        } else {
            0
        }
    }

    const fn delete_on_termination(&self) -> bool {
        match self.resource().kind {
            NetworkInterfaceKind::Instance {
                delete_on_termination,
                ..
            } => delete_on_termination,
            NetworkInterfaceKind::Detached
            | NetworkInterfaceKind::VpcEndpoint { .. }
            | NetworkInterfaceKind::LoadBalancer { .. } => false,
        }
    }

    /// What it is attached to.
    pub(in crate::api::ec2) fn attachment(&self) -> Option<AttachmentItem> {
        let attachment_id = self.kind.attachment()?;
        let instance = self
            .instance()
            .and_then(|id| self.state.tables().instances.get(&id));
        Some(AttachmentItem {
            attachment_id,
            instance_id: self.instance(),
            instance_owner_id: self.instance_owner()?,
            device_index: self.device_index(),
            network_card_index: 0,
            status: ATTACHED,
            attach_time: instance.map_or(self.created, |instance| instance.launched),
            delete_on_termination: self.delete_on_termination(),
        })
    }

    pub(super) fn group_names(&self) -> impl Iterator<Item = &str> {
        let groups = &self.state.tables().security_groups;
        let known = |id: &SecurityGroupId| groups.get(id).map(|group| group.name.as_str());
        self.resource().groups.iter().filter_map(known)
    }
}

impl From<View<'_, NetworkInterface>> for NetworkInterfaceItem {
    fn from(interface: View<'_, NetworkInterface>) -> Self {
        Self {
            network_interface_id: interface.id,
            subnet_id: interface.subnet,
            vpc_id: interface.vpc,
            availability_zone: interface.zone_name().to_owned(),
            availability_zone_id: interface.zone.to_string(),
            description: interface.description().into_owned(),
            owner_id: interface.owner,
            requester_id: interface.kind.requester(),
            requester_managed: interface.kind.is_requester_managed(),
            status: interface.status(),
            mac_address: interface.mac_address(),
            private_ip_address: interface.address.to_string(),
            private_dns_name: interface.private_dns_name(),
            source_dest_check: true,
            groups: GroupIdentifier::all(interface.state, &interface.groups),
            attachment: interface.attachment(),
            private_ip_addresses: interface.addresses(),
            ipv6_addresses: Vec::new(),
            interface_type: interface.kind.interface_type(),
            tags: TagSet::from(&interface.tags),
        }
    }
}

/// The filters on network interfaces of whatever has them: what their names begin with, and the interface of a thing. A
/// thing without matches none of them, and one whose interface is detached none on its attachment.
macro_rules! interface_filters {
    ($prefix:literal, $interface:expr) => {
        [
            interface_filters!(@ exact $prefix "addresses.private-ip-address", $interface,
                |eni, values| values.display(eni.address)),
            interface_filters!(@ any_case $prefix "addresses.primary", $interface,
                |_eni, values| values.text("true")),
            interface_filters!(@ exact $prefix "attachment.attach-time", $interface,
                |eni, values| eni.attachment().iter().for_each(|it| values.time(it.attach_time))),
            interface_filters!(@ exact $prefix "attachment.attachment-id", $interface,
                |eni, values| eni.attachment().iter().for_each(|it| values.display(it.attachment_id))),
            interface_filters!(@ any_case $prefix "attachment.delete-on-termination", $interface,
                |eni, values| eni.attachment().iter().for_each(|it| values.display(it.delete_on_termination))),
            interface_filters!(@ exact $prefix "attachment.device-index", $interface,
                |eni, values| eni.attachment().iter().for_each(|it| values.display(it.device_index))),
            interface_filters!(@ exact $prefix "attachment.instance-id", $interface,
                |eni, values| eni.instance().iter().for_each(|id| values.display(id))),
            interface_filters!(@ exact $prefix "attachment.instance-owner-id", $interface,
                |eni, values| eni.attachment().iter().for_each(|it| values.text(&it.instance_owner_id))),
            interface_filters!(@ any_case $prefix "attachment.status", $interface,
                |eni, values| eni.attachment().iter().for_each(|it| values.text(it.status))),
            interface_filters!(@ exact $prefix "availability-zone", $interface,
                |eni, values| values.text(eni.zone_name())),
            interface_filters!(@ exact $prefix "description", $interface,
                |eni, values| values.text(&eni.description())),
            interface_filters!(@ exact $prefix "group-id", $interface,
                |eni, values| eni.groups.iter().for_each(|id| values.display(id))),
            interface_filters!(@ exact $prefix "group-name", $interface,
                |eni, values| eni.group_names().for_each(|name| values.text(name))),
            interface_filters!(@ any_case $prefix "mac-address", $interface,
                |eni, values| values.text(&eni.mac_address())),
            interface_filters!(@ exact $prefix "network-interface-id", $interface,
                |eni, values| values.display(eni.id)),
            interface_filters!(@ exact $prefix "owner-id", $interface,
                |eni, values| values.display(eni.owner)),
            interface_filters!(@ any_case $prefix "private-dns-name", $interface,
                |eni, values| values.text(&eni.private_dns_name())),
            interface_filters!(@ exact $prefix "private-ip-address", $interface,
                |eni, values| values.display(eni.address)),
            interface_filters!(@ exact $prefix "requester-id", $interface,
                |eni, values| eni.kind.requester().iter().for_each(|it| values.text(it))),
            interface_filters!(@ any_case $prefix "requester-managed", $interface,
                |eni, values| values.display(eni.kind.is_requester_managed())),
            interface_filters!(@ any_case $prefix "source-dest-check", $interface,
                |_eni, values| values.text("true")),
            interface_filters!(@ any_case $prefix "status", $interface,
                |eni, values| values.text(eni.status())),
            interface_filters!(@ exact $prefix "subnet-id", $interface,
                |eni, values| values.display(eni.subnet)),
            interface_filters!(@ exact $prefix "vpc-id", $interface,
                |eni, values| values.display(eni.vpc)),
        ]
    };
    (@ $case:ident $prefix:literal $name:literal, $interface:expr, |$eni:ident, $values:ident| $offer:expr) => {
        ::aws_wire::filter::FilterSpec::$case(concat!($prefix, $name), |thing, $values| {
            if let Some($eni) = $interface(thing) {
                $offer;
            }
        })
    };
}
pub(super) use interface_filters;

impl Filterable for View<'_, NetworkInterface> {
    fn filters() -> Vec<FilterSpec<Self>> {
        let mut filters: Vec<FilterSpec<Self>> = vec![
            FilterSpec::exact("availability-zone-id", |eni, values| {
                values.text(eni.zone.as_str())
            }),
            FilterSpec::any_case("interface-type", |eni, values| {
                values.text(eni.kind.interface_type());
            }),
        ];
        filters.extend(interface_filters!("", |eni: &Self| Some(*eni)));
        filters
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}
