//! Endpoint services, as their providers configure them.

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::private_dns::ServicePrivateDns;
use model::rejection::NotFound;
use model::{EndpointService, EndpointServiceId, Tags};

use super::tag::TagSet;
use super::vpc_endpoint::{INTERFACE, IPV4};
use crate::api::listing::Described;
use crate::api::view::{View, owned};

owned!(
    EndpointService,
    EndpointServiceId,
    endpoint_services,
    services_by_account,
    NotFound::VpcEndpointServiceId
);

impl Described for EndpointService {}

response! {
    /// A service, as its provider sees it.
    pub(in crate::api::ec2) struct ServiceConfigurationItem {
        /// Types.
        service_types: Vec<ServiceTypeItem> = "serviceType",
        /// Id.
        service_id: EndpointServiceId = "serviceId",
        /// Name.
        service_name: String = "serviceName",
        /// State.
        service_state: &'static str = "serviceState",
        /// Ids of its zones.
        availability_zone_ids: Vec<String> = "availabilityZoneIdSet",
        /// Names of its zones.
        availability_zones: Vec<String> = "availabilityZoneSet",
        /// Whether its provider accepts each endpoint by hand.
        acceptance_required: bool = "acceptanceRequired",
        /// Whether it makes endpoints itself.
        manages_vpc_endpoints: bool = "managesVpcEndpoints",
        /// Load balancers.
        network_load_balancer_arns: Vec<String> = "networkLoadBalancerArnSet",
        /// Kinds of addresses.
        supported_ip_address_types: Vec<&'static str> = "supportedIpAddressTypeSet",
        /// What its endpoints' names end in.
        base_endpoint_dns_names: Vec<String> = "baseEndpointDnsNameSet",
        /// Its own name for itself.
        private_dns_name: Option<String> = "privateDnsName",
        /// How that is verified.
        private_dns_name_configuration: Option<PrivateDnsNameItem> = "privateDnsNameConfiguration",
        /// Regions it can be reached from.
        supported_regions: Vec<SupportedRegionItem> = "supportedRegionSet",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// A type of endpoint that a service takes.
    pub(in crate::api::ec2) struct ServiceTypeItem {
        /// AWS's word.
        service_type: &'static str = "serviceType",
    }
}

response! {
    /// How a private name is verified: by a record that its provider publishes.
    pub(in crate::api::ec2) struct PrivateDnsNameItem {
        /// What came of it.
        state: &'static str = "state",
        /// Type of the record.
        kind: &'static str = "type",
        /// Text of the record.
        value: String = "value",
        /// First label of the record's name.
        name: String = "name",
    }
}

impl From<&ServicePrivateDns> for PrivateDnsNameItem {
    fn from(own: &ServicePrivateDns) -> Self {
        Self {
            state: own.verification.as_aws_str(),
            kind: "TXT",
            value: own.record.value(),
            name: own.record.name(),
        }
    }
}

response! {
    /// A region that a service can be reached from.
    pub(in crate::api::ec2) struct SupportedRegionItem {
        /// Region.
        region: String = "region",
        /// State there.
        service_state: &'static str = "serviceState",
    }
}

/// The one type.
pub(super) const SERVICE_TYPE: ServiceTypeItem = ServiceTypeItem {
    service_type: INTERFACE,
};

/// The ARNs of a service's load balancers.
pub(super) fn load_balancer_arns(service: View<'_, EndpointService>) -> Vec<String> {
    let (settings, tables) = (service.state.settings(), service.state.tables());
    let known = service
        .load_balancers
        .keys()
        .filter_map(|id| tables.load_balancers.get(id));
    known
        .map(|balancer| balancer.arn(settings).to_string())
        .collect()
}

impl View<'_, EndpointService> {
    /// Ids of its zones.
    pub(super) fn zone_ids(&self) -> Vec<String> {
        self.zones.iter().map(ToString::to_string).collect()
    }

    /// Names of its zones.
    pub(super) fn zone_names(&self) -> Vec<String> {
        let settings = self.state.settings();
        self.zones
            .iter()
            .map(|zone| settings.zone_name(zone).to_owned())
            .collect()
    }
}

impl From<View<'_, EndpointService>> for ServiceConfigurationItem {
    fn from(service: View<'_, EndpointService>) -> Self {
        let settings = service.state.settings();
        let region = SupportedRegionItem {
            region: settings.region.clone(),
            service_state: "Available",
        };
        Self {
            service_types: vec![SERVICE_TYPE],
            service_id: service.id,
            service_name: service.name(settings),
            service_state: service.state.service_state(&service).as_aws_str(),
            availability_zone_ids: service.zone_ids(),
            availability_zones: service.zone_names(),
            acceptance_required: service.acceptance_required,
            manages_vpc_endpoints: false,
            network_load_balancer_arns: load_balancer_arns(service),
            supported_ip_address_types: vec![IPV4],
            base_endpoint_dns_names: vec![service.base_dns_name(settings)],
            private_dns_name: service.private_dns.as_ref().map(|own| own.name.to_string()),
            private_dns_name_configuration: service.private_dns.as_ref().map(Into::into),
            supported_regions: vec![region],
            tags: TagSet::from(&service.tags),
        }
    }
}

impl Filterable for View<'_, EndpointService> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("service-id", |service, values| values.display(service.id)),
            FilterSpec::exact("service-name", |service, values| {
                values.text(&service.name(service.state.settings()));
            }),
            FilterSpec::any_case("service-state", |service, values| {
                values.text(service.state.service_state(service).as_aws_str());
            }),
            FilterSpec::any_case("supported-ip-address-types", |_, values| values.text(IPV4)),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}
