//! `CreateVpcEndpointServiceConfiguration`.

use aws_wire::query::{ClientToken, DryRun, LoadBalancerArn, TagSpecifications};
use aws_wire::{ApiError, request, response};
use model::private_dns::MalformedPrivateDnsName;
use model::{
    Command, EndpointService, LoadBalancer, LoadBalancerId, PrivateDnsName, Reply, command,
};

use super::view::vpc_endpoint::IPV4;
use super::view::vpc_endpoint_service::ServiceConfigurationItem;
use crate::api::action::{Done, Write};
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Makes an endpoint service out of network load balancers.
    pub(super) struct CreateVpcEndpointServiceConfiguration(
        Ec2,
        "EC2 API reference, CreateVpcEndpointServiceConfiguration"
    ) {
        /// Whether each endpoint is accepted by hand; it is unless said otherwise.
        acceptance_required: Option<bool> = "AcceptanceRequired",
        /// Load balancers.
        load_balancer_arns: Vec<LoadBalancerArn> = "NetworkLoadBalancerArn",
        /// Kinds of addresses; there is one.
        ip_address_types: Vec<String> = "SupportedIpAddressType",
        /// Regions it can be reached from; there is one.
        regions: Vec<String> = "SupportedRegion",
        /// Its own name for itself.
        private_dns_name: Option<String> = "PrivateDnsName",
    }
    groups {
        /// Tags of the service.
        tags: TagSpecifications,
        /// What makes a repetition return the first result.
        client_token: ClientToken,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// There are no gateway load balancers.
        "GatewayLoadBalancerArn": Option<String>,
    }
}

response! {
    /// The service.
    pub(super) struct Response {
        /// The service.
        service: ServiceConfigurationItem = "serviceConfiguration",
        /// The token of the request.
        client_token: Option<String> = "clientToken",
    }
}

/// The load balancers with these ARNs. Those that are not there are for the command to refuse: a repetition with a client
/// token gets the first one's result even when they are gone.
fn load_balancers(
    call: &Call<'_>,
    arns: &[LoadBalancerArn],
) -> Result<Vec<LoadBalancerId>, ApiError> {
    let present = |arn: &LoadBalancerArn| call.own::<LoadBalancer>(arn.id).is_ok();
    arns.iter()
        .map(|arn| if present(arn) { load_balancer(call, arn).map(|it| it.id) } else { Ok(arn.id) })
        .collect()
}

/// Refuses kinds of addresses and regions that there are not; each comes with its parameter's name.
pub(super) fn check_reach(
    call: &Call<'_>,
    (types_param, ip_address_types): (&str, &[String]),
    (regions_param, regions): (&str, &[String]),
) -> Result<(), ApiError> {
    if ip_address_types.iter().any(|wanted| wanted != IPV4) {
        return Err(ApiError::unsupported_value(types_param, "There is no IPv6."));
    }
    if regions.iter().any(|wanted| *wanted != call.state.settings().region) {
        return Err(ApiError::unsupported_value(regions_param, "There is one region."));
    }
    Ok(())
}

/// A service's own name for itself.
pub(super) fn private_dns_name(text: &str) -> Result<PrivateDnsName, ApiError> {
    let name: Result<_, MalformedPrivateDnsName> = text.parse();
    name.map_err(|error| ApiError::client("InvalidParameter", error.to_string()))
}

impl Permitted for CreateVpcEndpointServiceConfiguration {
    const PERMISSION: Permission = Permission::creating(&["vpc-endpoint-service"], &[]);

    fn demand(&self, _call: &Call<'_>, demand: &mut Demand) {
        for (name, service) in self.private_dns_name.iter().zip(&mut demand.targets) {
            service.context.insert("ec2:VpceServicePrivateDnsName", name.as_str());
        }
    }
}

impl Write for CreateVpcEndpointServiceConfiguration {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["vpc-endpoint-service"])?;
        check_reach(
            call,
            ("SupportedIpAddressType", &self.ip_address_types),
            ("SupportedRegion", &self.regions),
        )?;
        let command = command::CreateVpcEndpointServiceConfiguration {
            load_balancers: load_balancers(call, &self.load_balancer_arns)?,
            acceptance_required: self.acceptance_required.unwrap_or(true),
            private_dns_name: self.private_dns_name.as_deref().map(private_dns_name).transpose()?,
            tags,
            client_token: self.client_token.0.clone(),
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::EndpointService(id) = done.reply else { return Err(done.foreign_reply()) };
        let service = done.call.present::<EndpointService>(*id)?.into();
        Ok(Response { service, client_token: self.client_token.0.clone() })
    }
}
