//! What routes lead to, and through what. A table has the local route alone, so that none can be made or changed yet.

use std::fmt::Display;

use aws_wire::{ApiError, Dialect, structure};
use ipnet::Ipv4Net;
use model::{
    Instance, InstanceId, NetworkInterface, NetworkInterfaceId, RouteTable, VpcEndpoint,
    VpcEndpointId,
};

use crate::api::call::Call;
use crate::api::view::View;

structure! {
    /// Whereto a route leads; one of them.
    pub(super) struct Destination("EC2 API reference, CreateRoute") {
        /// A block of addresses.
        cidr: Option<Ipv4Net> = "DestinationCidrBlock",
        /// A block of IPv6 addresses, which no route leads to.
        ipv6_cidr: Option<String> = "DestinationIpv6CidrBlock",
        /// A prefix list, of which there are none.
        prefix_list: Option<String> = "DestinationPrefixListId",
    }
}

structure! {
    /// Through what a route leads; one of them.
    pub(super) struct Through("EC2 API reference, CreateRoute") {
        /// A carrier gateway, of which there are none.
        carrier_gateway: Option<String> = "CarrierGatewayId",
        /// A core network, of which there are none.
        core_network: Option<String> = "CoreNetworkArn",
        /// An egress-only internet gateway, of which there are none.
        egress_only_gateway: Option<String> = "EgressOnlyInternetGatewayId",
        /// An internet gateway or virtual private gateway, of which there are none.
        gateway: Option<String> = "GatewayId",
        /// An instance, which cannot be routed through.
        instance: Option<InstanceId> = "InstanceId",
        /// A local gateway, of which there are none.
        local_gateway: Option<String> = "LocalGatewayId",
        /// A NAT gateway, of which there are none.
        nat_gateway: Option<String> = "NatGatewayId",
        /// A network interface, which cannot be routed through.
        network_interface: Option<NetworkInterfaceId> = "NetworkInterfaceId",
        /// An ODB network, of which there are none.
        odb_network: Option<String> = "OdbNetworkArn",
        /// A transit gateway, of which there are none.
        transit_gateway: Option<String> = "TransitGatewayId",
        /// A gateway load balancer endpoint, of which there are none.
        vpc_endpoint: Option<VpcEndpointId> = "VpcEndpointId",
        /// A peering, of which there are none.
        vpc_peering_connection: Option<String> = "VpcPeeringConnectionId",
    }
}

/// How a destination stands to the local route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// It is the local route's.
    Local,
    /// It is a part of the local route's.
    Inside,
    /// It is another one.
    Elsewhere,
}

/// The answer to parameters of which there must be one: to none, and to many.
fn exactly_one(count: usize, names: &str) -> Result<(), ApiError> {
    let message = format!("The request must contain exactly one of {names}");
    match count {
        1 => Ok(()),
        0 => Err(ApiError::client("MissingParameter", message)),
        _ => Err(ApiError::invalid_combination(Dialect::Ec2, message)),
    }
}

impl Destination {
    /// Checks that there is one.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        let given = [
            self.cidr.is_some(),
            self.ipv6_cidr.is_some(),
            self.prefix_list.is_some(),
        ];
        let names = "destinationCidrBlock, destinationIpv6CidrBlock, destinationPrefixListId";
        exactly_one(given.into_iter().filter(|given| *given).count(), names)
    }

    /// How it stands to a table's local route.
    pub(super) fn relation(&self, table: &View<'_, RouteTable>) -> Relation {
        match (
            self.cidr.map(|cidr| cidr.trunc()),
            table.local_destination(),
        ) {
            (Some(cidr), Some(local)) if cidr == local => Relation::Local,
            (Some(cidr), Some(local)) if local.contains(&cidr) => Relation::Inside,
            _ => Relation::Elsewhere,
        }
    }

    /// Its parameter's name, and its value.
    pub(super) fn named(&self) -> (&'static str, String) {
        match (&self.cidr, &self.ipv6_cidr, &self.prefix_list) {
            (Some(cidr), _, _) => ("destination-cidr-block", cidr.trunc().to_string()),
            (None, Some(cidr), _) => ("destination-ipv6-cidr-block", cidr.clone()),
            (None, None, list) => (
                "destination-prefix-list-id",
                list.clone().unwrap_or_default(),
            ),
        }
    }

    /// Refuses what no route can lead to.
    pub(super) fn check_offered(&self) -> Result<(), ApiError> {
        if let Some(list) = &self.prefix_list {
            return Err(missing(
                "InvalidPrefixListID.NotFound",
                "prefixList ID",
                list,
            ));
        }
        if self.ipv6_cidr.is_some() {
            let name = "DestinationIpv6CidrBlock";
            return Err(ApiError::unsupported_parameter(name, "There is no IPv6."));
        }
        Ok(())
    }
}

