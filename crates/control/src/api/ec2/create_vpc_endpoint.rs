//! `CreateVpcEndpoint`.

use std::net::Ipv4Addr;

use aws_wire::query::{
    Bounds, ClientToken, DryRun, Kind, Path, Scalar, TagSpecifications,
};
use aws_wire::{ApiError, enumeration, request, response, structure};
use model::command::EndpointSubnet;
use model::{Command, Reply, RouteTableId, SecurityGroupId, SubnetId, VpcEndpoint, VpcId, command};

use super::policy::check_policy;
use super::view::offered_service::OfferedService;
use super::view::vpc_endpoint::VpcEndpointItem;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

enumeration! {
    /// A type of endpoint.
    pub(super) enum EndpointType {
        /// Interfaces in subnets.
        Interface = "Interface",
        /// A route.
        Gateway = "Gateway",
        /// An interface that routes lead to.
        GatewayLoadBalancer = "GatewayLoadBalancer",
        /// Interfaces for a resource of VPC Lattice.
        Resource = "Resource",
        /// Interfaces for a service network of VPC Lattice.
        ServiceNetwork = "ServiceNetwork",
        /// A tunnel through networks of others.
        Tunnel = "Tunnel",
    }
}

/// A type of endpoint, with EC2's own code for what is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NamedType(EndpointType);

impl Scalar for NamedType {
    const KIND: Kind = EndpointType::KIND;

    fn parse(text: &str, path: &Path<'_>, bounds: &Bounds) -> Result<Self, ApiError> {
        let parsed = EndpointType::parse(text, path, bounds).map(Self);
        parsed.map_err(|error| ApiError::client("InvalidVpcEndpointType", error.message()))
    }
}

structure! {
    /// DNS options.
    pub(super) struct DnsOptions("EC2 API reference, DnsOptionsSpecification") {
        /// Whether the private name is for questions from outside the VPC alone, which needs a gateway endpoint beside.
        only_for_inbound: Option<bool> = "PrivateDnsOnlyForInboundResolverEndpoint",
    }
    refused {
        /// There is no IPv6.
        "DnsRecordIpType" except ["ipv4"]: Option<String>,
        /// There is no VPC Lattice.
        "PrivateDnsPreference": Option<String>,
        /// There is no VPC Lattice.
        "PrivateDnsSpecifiedDomain": Option<String>,
    }
}

/// Refuses DNS options that need a gateway endpoint for the same service in the VPC: there are none.
pub(super) fn check_dns_options(vpc: VpcId, options: Option<&DnsOptions>) -> Result<(), ApiError> {
    let wanted = options.and_then(|options| options.only_for_inbound);
    if wanted != Some(true) {
        return Ok(());
    }
    let message = format!(
        "To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {vpc} must have a Gateway endpoint for the service."
    );
    Err(ApiError::client("InvalidParameter", message))
}

structure! {
    /// A subnet with a wish for an address.
    pub(super) struct SubnetConfiguration("EC2 API reference, SubnetConfiguration") {
        /// The subnet.
        subnet_id: SubnetId = "SubnetId",
        /// The address.
        ipv4: Option<Ipv4Addr> = "Ipv4",
    }
    refused {
        /// There is no IPv6.
        "Ipv6": Option<String>,
    }
}

/// Subnets that a request names by id, or with an address, or both.
pub(super) fn endpoint_subnets(
    ids: &[SubnetId],
    configurations: &[SubnetConfiguration],
) -> Vec<EndpointSubnet> {
    let configured = |id: &SubnetId| configurations.iter().any(|one| one.subnet_id == *id);
    let plain = ids.iter().filter(|id| !configured(id));
    let plain = plain.map(|id| EndpointSubnet { subnet: *id, address: None });
    let with_address =
        configurations.iter().map(|one| EndpointSubnet { subnet: one.subnet_id, address: one.ipv4 });
    plain.chain(with_address).collect()
}

request! {
    /// Makes an interface endpoint for an endpoint service.
    pub(super) struct CreateVpcEndpoint(Ec2, "EC2 API reference, CreateVpcEndpoint") {
        /// In which VPC.
        vpc_id: VpcId = "VpcId",
        /// Type; as in AWS it is `Gateway` unless given, which no service here takes.
        vpc_endpoint_type: Option<NamedType> = "VpcEndpointType",
        /// Name of the service.
        service_name: String = "ServiceName" [Bounds::length(1, 255)],
        /// Region of the service, which can only be this one.
        service_region: Option<String> = "ServiceRegion",
        /// One subnet per zone.
        subnet_ids: Vec<SubnetId> = "SubnetId",
        /// Subnets with addresses.
        subnet_configurations: Vec<SubnetConfiguration> = "SubnetConfiguration",
        /// Security groups; the VPC's default one if none is given.
        group_ids: Vec<SecurityGroupId> = "SecurityGroupId",
        /// Route tables, which interface endpoints have none of.
        route_table_ids: Vec<RouteTableId> = "RouteTableId",
        /// Policy; full access if none is given.
        policy_document: Option<String> = "PolicyDocument",
        /// Whether the service's private name leads to the endpoint.
        private_dns_enabled: Option<bool> = "PrivateDnsEnabled",
        /// DNS options, with the values that hold anyway.
        dns_options: Option<DnsOptions> = "DnsOptions",
    }
    groups {
        /// Tags of the endpoint.
        tags: TagSpecifications,
        /// What makes a repetition return the first result.
        client_token: ClientToken,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There is no IPv6.
        "IpAddressType" except ["ipv4"]: Option<String>,
        /// There is no VPC Lattice.
        "ResourceConfigurationArn": Option<String>,
        /// There is no VPC Lattice.
        "ServiceNetworkArn": Option<String>,
    }
}

