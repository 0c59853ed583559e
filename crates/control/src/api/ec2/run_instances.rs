//! `RunInstances`.

use std::net::Ipv4Addr;

use aws_wire::query::{Blob, Bounds, ClientToken, DryRun, TagSpecifications};
use aws_wire::{ApiError, Dialect, enumeration, request, structure};
use model::arn::Arn;
use model::command::LaunchNetwork;
use model::limits::USER_DATA_BYTES_MAX;
use model::{Command, NetworkInterfaceId, Reply, SecurityGroupId, Subnet, SubnetId, command};

use super::create_network_interface::{PrivateAddress, primary_address};
use super::modify_instance_metadata_options::MetadataOptionsRequest;
use super::view::instance::ReservationItem;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted, Target};
use crate::api::target::set_metadata_options;

/// The instance type that EC2 assumes.
const DEFAULT_INSTANCE_TYPE: &str = "m1.small";
const USER_DATA: Bounds = Bounds { max: Some(USER_DATA_BYTES_MAX as i64), ..Bounds::NONE };

enumeration! {
    /// What a shutdown from inside an instance comes to.
    pub(super) enum ShutdownBehavior {
        /// It can be started again.
        Stop = "stop",
        /// It is gone.
        Terminate = "terminate",
    }
}

impl From<ShutdownBehavior> for model::ShutdownBehavior {
    fn from(behavior: ShutdownBehavior) -> Self {
        match behavior {
            ShutdownBehavior::Stop => Self::Stop,
            ShutdownBehavior::Terminate => Self::Terminate,
        }
    }
}

impl From<model::ShutdownBehavior> for ShutdownBehavior {
    fn from(behavior: model::ShutdownBehavior) -> Self {
        match behavior {
            model::ShutdownBehavior::Stop => Self::Stop,
            model::ShutdownBehavior::Terminate => Self::Terminate,
        }
    }
}

structure! {
    /// A feature that can only be off.
    pub(super) struct Disabled("EC2 API reference, RunInstances") {}
    refused {
        /// There is no such feature.
        "Enabled" except ["false"]: Option<bool>,
    }
}

structure! {
    /// Hibernation, which can only be off.
    pub(super) struct NotConfigured("EC2 API reference, HibernationOptionsRequest") {}
    refused {
        /// There is no such feature.
        "Configured" except ["false"]: Option<bool>,
    }
}

enumeration! {
    /// How long an instance may take more than its share of a processor.
    pub(super) enum CpuCredits {
        /// As long as it has credits.
        Standard = "standard",
        /// Always.
        Unlimited = "unlimited",
    }
}

structure! {
    /// Processor credits.
    pub(super) struct CreditSpecification("EC2 API reference, CreditSpecificationRequest") {}
    accepted {
        /// No instance is limited.
        "CpuCredits": CpuCredits,
    }
}

structure! {
    /// Where instances are launched.
    pub(super) struct Placement("EC2 API reference, Placement") {
        /// Zone; must be the subnet's.
        availability_zone: Option<String> = "AvailabilityZone",
        /// Zone by id; must be the subnet's.
        availability_zone_id: Option<String> = "AvailabilityZoneId",
    }
    refused {
        /// There are no dedicated hosts.
        "Affinity": Option<String>,
        /// There are no placement groups.
        "GroupId": Option<String>,
        /// There are no placement groups.
        "GroupName": Option<String>,
        /// There are no dedicated hosts.
        "HostId": Option<String>,
        /// There are no dedicated hosts.
        "HostResourceGroupArn": Option<String>,
        /// There are no placement groups.
        "PartitionNumber": Option<u32>,
        /// There are no placement groups.
        "SpreadDomain": Option<String>,
        /// There are no dedicated hosts.
        "Tenancy" except ["default"]: Option<String>,
    }
}