fn missing(code: &'static str, kind: &str, id: impl Display) -> ApiError {
    ApiError::client(code, format!("The {kind} '{id}' does not exist"))
}

impl Through {
    /// What there can be none of, each with AWS's code and word.
    fn absent(&self) -> [(&Option<String>, &'static str, &'static str); 9] {
        [
            (
                &self.carrier_gateway,
                "InvalidCarrierGatewayID.NotFound",
                "carrierGateway ID",
            ),
            (
                &self.core_network,
                "InvalidCoreNetworkArn.NotFound",
                "core network ARN",
            ),
            (
                &self.egress_only_gateway,
                "InvalidGatewayID.NotFound",
                "gateway ID",
            ),
            (&self.gateway, "InvalidGatewayID.NotFound", "gateway ID"),
            (
                &self.local_gateway,
                "InvalidLocalGatewayID.NotFound",
                "localGateway ID",
            ),
            (
                &self.nat_gateway,
                "InvalidNatGatewayID.NotFound",
                "natGateway ID",
            ),
            (
                &self.odb_network,
                "InvalidOdbNetworkArn.NotFound",
                "ODB network ARN",
            ),
            (
                &self.transit_gateway,
                "InvalidTransitGatewayID.NotFound",
                "transitGateway ID",
            ),
            (
                &self.vpc_peering_connection,
                "InvalidVpcPeeringConnectionID.NotFound",
                "vpcPeeringConnection ID",
            ),
        ]
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        let given = [
            self.instance.is_some(),
            self.network_interface.is_some(),
            self.vpc_endpoint.is_some(),
        ];
        let absent = self.absent().into_iter().filter(|(id, _, _)| id.is_some());
        absent.count() + given.into_iter().filter(|given| *given).count()
    }

    /// Checks that there is one.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        let names = "gatewayId, natGatewayId, networkInterfaceId, instanceId, vpcEndpointId, \
                     vpcPeeringConnectionId, transitGatewayId, egressOnlyInternetGatewayId, \
                     carrierGatewayId, localGatewayId, coreNetworkArn, odbNetworkArn";
        exactly_one(self.count(), names)
    }

    /// Whether it is something in the VPC: what routes to a part of the VPC may lead through.
    pub(super) fn is_inside(&self) -> bool {
        self.instance.is_some() || self.network_interface.is_some()
    }

    /// Why there can be no route through it.
    pub(super) fn refusal(&self, call: &Call<'_>) -> ApiError {
        match self.refused(call) {
            Ok(()) => {
                let message = "Routes to instances and network interfaces are not supported: a route table has the local route alone.";
                ApiError::client("UnsupportedOperation", message)
            }
            Err(error) => error,
        }
    }

    /// Fails for what does not exist, or can never be routed through.
    fn refused(&self, call: &Call<'_>) -> Result<(), ApiError> {
        for (id, code, kind) in self.absent() {
            let Some(id) = id else { continue };
            if let Ok(endpoint) = id.parse() {
                // An endpoint may be given as a gateway, as it is shown.
                return no_route_through(call, "gatewayId", endpoint);
            }
            return Err(missing(code, kind, id));
        }
        if let Some(endpoint) = self.vpc_endpoint {
            return no_route_through(call, "vpcEndpointId", endpoint);
        }
        if let Some(interface) = self.network_interface {
            call.own::<NetworkInterface>(interface)?;
        }
        if let Some(instance) = self.instance {
            call.own::<Instance>(instance)?;
        }
        Ok(())
    }
}

/// Fails for an endpoint: it is an interface endpoint, or there is none.
fn no_route_through(call: &Call<'_>, name: &str, id: VpcEndpointId) -> Result<(), ApiError> {
    call.own::<VpcEndpoint>(id)?;
    let why = "Routes do not lead through interface endpoints.";
    Err(call.invalid_value(name, &id.to_string(), why))
}