response! {
    /// The endpoint.
    pub(super) struct Response {
        /// The endpoint.
        vpc_endpoint: VpcEndpointItem = "vpcEndpoint",
        /// The token of the request.
        client_token: Option<String> = "clientToken",
    }
}

impl CreateVpcEndpoint {
    fn has_subnets(&self) -> bool {
        !self.subnet_ids.is_empty() || !self.subnet_configurations.is_empty()
    }

    /// Checks what the model knows nothing of, since it knows interface endpoints only.
    fn check(&self, call: &Call<'_>) -> Result<(), ApiError> {
        let service = OfferedService::named(call, &self.service_name);
        let region = &call.state.settings().region;
        if self.service_region.as_ref().is_some_and(|wanted| wanted != region) {
            return Err(ApiError::unsupported_value("ServiceRegion", "There is one region."));
        }
        match self.vpc_endpoint_type.map_or(EndpointType::Gateway, |named| named.0) {
            EndpointType::Interface => {}
            EndpointType::Gateway if self.has_subnets() => {
                let message = "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.";
                return Err(ApiError::client("InvalidParameter", message));
            }
            wanted @ (EndpointType::Gateway | EndpointType::GatewayLoadBalancer) => {
                // Services of providers are interfaces; AWS's own are not here.
                if !self.service_name.contains(".vpce-svc-") {
                    let message = format!("{} endpoints are not supported: there are interface endpoints alone.", wanted.as_str());
                    return Err(ApiError::client("UnsupportedOperation", message));
                }
                service?;
                let message = format!(
                    "Endpoint type ({}) does not match available service types ([Interface]).",
                    wanted.as_str()
                );
                return Err(ApiError::client("InvalidParameter", message));
            }
            EndpointType::Resource | EndpointType::ServiceNetwork => {
                return Err(ApiError::unsupported_value("VpcEndpointType", "There is no VPC Lattice."));
            }
            EndpointType::Tunnel => {
                return Err(ApiError::unsupported_value("VpcEndpointType", "There are no tunnels."));
            }
        }
        check_dns_options(self.vpc_id, self.dns_options.as_ref())?;
        if !self.route_table_ids.is_empty() {
            let message = "Route table IDs are only supported for Gateway type VPC Endpoint.";
            return Err(ApiError::client("InvalidParameter", message));
        }
        Ok(())
    }
}

impl Permitted for CreateVpcEndpoint {
    const PERMISSION: Permission = Permission::creating(
        &["vpc-endpoint"],
        &["VpcId", "SubnetId", "SubnetConfiguration", "SecurityGroupId", "RouteTableId"],
    );

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        let Some(endpoint) = demand.targets.first_mut() else { return };
        let context = &mut endpoint.context;
        context.insert("ec2:VpceServiceName", self.service_name.as_str());
        context.insert("ec2:VpceServiceRegion", call.state.settings().region.as_str());
        // Whose a service is that the caller may not see is none of its business.
        let service = call.state.service_of_name(&self.service_name);
        if let Some(service) = service.filter(|service| call.may_use(service)) {
            context.insert("ec2:VpceServiceOwner", service.owner.to_string());
        }
    }
}

impl Write for CreateVpcEndpoint {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["vpc-endpoint"])?;
        self.check(call)?;
        self.policy_document.as_deref().map_or(Ok(()), check_policy)?;
        let command = command::CreateVpcEndpoint {
            vpc: self.vpc_id,
            service_name: self.service_name.clone(),
            subnets: endpoint_subnets(&self.subnet_ids, &self.subnet_configurations),
            groups: self.group_ids.clone(),
            policy: self.policy_document.clone(),
            private_dns_enabled: self.private_dns_enabled.unwrap_or_default(),
            tags,
            client_token: self.client_token.0.clone(),
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::VpcEndpoint(id) = done.reply else { return Err(done.foreign_reply()) };
        let vpc_endpoint = done.call.present::<VpcEndpoint>(*id)?.into();
        Ok(Response { vpc_endpoint, client_token: self.client_token.0.clone() })
    }
}