structure! {
    /// The interface of an instance.
    pub(super) struct InterfaceSpecification("EC2 API reference, InstanceNetworkInterfaceSpecification") {
        /// Its place, which can only be 0.
        device_index: Option<u32> = "DeviceIndex" [Bounds::range(0, 0)],
        /// An interface that exists, instead of a new one.
        network_interface_id: Option<NetworkInterfaceId> = "NetworkInterfaceId",
        /// In which subnet.
        subnet_id: Option<SubnetId> = "SubnetId",
        /// Address.
        private_ip_address: Option<Ipv4Addr> = "PrivateIpAddress",
        /// The same, in the longer form.
        private_ip_addresses: Vec<PrivateAddress> = "PrivateIpAddresses",
        /// Security groups.
        group_ids: Vec<SecurityGroupId> = "SecurityGroupId",
        /// Whether it goes with the instance; it does unless it existed before.
        delete_on_termination: Option<bool> = "DeleteOnTermination",
    }
    refused {
        /// There are no carriers.
        "AssociateCarrierIpAddress" except ["false"]: Option<bool>,
        /// There are no public addresses.
        "AssociatePublicIpAddress" except ["false"]: Option<bool>,
        /// Idle times are not configured per interface.
        "ConnectionTrackingSpecification": Option<String>,
        /// Descriptions are given to interfaces made beforehand.
        "Description": Option<String>,
        /// Interfaces have no queues.
        "EnaQueueCount": Option<u32>,
        /// Interfaces have no queues.
        "EnaSrdSpecification": Option<String>,
        /// There are no special kinds of interfaces.
        "InterfaceType" except ["interface"]: Option<String>,
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
        /// Instances have one card.
        "NetworkCardIndex" except ["0"]: Option<u32>,
        /// There is no IPv6.
        "PrimaryIpv6" except ["false"]: Option<bool>,
        /// Interfaces have one address.
        "SecondaryPrivateIpAddressCount" except ["0"]: Option<u32>,
    }
}

