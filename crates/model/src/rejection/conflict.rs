//! What is in the way of a command.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::id::{
    AccountId, EndpointServiceId, NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId,
    VpcId,
};
use crate::load_balancer::ElbName;
use crate::security_group::{Peer, Traffic};
use crate::settings::ZoneId;
use crate::vpc_endpoint::InvalidTransition;

/// Something is in the way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// (InvalidSubnet.Conflict)
    #[error("The CIDR '{0}' conflicts with another subnet")]
    SubnetCidr(Ipv4Net),
    /// (DependencyViolation)
    #[error("The vpc '{0}' has dependencies and cannot be deleted.")]
    VpcInUse(VpcId),
    /// (DependencyViolation)
    #[error("The subnet '{0}' has dependencies and cannot be deleted.")]
    SubnetInUse(SubnetId),
    /// (DependencyViolation)
    #[error("The routeTable '{0}' has dependencies and cannot be deleted.")]
    RouteTableInUse(RouteTableId),
    /// (Resource.AlreadyAssociated)
    #[error(
        "the specified association for route table {route_table} conflicts with an existing association"
    )]
    AlreadyAssociated {
        /// The table to associate.
        route_table: RouteTableId,
        /// The subnet that has another one.
        subnet: SubnetId,
    },
    /// (DependencyViolation)
    #[error("resource {0} has a dependent object")]
    SecurityGroupInUse(SecurityGroupId),
    /// (InvalidGroup.Duplicate)
    #[error("The security group '{name}' already exists for VPC '{vpc}'")]
    SecurityGroupName {
        /// The name.
        name: String,
        /// The VPC.
        vpc: VpcId,
    },
    /// (InvalidPermission.Duplicate)
    #[error("the specified rule \"peer: {peer}, {traffic}, ALLOW\" already exists")]
    PermissionExists {
        /// Whom it is about.
        peer: Peer,
        /// Which packets it is about.
        traffic: Traffic,
    },
    /// (InvalidIPAddress.InUse)
    #[error("The specified address is already in use: {0}")]
    AddressInUse(Ipv4Addr),
    /// (InvalidParameterValue for deletion; InvalidNetworkInterface.InUse for launch)
    #[error("Network interface '{0}' is currently in use.")]
    NetworkInterfaceInUse(NetworkInterfaceId),
    /// (DuplicateLoadBalancerName)
    #[error("A load balancer with the same name '{0}' exists, but with different settings")]
    LoadBalancerName(ElbName),
    /// (DuplicateTargetGroupName)
    #[error("A target group with the same name '{0}' exists, but with different settings")]
    TargetGroupName(ElbName),
    /// (OperationNotPermitted)
    #[error("Load balancer '{0}' cannot be deleted because deletion protection is enabled")]
    DeletionProtection(String),
    /// (ResourceInUse)
    #[error(
        "Load balancer '{0}' cannot be deleted because it is currently associated with another service"
    )]
    LoadBalancerInUse(String),
    /// A subnet cannot leave a load balancer that has endpoints. (ResourceInUse)
    #[error(
        "The subnet '{0}' cannot be removed because the load balancer has active VPC endpoint associations"
    )]
    LoadBalancerSubnetInUse(SubnetId),
    /// (ResourceInUse)
    #[error("Target group '{0}' is currently in use by a listener or a rule")]
    TargetGroupInUse(String),
    /// (TargetGroupAssociationLimit)
    #[error(
        "The following target groups cannot be associated with more than one load balancer: {0}"
    )]
    TargetGroupAssociated(String),
    /// (DuplicateListener)
    #[error("A listener already exists on this port for this load balancer")]
    DuplicateListener,
    /// (ExistingVpcEndpointConnections)
    #[error("Service has existing active VPC Endpoint connections!")]
    ExistingVpcEndpointConnections(EndpointServiceId),
    /// Another endpoint of the VPC answers for the domain. (InvalidParameter)
    #[error(
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {domain} in the VPC {vpc}"
    )]
    PrivateDnsDomain {
        /// The domain.
        domain: String,
        /// The VPC.
        vpc: VpcId,
    },
    /// An endpoint in the wrong state for a request. (InvalidState / IncorrectState)
    #[error(transparent)]
    EndpointState(#[from] InvalidTransition),
    /// (IdempotentParameterMismatch)
    #[error(
        "The client token you have provided is associated with a resource that has different parameters"
    )]
    IdempotentParameterMismatch,
    /// An account of that name exists.
    #[error("an account named '{0}' exists")]
    AccountName(String),
    /// An account of that id exists.
    #[error("account {0} exists")]
    AccountId(AccountId),
    /// Partition and region cannot change once there is an account.
    #[error("partition and region cannot change any more")]
    RegionFixed,
    /// A zone with subnets cannot go.
    #[error("zone {0} has subnets")]
    ZoneInUse(ZoneId),
}
