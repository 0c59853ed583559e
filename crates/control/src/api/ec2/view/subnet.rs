//! Subnets.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::arn::Arn;
use model::rejection::NotFound;
use model::{AccountId, Subnet, SubnetId, Tags, VpcId};

use super::tag::TagSet;
use crate::api::listing::{Described, Narrowing};
use crate::api::view::{View, owned};

owned!(
    Subnet,
    SubnetId,
    subnets,
    subnets_by_account,
    NotFound::Subnet
);

impl Described for Subnet {
    const NARROWINGS: &'static [Narrowing<Self>] = &[("vpc-id", |call, wanted| {
        wanted.of(&call.state.indexes().subnets_by_vpc)
    })];
}

response! {
    /// A subnet.
    pub(in crate::api::ec2) struct SubnetItem {
        /// Id.
        subnet_id: SubnetId = "subnetId",
        /// ARN.
        subnet_arn: String = "subnetArn",
        /// State.
        state: &'static str = "state",
        /// VPC.
        vpc_id: VpcId = "vpcId",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// Addresses.
        cidr_block: String = "cidrBlock",
        /// How many are free.
        available_ip_address_count: u32 = "availableIpAddressCount",
        /// Zone's name.
        availability_zone: String = "availabilityZone",
        /// Zone's id.
        availability_zone_id: String = "availabilityZoneId",
        /// Whether it is the zone's default.
        default_for_az: bool = "defaultForAz",
        /// Whether instances ask for public addresses.
        map_public_ip_on_launch: bool = "mapPublicIpOnLaunch",
        /// Whether instances ask for addresses of an outpost.
        map_customer_owned_ip_on_launch: bool = "mapCustomerOwnedIpOnLaunch",
        /// Whether interfaces get IPv6 addresses.
        assign_ipv6_address_on_creation: bool = "assignIpv6AddressOnCreation",
        /// Whether it has IPv6 addresses only.
        ipv6_native: bool = "ipv6Native",
        /// Whether the resolver synthesises IPv6 addresses.
        enable_dns64: bool = "enableDns64",
        /// IPv6 addresses.
        ipv6_cidr_block_associations: Vec<String> = "ipv6CidrBlockAssociationSet",
        /// How instances are named.
        private_dns_name_options_on_launch: PrivateDnsNameOptions = "privateDnsNameOptionsOnLaunch",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// How instances are named.
    pub(in crate::api::ec2) struct PrivateDnsNameOptions {
        /// By address.
        hostname_type: &'static str = "hostnameType",
        /// Whether the instance's id is a name with an A record.
        enable_resource_name_dns_a_record: bool = "enableResourceNameDnsARecord",
        /// The same for AAAA.
        enable_resource_name_dns_aaaa_record: bool = "enableResourceNameDnsAAAARecord",
    }
}

impl PrivateDnsNameOptions {
    /// By address only.
    pub(super) const BY_ADDRESS: Self = Self {
        hostname_type: "ip-name",
        enable_resource_name_dns_a_record: false,
        enable_resource_name_dns_aaaa_record: false,
    };
}

const STATE: &str = "available";

fn arn(subnet: &View<'_, Subnet>) -> Arn {
    Arn::ec2(subnet.state.settings(), subnet.owner, "subnet", subnet.id)
}

impl View<'_, Subnet> {
    fn zone_name(&self) -> &str {
        self.state.settings().zone_name(&self.resource().zone)
    }
}

impl From<View<'_, Subnet>> for SubnetItem {
    fn from(subnet: View<'_, Subnet>) -> Self {
        Self {
            subnet_id: subnet.id,
            subnet_arn: arn(&subnet).to_string(),
            state: STATE,
            vpc_id: subnet.vpc,
            owner_id: subnet.owner,
            cidr_block: subnet.cidr.to_string(),
            available_ip_address_count: subnet.state.free_addresses(&subnet),
            availability_zone: subnet.zone_name().to_owned(),
            availability_zone_id: subnet.zone.to_string(),
            default_for_az: false,
            map_public_ip_on_launch: subnet.map_public_ip_on_launch,
            map_customer_owned_ip_on_launch: false,
            assign_ipv6_address_on_creation: false,
            ipv6_native: false,
            enable_dns64: false,
            ipv6_cidr_block_associations: Vec::new(),
            private_dns_name_options_on_launch: PrivateDnsNameOptions::BY_ADDRESS,
            tags: TagSet::from(&subnet.tags),
        }
    }
}

impl Filterable for View<'_, Subnet> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("availability-zone", |subnet, values| {
                values.text(subnet.zone_name())
            }),
            FilterSpec::exact("availabilityZone", |subnet, values| {
                values.text(subnet.zone_name())
            }),
            FilterSpec::exact("availability-zone-id", |subnet, values| {
                values.text(subnet.zone.as_str());
            }),
            FilterSpec::exact("availabilityZoneId", |subnet, values| {
                values.text(subnet.zone.as_str());
            }),
            FilterSpec::exact("available-ip-address-count", |subnet, values| {
                values.display(subnet.state.free_addresses(subnet));
            }),
            FilterSpec::exact("cidr", |subnet, values| values.display(subnet.cidr)),
            FilterSpec::exact("cidr-block", |subnet, values| values.display(subnet.cidr)),
            FilterSpec::exact("cidrBlock", |subnet, values| values.display(subnet.cidr)),
            FilterSpec::any_case("default-for-az", |_, values| values.text("false")),
            FilterSpec::any_case("defaultForAz", |_, values| values.text("false")),
            FilterSpec::any_case("enable-dns64", |_, values| values.text("false")),
            FilterSpec::any_case("ipv6-native", |_, values| values.text("false")),
            FilterSpec::any_case("map-customer-owned-ip-on-launch", |_, values| {
                values.text("false");
            }),
            FilterSpec::any_case("map-public-ip-on-launch", |subnet, values| {
                values.display(subnet.map_public_ip_on_launch);
            }),
            FilterSpec::exact("owner-id", |subnet, values| values.display(subnet.owner)),
            FilterSpec::exact(
                "private-dns-name-options-on-launch.hostname-type",
                |_, values| values.text(PrivateDnsNameOptions::BY_ADDRESS.hostname_type),
            ),
            FilterSpec::any_case(
                "private-dns-name-options-on-launch.enable-resource-name-dns-a-record",
                |_, values| values.text("false"),
            ),
            FilterSpec::any_case(
                "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record",
                |_, values| values.text("false"),
            ),
            FilterSpec::any_case("state", |_, values| values.text(STATE)),
            FilterSpec::exact("subnet-arn", |subnet, values| {
                values.text(arn(subnet).as_str())
            }),
            FilterSpec::exact("subnet-id", |subnet, values| values.display(subnet.id)),
            FilterSpec::exact("vpc-id", |subnet, values| values.display(subnet.vpc)),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}