request! {
    /// Launches instances.
    pub(super) struct RunInstances(Ec2, "EC2 API reference, RunInstances") {
        /// Image; any text, since instances run what their host has.
        image_id: String = "ImageId" [Bounds::length(1, 255)],
        /// Type; any text.
        instance_type: Option<String> = "InstanceType" [Bounds::length(1, 255)],
        /// Key pair; any text, without effect.
        key_name: Option<String> = "KeyName" [Bounds::length(1, 255)],
        /// Fewest to launch.
        min_count: u32 = "MinCount" [Bounds::range(1, 1000)],
        /// Most to launch.
        max_count: u32 = "MaxCount" [Bounds::range(1, 1000)],
        /// In which subnet; needed, since there is no default one.
        subnet_id: Option<SubnetId> = "SubnetId",
        /// Address.
        private_ip_address: Option<Ipv4Addr> = "PrivateIpAddress",
        /// Security groups; the VPC's default one if none is given.
        group_ids: Vec<SecurityGroupId> = "SecurityGroupId",
        /// The interface, in place of the three before.
        interfaces: Vec<InterfaceSpecification> = "NetworkInterface" [Bounds::items(0, 1)],
        /// A script that is run once, or data, in base64.
        user_data: Option<Blob> = "UserData" [USER_DATA],
        /// Where.
        placement: Option<Placement> = "Placement",
        /// What a shutdown from inside is to come to; `stop` unless given.
        shutdown_behavior: Option<ShutdownBehavior> = "InstanceInitiatedShutdownBehavior",
        /// How the instance metadata service is wanted, which has no effect: there is none.
        metadata_options: Option<MetadataOptionsRequest> = "MetadataOptions",
    }
    groups {
        /// Tags of the instances and their interfaces. Those of volumes are checked, and there are no volumes.
        tags: TagSpecifications,
        /// What makes a repetition return the first result.
        client_token: ClientToken,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    accepted {
        /// Instances have all the processors of their host.
        "CreditSpecification": Option<CreditSpecification>,
        /// Instances cannot hibernate.
        "HibernationOptions": Option<NotConfigured>,
        /// Instances have no enclaves.
        "EnclaveOptions": Option<Disabled>,
        /// Instances are not monitored in detail.
        "Monitoring": Option<Disabled>,
    }
    refused {
        /// Instances are not reserved.
        "AdditionalInfo": Option<String>,
        /// Instances have no volumes.
        "BlockDeviceMapping": Option<String>,
        /// Capacity is not reserved.
        "CapacityReservationSpecification": Option<String>,
        /// Instances share their host's processors.
        "CpuOptions": Option<String>,
        /// Instances cannot be stopped.
        "DisableApiStop" except ["false"]: Option<bool>,
        /// Instances are not protected from termination.
        "DisableApiTermination" except ["false"]: Option<bool>,
        /// Instances have no volumes.
        "EbsOptimized" except ["false"]: Option<bool>,
        /// Instances have no accelerators.
        "ElasticGpuSpecification": Option<String>,
        /// Instances have no accelerators.
        "ElasticInferenceAccelerator": Option<String>,
        /// There is no IPv6.
        "EnablePrimaryIpv6" except ["false"]: Option<bool>,
        /// Instances have no roles.
        "IamInstanceProfile": Option<String>,
        /// There is no spot market.
        "InstanceMarketOptions": Option<String>,
        /// There is no IPv6.
        "Ipv6Address": Option<String>,
        /// There is no IPv6.
        "Ipv6AddressCount" except ["0"]: Option<u32>,
        /// Instances run their host's kernel.
        "KernelId": Option<String>,
        /// There are no launch templates.
        "LaunchTemplate": Option<String>,
        /// There are no licences.
        "LicenseSpecification": Option<String>,
        /// Instances are not recovered.
        "MaintenanceOptions": Option<String>,
        /// Bandwidth is not divided.
        "NetworkPerformanceOptions": Option<String>,
        /// Instances are not handed to services.
        "Operator": Option<String>,
        /// Instances are named by address.
        "PrivateDnsNameOptions": Option<String>,
        /// Instances run their host's kernel.
        "RamdiskId": Option<String>,
        /// Instances have one interface.
        "SecondaryInterface": Option<String>,
        /// Names are those of a default VPC, and there is none; use ids.
        "SecurityGroup": Option<String>,
    }
}

impl RunInstances {
    fn network(&self) -> Result<LaunchNetwork, ApiError> {
        let Some(interface) = self.interfaces.first() else {
            return Ok(LaunchNetwork::Subnet {
                subnet: self.subnet_id,
                address: self.private_ip_address,
                groups: self.group_ids.clone(),
                delete_on_termination: true,
            });
        };
        let outside = self.subnet_id.is_some()
            || self.private_ip_address.is_some()
            || !self.group_ids.is_empty();
        if outside {
            let message = "Network interfaces and an instance-level subnet ID, security groups or \
                           private IP address may not be specified on the same request";
            return Err(ApiError::invalid_combination(Dialect::Ec2, message));
        }
        interface.network()
    }

    /// A zone, when given, must be where the instances will be anyway. A subnet or interface that is not there is for
    /// the command to refuse: a repetition with a client token gets the first one's result even when it is gone.
    fn check_placement(
        &self,
        call: &Call<'_>,
        network: &LaunchNetwork,
    ) -> Result<(), ApiError> {
        let Some(placement) = &self.placement else { return Ok(()) };
        let zone = match network {
            LaunchNetwork::Subnet { subnet, .. } => {
                subnet.and_then(|id| call.own::<Subnet>(id).ok()).map(|it| it.zone.clone())
            }
            LaunchNetwork::Interface(id) => {
                call.own::<model::NetworkInterface>(*id).ok().map(|it| it.zone.clone())
            }
        };
        let Some(zone) = zone else { return Ok(()) };
        let name = call.state.settings().zone_name(&zone);
        let other = |wanted: &Option<String>, is: &str| {
            wanted.as_ref().is_some_and(|wanted| wanted != is)
        };
        let elsewhere = other(&placement.availability_zone, name)
            || other(&placement.availability_zone_id, zone.as_str());
        if elsewhere {
            let message = format!("The subnet is not in the given availability zone but in {name}");
            return Err(ApiError::client("InvalidParameterValue", message));
        }
        Ok(())
    }
}

impl InterfaceSpecification {
    fn network(&self) -> Result<LaunchNetwork, ApiError> {
        let address = primary_address(self.private_ip_address, &self.private_ip_addresses)?;
        let Some(id) = self.network_interface_id else {
            return Ok(LaunchNetwork::Subnet {
                subnet: self.subnet_id,
                address,
                groups: self.group_ids.clone(),
                delete_on_termination: self.delete_on_termination.unwrap_or(true),
            });
        };
        let more = self.subnet_id.is_some() || address.is_some() || !self.group_ids.is_empty();
        if more || self.delete_on_termination == Some(true) {
            let message = "A network interface that exists is attached as it is: it takes no \
                           subnet ID, security groups, address or deletion on termination";
            return Err(ApiError::invalid_combination(Dialect::Ec2, message));
        }
        Ok(LaunchNetwork::Interface(id))
    }
}

impl Permitted for RunInstances {
    const PERMISSION: Permission = Permission::creating(
        &["instance", "network-interface"],
        &["SubnetId", "SecurityGroupId", "NetworkInterface"],
    );

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        let settings = call.state.settings();
        let (partition, region) = (&settings.partition, &settings.region);
        // Images belong to nobody here.
        let image = format!("arn:{partition}:ec2:{region}::image/{}", self.image_id);
        demand.targets.push(Target::own(image));
        if let Some(key) = &self.key_name {
            let pair = Arn::ec2(settings, call.caller, "key-pair", key);
            demand.targets.push(Target::own(pair.to_string()));
        }
        if self.interfaces.iter().any(|interface| interface.network_interface_id.is_some()) {
            // It is named, and none is made.
            demand.targets.retain(|target| !target.arn.ends_with(":network-interface/*"));
        }
        let instance_type = self.instance_type.as_deref().unwrap_or(DEFAULT_INSTANCE_TYPE);
        if let Some(instance) = demand.targets.first_mut() {
            instance.context.insert("ec2:InstanceType", instance_type);
            if let Some(options) = &self.metadata_options {
                set_metadata_options(options.into(), &mut instance.context);
            }
        }
    }
}

