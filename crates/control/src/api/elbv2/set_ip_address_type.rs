//! `SetIpAddressType`.

use aws_wire::query::LoadBalancerArn;
use aws_wire::{ApiError, enumeration, request, response};

use super::view::load_balancer::IPV4;
use crate::api::action::Read;
use crate::api::arn::load_balancer;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

enumeration! {
    /// Kinds of a load balancer's addresses.
    pub(super) enum IpAddressType {
        /// IPv4.
        Ipv4 = "ipv4",
        /// Both.
        DualStack = "dualstack",
        /// Both, but only IPv6 for clients on the Internet.
        DualStackWithoutPublicIpv4 = "dualstack-without-public-ipv4",
    }
}

request! {
    /// Sets the kind of a load balancer's addresses, which is IPv4 and stays so: nothing changes.
    pub(super) struct SetIpAddressType(ElasticLoadBalancing, "ELBv2 API reference, SetIpAddressType") {
        /// Which.
        arn: LoadBalancerArn = "LoadBalancerArn",
        /// The kind; there is no IPv6.
        ip_address_type: IpAddressType = "IpAddressType",
    }
}

response! {
    /// The kind from now on.
    pub(super) struct Response {
        /// The kind.
        ip_address_type: &'static str = "IpAddressType",
    }
}

impl Permitted for SetIpAddressType {
    const PERMISSION: Permission = Permission::on(&["LoadBalancerArn"]);
}

impl Read for SetIpAddressType {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        load_balancer(call, &self.arn)?;
        match self.ip_address_type {
            IpAddressType::Ipv4 => Ok(Response { ip_address_type: IPV4 }),
            IpAddressType::DualStack | IpAddressType::DualStackWithoutPublicIpv4 => {
                Err(ApiError::unsupported_value("IpAddressType", "There is no IPv6."))
            }
        }
    }
}
