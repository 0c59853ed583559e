//! Endpoint services, as consumers find them. One that the caller may not use does not exist for it.

use aws_wire::ApiError;
use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::rejection::NotFound;
use model::state::Audience;
use model::{EndpointService, EndpointServiceId, Tags};

use super::tag::TagSet;
use super::vpc_endpoint::{INTERFACE, IPV4};
use super::vpc_endpoint_service::{SERVICE_TYPE, ServiceTypeItem};
use crate::api::call::Call;
use crate::api::listing::{Ids, Item, Listed, Wanted, merged, once};
use crate::api::view::View;

response! {
    /// A service, as a consumer sees it.
    pub(in crate::api::ec2) struct ServiceDetailItem {
        /// Name.
        service_name: String = "serviceName",
        /// Id.
        service_id: EndpointServiceId = "serviceId",
        /// Types.
        service_types: Vec<ServiceTypeItem> = "serviceType",
        /// Region.
        service_region: String = "serviceRegion",
        /// Ids of its zones.
        availability_zone_ids: Vec<String> = "availabilityZoneIdSet",
        /// Names of its zones.
        availability_zones: Vec<String> = "availabilityZoneSet",
        /// Provider.
        owner: String = "owner",
        /// What its endpoints' names end in.
        base_endpoint_dns_names: Vec<String> = "baseEndpointDnsNameSet",
        /// Its own name for itself.
        private_dns_name: Option<String> = "privateDnsName",
        /// The same.
        private_dns_names: Vec<PrivateDnsDetailsItem> = "privateDnsNameSet",
        /// Whether the provider has shown that the name's domain is its own.
        private_dns_name_verification_state: Option<&'static str> = "privateDnsNameVerificationState",
        /// Whether endpoint policies say what requests are let through.
        vpc_endpoint_policy_supported: bool = "vpcEndpointPolicySupported",
        /// Whether its provider accepts each endpoint by hand.
        acceptance_required: bool = "acceptanceRequired",
        /// Whether it makes endpoints itself.
        manages_vpc_endpoints: bool = "managesVpcEndpoints",
        /// Kinds of addresses.
        supported_ip_address_types: Vec<&'static str> = "supportedIpAddressTypeSet",
        /// Its provider's tags, which only the provider sees.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// A private name.
    pub(in crate::api::ec2) struct PrivateDnsDetailsItem {
        /// The name.
        private_dns_name: String = "privateDnsName",
    }
}

/// A service that the caller may use.
#[derive(Clone, Copy)]
pub(in crate::api::ec2) struct OfferedService<'s> {
    service: View<'s, EndpointService>,
    is_own: bool,
}

impl<'s> OfferedService<'s> {
    /// The service of a name.
    ///
    /// # Errors
    /// `InvalidServiceName`, also when the caller is not permitted.
    pub(in crate::api::ec2) fn named(call: &Call<'s>, name: &str) -> Result<Self, ApiError> {
        let service = call.state.service_of_name(name);
        let offered = service.filter(|service| call.may_use(service));
        match offered {
            Some(service) => Ok(Self::of(call, service)),
            None => Err(call.not_found(NotFound::ServiceName(name.to_owned()))),
        }
    }

    /// Its id.
    pub(in crate::api::ec2) fn service_id(&self) -> EndpointServiceId {
        self.service.id
    }

    fn of(call: &Call<'s>, service: &'s EndpointService) -> Self {
        Self {
            service: call.view(service),
            is_own: service.owner == call.caller,
        }
    }
}

impl From<OfferedService<'_>> for ServiceDetailItem {
    fn from(OfferedService { service, is_own }: OfferedService<'_>) -> Self {
        let settings = service.state.settings();
        let private_dns = service.private_dns.as_ref();
        let tags = if is_own {
            service.tags.clone()
        } else {
            Tags::new()
        };
        Self {
            service_name: service.name(settings),
            service_id: service.id,
            service_types: vec![SERVICE_TYPE],
            service_region: settings.region.clone(),
            availability_zone_ids: service.zone_ids(),
            availability_zones: service.zone_names(),
            owner: service.owner.to_string(),
            base_endpoint_dns_names: vec![service.base_dns_name(settings)],
            private_dns_name: private_dns.map(|own| own.name.to_string()),
            private_dns_names: private_dns
                .map(|own| PrivateDnsDetailsItem {
                    private_dns_name: own.name.to_string(),
                })
                .into_iter()
                .collect(),
            private_dns_name_verification_state: private_dns
                .map(|own| own.verification.as_aws_str()),
            vpc_endpoint_policy_supported: false,
            acceptance_required: service.acceptance_required,
            manages_vpc_endpoints: false,
            supported_ip_address_types: vec![IPV4],
            tags: TagSet::from(&tags),
        }
    }
}

impl Filterable for OfferedService<'_> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("owner", |it, values| values.display(it.service.owner)),
            FilterSpec::exact("service-name", |it, values| {
                values.text(&it.service.name(it.service.state.settings()));
            }),
            FilterSpec::exact("service-region", |it, values| {
                values.text(&it.service.state.settings().region);
            }),
            FilterSpec::any_case("service-type", |_, values| values.text(INTERFACE)),
            FilterSpec::any_case("supported-ip-address-types", |_, values| values.text(IPV4)),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        self.is_own.then(|| &self.service.resource().tags)
    }
}

impl Item for OfferedService<'_> {
    type Id = EndpointServiceId;

    fn id(&self) -> EndpointServiceId {
        self.service.id
    }
}

impl<'s> Listed<'s> for OfferedService<'s> {
    fn find(call: &Call<'s>, id: EndpointServiceId) -> Result<Self, ApiError> {
        let service = call.state.tables().endpoint_services.get(&id);
        match service.filter(|service| call.may_use(service)) {
            Some(service) => Ok(Self::of(call, service)),
            None => Err(call.not_found(NotFound::VpcEndpointServiceId(id))),
        }
    }

    fn all(
        call: &Call<'s>,
        after: Option<EndpointServiceId>,
    ) -> Box<dyn Iterator<Item = Self> + 's> {
        let call = *call;
        let audiences = [Audience::Everybody, Audience::Account(call.caller)];
        let index = &call.state.indexes().services_by_audience;
        let services = audiences.map(move |audience| index.of_after(&audience, after.as_ref()));
        // A service can be offered to everybody and to the caller by name.
        let services = once(merged(services));
        Box::new(services.filter_map(move |id| Self::find(&call, *id).ok()))
    }

    fn narrowed(
        call: &Call<'s>,
        filter: &str,
        wanted: Wanted<'_, EndpointServiceId>,
    ) -> Option<Ids<'s, EndpointServiceId>> {
        match filter {
            "service-name" => {
                let service = call.state.service_of_name(wanted.value);
                Some(wanted.sorted(service.map(|service| service.id)))
            }
            _ => None,
        }
    }
}