impl Write for RunInstances {
    type Response = ReservationItem;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags, interface_tags, _] =
            self.tags.tags_for(["instance", "network-interface", "volume"])?;
        let network = self.network()?;
        if matches!(network, LaunchNetwork::Interface(_)) && !interface_tags.is_empty() {
            let message = "Tags of type 'network-interface' need a network interface that is made by the request";
            return Err(ApiError::invalid_combination(Dialect::Ec2, message));
        }
        self.check_placement(call, &network)?;
        let default_type = || DEFAULT_INSTANCE_TYPE.to_owned();
        let command = command::RunInstances {
            image: self.image_id.clone(),
            instance_type: self.instance_type.clone().unwrap_or_else(default_type),
            key_name: self.key_name.clone(),
            min_count: self.min_count,
            max_count: self.max_count,
            network,
            shutdown_behavior: self.shutdown_behavior.map(Into::into).unwrap_or_default(),
            metadata_options: self.metadata_options.as_ref().map(Into::into),
            user_data: self.user_data.as_ref().map(|data| data.0.clone()).unwrap_or_default(),
            tags,
            interface_tags,
            client_token: self.client_token.0.clone(),
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<ReservationItem, ApiError> {
        let Reply::Reservation(id) = done.reply else { return Err(done.foreign_reply()) };
        let ids = done.call.state.indexes().instances_by_reservation.of(id);
        let instances = ids.map(|id| done.call.present(*id)).collect::<Result<Vec<_>, _>>()?;
        ReservationItem::group(instances).pop().ok_or_else(|| done.foreign_reply())
    }
}
