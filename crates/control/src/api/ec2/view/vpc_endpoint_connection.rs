//! Endpoints, as the providers of their services see them: who, since when, which state, and nothing of the VPC.

use aws_wire::ApiError;
use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use model::rejection::NotFound;
use model::{
    AccountId, EndpointServiceId, Tags, Timestamp, VpcEndpoint, VpcEndpointConnectionId,
    VpcEndpointId,
};

use super::tag::TagSet;
use super::vpc_endpoint::{DnsEntryItem, IPV4};
use super::vpc_endpoint_service::load_balancer_arns;
use crate::api::call::Call;
use crate::api::listing::{Ids, Item, Listed, Wanted, merged};
use crate::api::view::View;

/// An endpoint of one of the caller's services.
#[derive(Clone, Copy)]
pub(in crate::api::ec2) struct ConnectionView<'s>(View<'s, VpcEndpoint>);

response! {
    /// A connection.
    pub(in crate::api::ec2) struct ConnectionItem {
        /// Service.
        service_id: EndpointServiceId = "serviceId",
        /// Endpoint.
        vpc_endpoint_id: VpcEndpointId = "vpcEndpointId",
        /// The endpoint's account.
        vpc_endpoint_owner: AccountId = "vpcEndpointOwner",
        /// The endpoint's region.
        vpc_endpoint_region: String = "vpcEndpointRegion",
        /// State.
        vpc_endpoint_state: &'static str = "vpcEndpointState",
        /// Since when.
        creation_timestamp: Timestamp = "creationTimestamp",
        /// The endpoint's names.
        dns_entries: Vec<DnsEntryItem> = "dnsEntrySet",
        /// The service's load balancers.
        network_load_balancer_arns: Vec<String> = "networkLoadBalancerArnSet",
        /// Kinds of addresses.
        ip_address_type: &'static str = "ipAddressType",
        /// Id of the connection.
        vpc_endpoint_connection_id: VpcEndpointConnectionId = "vpcEndpointConnectionId",
        /// The provider's tags.
        tags: TagSet = "tagSet",
    }
}

impl From<ConnectionView<'_>> for ConnectionItem {
    fn from(ConnectionView(endpoint): ConnectionView<'_>) -> Self {
        let state = endpoint.state;
        let service = state.tables().endpoint_services.get(&endpoint.service);
        Self {
            service_id: endpoint.service,
            vpc_endpoint_id: endpoint.id,
            vpc_endpoint_owner: endpoint.owner,
            vpc_endpoint_region: state.settings().region.clone(),
            vpc_endpoint_state: endpoint.resource().state.as_aws_str(),
            creation_timestamp: endpoint.created,
            dns_entries: endpoint.dns_entries(),
            network_load_balancer_arns: service
                .map(|service| load_balancer_arns(View::new(state, service)))
                .unwrap_or_default(),
            ip_address_type: IPV4,
            vpc_endpoint_connection_id: endpoint.connection,
            tags: TagSet::from(&endpoint.connection_tags),
        }
    }
}

impl Filterable for ConnectionView<'_> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::any_case("ip-address-type", |_, values| values.text(IPV4)),
            FilterSpec::exact("service-id", |it, values| values.display(it.0.service)),
            // Endpoints are connected to services by themselves.
            FilterSpec::exact("transit-gateway-attachment-id", |_, _| {}),
            FilterSpec::exact("vpc-endpoint-id", |it, values| values.display(it.0.id)),
            FilterSpec::exact("vpc-endpoint-owner", |it, values| {
                values.display(it.0.owner)
            }),
            FilterSpec::exact("vpc-endpoint-region", |it, values| {
                values.text(&it.0.state.settings().region);
            }),
            FilterSpec::any_case("vpc-endpoint-state", |it, values| {
                values.text(it.0.resource().state.as_aws_str());
            }),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.0.resource().connection_tags)
    }
}

impl Item for ConnectionView<'_> {
    type Id = VpcEndpointId;

    fn id(&self) -> VpcEndpointId {
        self.0.id
    }
}

impl<'s> Listed<'s> for ConnectionView<'s> {
    fn find(call: &Call<'s>, id: VpcEndpointId) -> Result<Self, ApiError> {
        let tables = call.state.tables();
        let own_service = |endpoint: &VpcEndpoint| {
            let service = tables.endpoint_services.get(&endpoint.service);
            service.is_some_and(|service| service.owner == call.caller)
        };
        match tables.vpc_endpoints.get(&id) {
            Some(endpoint) if own_service(endpoint) => Ok(Self(call.view(endpoint))),
            Some(_) | None => Err(call.not_found(NotFound::VpcEndpointId(id))),
        }
    }

    fn all(call: &Call<'s>, after: Option<VpcEndpointId>) -> Box<dyn Iterator<Item = Self> + 's> {
        let call = *call;
        let indexes = call.state.indexes();
        let services = indexes.services_by_account.of(&call.caller);
        let endpoints = services.map(move |service| {
            indexes
                .endpoints_by_service
                .of_after(service, after.as_ref())
        });
        Box::new(merged(endpoints).filter_map(move |id| Self::find(&call, *id).ok()))
    }

    fn narrowed(
        call: &Call<'s>,
        filter: &str,
        wanted: Wanted<'_, VpcEndpointId>,
    ) -> Option<Ids<'s, VpcEndpointId>> {
        match filter {
            "service-id" => Some(wanted.of(&call.state.indexes().endpoints_by_service)),
            "vpc-endpoint-id" => Some(wanted.itself()),
            _ => None,
        }
    }
}
