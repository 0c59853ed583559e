//! Requests about endpoint services and endpoints.

use std::net::Ipv4Addr;

use crate::id::{
    EndpointServiceId, LoadBalancerId, SecurityGroupId, SubnetId, VpcEndpointId, VpcId,
};
use crate::principal::Principal;
use crate::private_dns::{DomainRecord, PrivateDnsName};
use crate::tag::Tags;

/// See [`super::Command::CreateVpcEndpointServiceConfiguration`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateVpcEndpointServiceConfiguration {
    /// At least one load balancer.
    pub load_balancers: Vec<LoadBalancerId>,
    /// Whether connections are accepted by hand. (AWS's default is true.)
    pub acceptance_required: bool,
    /// Its own name for itself.
    pub private_dns_name: Option<PrivateDnsName>,
    /// Tags.
    pub tags: Tags,
    /// Client token.
    pub client_token: Option<String>,
}

/// See [`super::Command::ModifyVpcEndpointServiceConfiguration`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyVpcEndpointServiceConfiguration {
    /// Which. Without any change the zones are taken from the load balancers anew.
    pub service: EndpointServiceId,
    /// Whether connections are accepted by hand; as before if not given.
    pub acceptance_required: Option<bool>,
    /// Load balancers to add.
    pub add_load_balancers: Vec<LoadBalancerId>,
    /// Load balancers to remove; at least one must stay.
    pub remove_load_balancers: Vec<LoadBalancerId>,
    /// What becomes of its own name for itself.
    pub private_dns_name: PrivateDnsNameChange,
}

/// What becomes of a service's private name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PrivateDnsNameChange {
    /// Nothing.
    Keep,
    /// It is this one, to be verified unless it was this one before.
    Set(PrivateDnsName),
    /// There is none any more.
    Remove,
}

/// See [`super::Command::StartVpcEndpointServicePrivateDnsVerification`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StartVpcEndpointServicePrivateDnsVerification {
    /// Of which service.
    pub service: EndpointServiceId,
}

/// See [`super::Command::PrivateDnsNameVerified`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PrivateDnsNameVerified {
    /// Of which service.
    pub service: EndpointServiceId,
    /// The record that was found; one of an earlier name says nothing.
    pub record: DomainRecord,
}

/// See [`super::Command::DeleteVpcEndpointServiceConfigurations`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteVpcEndpointServiceConfigurations {
    /// Which.
    pub services: Vec<EndpointServiceId>,
}

/// See [`super::Command::ModifyVpcEndpointServicePermissions`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyVpcEndpointServicePermissions {
    /// Of which service.
    pub service: EndpointServiceId,
    /// Principals to allow; one already allowed keeps its permission.
    pub add: Vec<Principal>,
    /// Principals to disallow; their connections stay.
    pub remove: Vec<Principal>,
}

/// See [`super::Command::CreateVpcEndpoint`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateVpcEndpoint {
    /// In which VPC.
    pub vpc: VpcId,
    /// Name of the service.
    pub service_name: String,
    /// At most one subnet per zone.
    pub subnets: Vec<EndpointSubnet>,
    /// Security groups; the VPC's default group if empty.
    pub groups: Vec<SecurityGroupId>,
    /// Policy document; full access if not given.
    pub policy: Option<String>,
    /// Whether the service's private name leads to the endpoint.
    pub private_dns_enabled: bool,
    /// Tags.
    pub tags: Tags,
    /// Client token.
    pub client_token: Option<String>,
}

/// A subnet that gets an interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointSubnet {
    /// Which.
    pub subnet: SubnetId,
    /// The interface's address; any free one if not given.
    pub address: Option<Ipv4Addr>,
}

/// See [`super::Command::ModifyVpcEndpoint`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyVpcEndpoint {
    /// Which.
    pub endpoint: VpcEndpointId,
    /// Subnets to add.
    pub add_subnets: Vec<EndpointSubnet>,
    /// Subnets to remove.
    pub remove_subnets: Vec<SubnetId>,
    /// Security groups to add.
    pub add_groups: Vec<SecurityGroupId>,
    /// Security groups to remove; at least one must stay.
    pub remove_groups: Vec<SecurityGroupId>,
    /// What becomes of the policy.
    pub policy: PolicyChange,
    /// Whether the service's private name leads to the endpoint; as before if not given.
    pub private_dns_enabled: Option<bool>,
}

/// What becomes of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PolicyChange {
    /// Nothing.
    Keep,
    /// It is replaced.
    Set(String),
    /// It allows everything again.
    Reset,
}

/// See [`super::Command::DeleteVpcEndpoints`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteVpcEndpoints {
    /// Which.
    pub endpoints: Vec<VpcEndpointId>,
}

/// See [`super::Command::AcceptVpcEndpointConnections`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AcceptVpcEndpointConnections {
    /// Of which service.
    pub service: EndpointServiceId,
    /// Which endpoints.
    pub endpoints: Vec<VpcEndpointId>,
}

/// See [`super::Command::RejectVpcEndpointConnections`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RejectVpcEndpointConnections {
    /// Of which service.
    pub service: EndpointServiceId,
    /// Which endpoints.
    pub endpoints: Vec<VpcEndpointId>,
}
