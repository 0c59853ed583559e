//! Endpoints, as their consumers see them.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::rejection::NotFound;
use model::{
    AccountId, NetworkInterfaceId, SubnetId, Tags, Timestamp, VpcEndpoint, VpcEndpointId, VpcId,
};

use super::security_group::GroupIdentifier;
use super::tag::TagSet;
use crate::api::hosted_zone;
use crate::api::listing::{Described, Narrowing};
use crate::api::view::{View, owned};

owned!(
    VpcEndpoint,
    VpcEndpointId,
    vpc_endpoints,
    endpoints_by_account,
    NotFound::VpcEndpointId
);

impl Described for VpcEndpoint {
    const NARROWINGS: &'static [Narrowing<Self>] = &[
        ("vpc-endpoint-id", |_, wanted| wanted.itself()),
        ("vpc-id", |call, wanted| {
            wanted.of(&call.state.indexes().endpoints_by_vpc)
        }),
    ];
}

response! {
    /// An endpoint.
    pub(in crate::api::ec2) struct VpcEndpointItem {
        /// Id.
        vpc_endpoint_id: VpcEndpointId = "vpcEndpointId",
        /// Type.
        vpc_endpoint_type: &'static str = "vpcEndpointType",
        /// VPC.
        vpc_id: VpcId = "vpcId",
        /// Service.
        service_name: String = "serviceName",
        /// Region of the service.
        service_region: String = "serviceRegion",
        /// State.
        state: &'static str = "state",
        /// Policy.
        policy_document: String = "policyDocument",
        /// Route tables.
        route_table_ids: Vec<String> = "routeTableIdSet",
        /// Subnets.
        subnet_ids: Vec<SubnetId> = "subnetIdSet",
        /// Security groups.
        groups: Vec<GroupIdentifier> = "groupSet",
        /// Kinds of addresses.
        ip_address_type: &'static str = "ipAddressType",
        /// DNS options.
        dns_options: DnsOptionsItem = "dnsOptions",
        /// Whether the service's private name leads here.
        private_dns_enabled: bool = "privateDnsEnabled",
        /// Whether a service manages it.
        requester_managed: bool = "requesterManaged",
        /// Interfaces.
        network_interface_ids: Vec<NetworkInterfaceId> = "networkInterfaceIdSet",
        /// Names.
        dns_entries: Vec<DnsEntryItem> = "dnsEntrySet",
        /// When it was made.
        creation_timestamp: Timestamp = "creationTimestamp",
        /// Tags.
        tags: TagSet = "tagSet",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// Why it failed.
        last_error: Option<LastErrorItem> = "lastError",
    }
}

response! {
    /// DNS options.
    pub(in crate::api::ec2) struct DnsOptionsItem {
        /// Kinds of records.
        dns_record_ip_type: &'static str = "dnsRecordIpType",
    }
}

response! {
    /// A name of an endpoint.
    pub(in crate::api::ec2) struct DnsEntryItem {
        /// The name.
        dns_name: String = "dnsName",
        /// Its zone in Route 53.
        hosted_zone_id: String = "hostedZoneId",
    }
}

response! {
    /// Why an endpoint failed.
    pub(in crate::api::ec2) struct LastErrorItem {
        /// Code.
        code: &'static str = "code",
        /// For people.
        message: String = "message",
    }
}

/// The type of every endpoint.
pub(in crate::api::ec2) const INTERFACE: &str = "Interface";
/// The kind of every address.
pub(in crate::api::ec2) const IPV4: &str = "ipv4";

impl View<'_, VpcEndpoint> {
    /// Its names: the regional one, then one per zone, then the private one.
    pub(super) fn dns_entries(&self) -> Vec<DnsEntryItem> {
        let settings = self.state.settings();
        let names = self.dns_names(settings);
        let zone = hosted_zone::of_endpoints(&settings.region);
        let entry = |dns_name| DnsEntryItem {
            dns_name,
            hosted_zone_id: zone.clone(),
        };
        let private = self.private_dns.as_ref().map(|own| DnsEntryItem {
            dns_name: own.name.to_string(),
            hosted_zone_id: own.hosted_zone.as_str().to_owned(),
        });
        let public = names.into_iter().map(|name| entry(name.name));
        public.chain(private).collect()
    }
}

impl From<View<'_, VpcEndpoint>> for VpcEndpointItem {
    fn from(endpoint: View<'_, VpcEndpoint>) -> Self {
        let settings = endpoint.state.settings();
        let interfaces = endpoint.interfaces.values();
        let error = |message: &str| LastErrorItem {
            code: "InternalError",
            message: message.to_owned(),
        };
        Self {
            vpc_endpoint_id: endpoint.id,
            vpc_endpoint_type: INTERFACE,
            vpc_id: endpoint.vpc,
            service_name: endpoint.service_name(settings),
            service_region: settings.region.clone(),
            state: endpoint.resource().state.as_aws_str(),
            policy_document: endpoint.policy.as_str().to_owned(),
            route_table_ids: Vec::new(),
            subnet_ids: endpoint.interfaces.keys().copied().collect(),
            groups: GroupIdentifier::all(endpoint.state, &endpoint.groups),
            ip_address_type: IPV4,
            dns_options: DnsOptionsItem {
                dns_record_ip_type: IPV4,
            },
            private_dns_enabled: endpoint.private_dns.is_some(),
            requester_managed: false,
            network_interface_ids: interfaces.map(|known| known.network_interface).collect(),
            dns_entries: endpoint.dns_entries(),
            creation_timestamp: endpoint.created,
            tags: TagSet::from(&endpoint.tags),
            owner_id: endpoint.owner,
            last_error: endpoint.last_error.as_deref().map(error),
        }
    }
}

impl Filterable for View<'_, VpcEndpoint> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::any_case("ip-address-type", |_, values| values.text(IPV4)),
            FilterSpec::exact("service-name", |endpoint, values| {
                values.text(&endpoint.service_name(endpoint.state.settings()));
            }),
            FilterSpec::exact("service-region", |endpoint, values| {
                values.text(&endpoint.state.settings().region);
            }),
            FilterSpec::exact("vpc-endpoint-id", |endpoint, values| {
                values.display(endpoint.id)
            }),
            FilterSpec::any_case("vpc-endpoint-state", |endpoint, values| {
                values.text(endpoint.resource().state.as_aws_str());
            }),
            FilterSpec::any_case("vpc-endpoint-type", |_, values| values.text(INTERFACE)),
            FilterSpec::exact("vpc-id", |endpoint, values| values.display(endpoint.vpc)),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}
