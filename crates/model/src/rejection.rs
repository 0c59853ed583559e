//! Why a command is refused: one case per outcome, with AWS's message as text.
//!
//! Not AWS's error codes: `aws-wire` maps each case to one. The names in parentheses say which code is meant.
//! What belongs to another account is "not found". Texts are AWS's where they are known.

mod conflict;
mod messaging;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

pub use self::conflict::Conflict;
pub use self::messaging::Messaging;
use crate::attribute::AttributeError;
use crate::counter::CounterKind;
use crate::iam::IamRejection;
use crate::id::{
    AttachmentId, EndpointServiceId, InstanceId, ListenerId, LoadBalancerId, NetworkAclId,
    NetworkInterfaceId, RouteTableAssociationId, RouteTableId, SecurityGroupId,
    SecurityGroupRuleId, ServicePermissionId, SubnetId, TargetGroupId, VpcEndpointConnectionId,
    VpcEndpointId, VpcId,
};
use crate::listener::Protocol;
use crate::load_balancer::ElbName;
use crate::tag::TagError;
use crate::target::TargetId;

/// Why a command is refused. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A resource does not exist, or belongs to another account.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// A parameter is wrong by itself or does not fit the others.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Something is in the way.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// A limit is reached.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// Of IAM's own.
    #[error(transparent)]
    Iam(#[from] IamRejection),
    /// Whatever is wrong about topics, subscriptions, messages and notifications of connections.
    #[error(transparent)]
    Messaging(#[from] Messaging),
}

/// A resource does not exist, or belongs to another account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// (InvalidVpcID.NotFound)
    #[error("The vpc ID '{0}' does not exist")]
    Vpc(VpcId),
    /// (InvalidSubnetID.NotFound; ELBv2 SubnetNotFound)
    #[error("The subnet ID '{0}' does not exist")]
    Subnet(SubnetId),
    /// (InvalidRouteTableID.NotFound)
    #[error("The routeTable ID '{0}' does not exist")]
    RouteTable(RouteTableId),
    /// (InvalidAssociationID.NotFound)
    #[error("The association ID '{0}' does not exist")]
    RouteTableAssociation(RouteTableAssociationId),
    /// (InvalidNetworkAclID.NotFound)
    #[error("The networkAcl ID '{0}' does not exist")]
    NetworkAcl(NetworkAclId),
    /// (InvalidGroup.NotFound; ELBv2 InvalidSecurityGroup)
    #[error("The security group '{0}' does not exist")]
    SecurityGroup(SecurityGroupId),
    /// (InvalidSecurityGroupRuleId.NotFound)
    #[error("The security group rule ID '{0}' does not exist")]
    SecurityGroupRule(SecurityGroupRuleId),
    /// A rule to revoke, named by what it says. (InvalidPermission.NotFound)
    #[error("The specified rule does not exist in this security group.")]
    Permission,
    /// (InvalidNetworkInterfaceID.NotFound)
    #[error("The networkInterface ID '{0}' does not exist")]
    NetworkInterface(NetworkInterfaceId),
    /// (InvalidAttachmentID.NotFound)
    #[error("The attachment ID '{0}' does not exist")]
    Attachment(AttachmentId),
    /// (InvalidInstanceID.NotFound)
    #[error("The instance ID '{0}' does not exist")]
    Instance(InstanceId),
    /// (LoadBalancerNotFound)
    #[error("One or more load balancers not found")]
    LoadBalancer(LoadBalancerId),
    /// (ListenerNotFound)
    #[error("One or more listeners not found")]
    Listener(ListenerId),
    /// (TargetGroupNotFound)
    #[error("One or more target groups not found")]
    TargetGroup(TargetGroupId),
    /// As a request's own subject. (InvalidVpcEndpointServiceId.NotFound)
    #[error("The VpcEndpointService Id '{0}' does not exist")]
    VpcEndpointServiceId(EndpointServiceId),
    /// As one of many, in `unsuccessful`. (InvalidVpcEndpointService.NotFound)
    #[error("The VpcEndpointService Id '{0}' does not exist")]
    VpcEndpointService(EndpointServiceId),
    /// No such service, or the caller is not permitted to see it. (InvalidServiceName)
    #[error("The Vpc Endpoint Service '{0}' does not exist")]
    ServiceName(String),
    /// (InvalidVpcEndpointServicePermissionId.NotFound)
    #[error("The VpcEndpointServicePermission Id '{0}' does not exist")]
    ServicePermission(ServicePermissionId),
    /// As a request's own subject. (InvalidVpcEndpointId.NotFound)
    #[error("The Vpc Endpoint Id '{0}' does not exist")]
    VpcEndpointId(VpcEndpointId),
    /// As one of many, in `unsuccessful`. (InvalidVpcEndpoint.NotFound)
    #[error("The Vpc Endpoint Id '{0}' does not exist")]
    VpcEndpoint(VpcEndpointId),
    /// (InvalidVpcEndpointConnectionId.NotFound)
    #[error("The VpcEndpointConnection Id '{0}' does not exist")]
    VpcEndpointConnection(VpcEndpointConnectionId),
}

/// A parameter is wrong by itself or does not fit the others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A VPC's CIDR is not /16 to /28. (InvalidVpc.Range)
    #[error("The CIDR '{0}' is invalid.")]
    VpcRange(Ipv4Net),
    /// A subnet's CIDR is not /16 to /28 or not within the VPC's. (InvalidSubnet.Range)
    #[error("The CIDR '{0}' is invalid.")]
    SubnetRange(Ipv4Net),
    /// A principal of another partition, or with a path. (InvalidPrincipal)
    #[error("Invalid Principal: '{0}'")]
    Principal(String),
    /// No such zone. (InvalidParameterValue)
    #[error(
        "Value ({0}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {1}."
    )]
    Zone(String, String),
    /// No VPC or subnet is given, and accounts have no default one. (VPCIdNotSpecified; RunInstances MissingInput)
    #[error("No default VPC for this user")]
    NoDefaultVpc,
    /// (MissingParameter)
    #[error("The request must contain the parameter {0}")]
    Missing(&'static str),
    /// (InvalidParameterCombination)
    #[error("{0}")]
    Combination(&'static str),
    /// Resources of different VPCs cannot be joined. (InvalidParameterValue)
    #[error("{what} '{id}' does not belong to VPC '{vpc}'")]
    OtherVpc {
        /// What kind of resource.
        what: &'static str,
        /// Which one.
        id: String,
        /// The VPC it should belong to.
        vpc: VpcId,
    },
    /// An address is outside the subnet. (InvalidParameterValue)
    #[error("Address {0} does not fall within the subnet's address range")]
    Address(Ipv4Addr),
    /// An address is one of the five of a subnet that nobody gets. (InvalidParameterValue)
    #[error("Address {0} is in subnet's reserved address range")]
    ReservedAddress(Ipv4Addr),
    /// A group's name or description is empty, too long or has characters beside AWS's. (InvalidParameterValue)
    #[error(
        "Value ({value}) for parameter {parameter} is invalid. Character sets beyond ASCII are not supported, and the length is limited to 255."
    )]
    GroupText {
        /// Name or description.
        parameter: &'static str,
        /// The value.
        value: String,
    },
    /// `default` and `sg-...` are reserved names. (InvalidParameterValue)
    #[error("Cannot use reserved security group name: {0}")]
    ReservedGroupName(String),
    /// No rule is given, or one twice. (InvalidParameterValue)
    #[error("The same permission must not appear multiple times")]
    DuplicatePermission,
    /// The default group cannot be deleted. (CannotDelete)
    #[error("the specified group: \"{0}\" name: \"default\" cannot be deleted by a user")]
    DefaultGroup(SecurityGroupId),
    /// An interface needs at least one group. (InvalidParameterValue)
    #[error("At least one security group is required")]
    NoGroups,
    /// An interface that a service manages. (OperationNotPermitted; AuthFailure for deletion)
    #[error("You do not have permission to access the specified resource.")]
    RequesterManaged(NetworkInterfaceId),
    /// The main association cannot be removed. (InvalidParameterValue)
    #[error("cannot disassociate the main route table association {0}")]
    MainAssociation(RouteTableAssociationId),
    /// (InvalidUserData.Malformed / InvalidParameterValue)
    #[error("User data is limited to 16384 bytes")]
    UserDataTooLong,
    /// `MinCount` and `MaxCount`. (InvalidParameterValue)
    #[error(
        "Minimum instance count ({min}) must be at least 1 and not greater than the maximum ({max})"
    )]
    InstanceCounts {
        /// Minimum given.
        min: u32,
        /// Maximum given.
        max: u32,
    },
    /// (InvalidParameterValue; InvalidParameter of PrivateLink)
    #[error("Client token must have 1 to 64 ASCII characters")]
    ClientToken,
    /// A tag. (InvalidParameterValue, TagLimitExceeded; ELBv2 ValidationError, TooManyTags, DuplicateTagKeys)
    #[error(transparent)]
    Tag(#[from] TagError),
    /// An internet-facing load balancer needs an internet gateway. (InvalidSubnet)
    #[error("VPC {0} has no internet gateway")]
    NoInternetGateway(VpcId),
    /// Two subnets of a load balancer in one zone. (InvalidConfigurationRequest)
    #[error("A load balancer cannot be attached to multiple subnets in the same Availability Zone")]
    LoadBalancerSubnetsInSameZone,
    /// Subnets of different VPCs. (InvalidConfigurationRequest)
    #[error("All subnets must belong to the same VPC")]
    LoadBalancerSubnetsInDifferentVpcs,
    /// No subnet. (ValidationError)
    #[error("At least one subnet must be specified")]
    LoadBalancerWithoutSubnets,
    /// Another subnet of a zone that has a node already. (InvalidConfigurationRequest)
    #[error(
        "The subnet of an Availability Zone cannot be replaced at once: remove it first, then add the other"
    )]
    LoadBalancerSubnetReplaced,
    /// A node keeps its address. (InvalidConfigurationRequest)
    #[error("The private IPv4 address of an enabled subnet cannot be changed: {0}")]
    LoadBalancerAddressChanged(SubnetId),
    /// (ValidationError)
    #[error("Load balancer name '{0}' cannot begin with 'internal-'")]
    LoadBalancerName(ElbName),
    /// A subnet is too full for a node. (InvalidSubnet)
    #[error(
        "Not enough IP space available in {0}. ELB requires at least 8 free IP addresses in each subnet."
    )]
    LoadBalancerSubnetFull(SubnetId),
    /// A load balancer made without groups gets none later, and one made with groups keeps some. (InvalidConfigurationRequest)
    #[error(
        "You cannot add security groups to a Network Load Balancer created without them, or remove all of them"
    )]
    LoadBalancerGroups,
    /// (InvalidConfigurationRequest; ValidationError)
    #[error(transparent)]
    Attribute(#[from] AttributeError),
    /// A health check parameter is out of bounds. (ValidationError)
    #[error("{parameter} '{value}' must be between {min} and {max}")]
    HealthCheckRange {
        /// AWS's name of it.
        parameter: &'static str,
        /// What was given.
        value: u32,
        /// Lowest.
        min: u32,
        /// Highest.
        max: u32,
    },
    /// A health check parameter does not fit the protocol. (InvalidConfigurationRequest)
    #[error("{0}")]
    HealthCheck(&'static str),
    /// Port 0. (ValidationError)
    #[error("Port must be between 1 and 65535")]
    Port,
    /// A target of the wrong type for its group. (ValidationError)
    #[error("The target '{0}' does not match the target type of the target group")]
    TargetKind(TargetId),
    /// An instance that does not exist or lies in another VPC. (InvalidTarget)
    #[error("The following targets are not valid instances: '{0}'")]
    TargetInstance(InstanceId),
    /// An instance that does not run. (InvalidTarget)
    #[error("The following targets are not in a running state and cannot be registered: '{0}'")]
    TargetNotRunning(InstanceId),
    /// An address that lies in no subnet of the VPC, or is not a private one. (InvalidTarget; ValidationError)
    #[error(
        "The IP address '{0}' is not a valid IPv4 address of a subnet in the VPC or of the ranges 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16"
    )]
    TargetAddress(Ipv4Addr),
    /// The zone does not fit the target. (ValidationError)
    #[error(
        "You must specify the Availability Zone 'all' for IP address '{0}' outside the VPC, and its own zone or none for one inside"
    )]
    TargetZone(Ipv4Addr),
    /// (IncompatibleProtocols)
    #[error("Listener protocol '{}' is not supported with a target group with the protocol '{}'", listener.as_aws_str(), targets.as_aws_str())]
    IncompatibleProtocols {
        /// Of the listener.
        listener: Protocol,
        /// Of the target group.
        targets: Protocol,
    },
    /// A listener and a target group in different VPCs. (InvalidConfigurationRequest)
    #[error("The target group '{0}' is in a different VPC than the load balancer")]
    TargetGroupOtherVpc(TargetGroupId),
    /// (InvalidParameter)
    #[error(
        "exactly one of network_load_balancer_arn or gateway_load_balancer_arn is a required member"
    )]
    NoLoadBalancer,
    /// Removing a load balancer that is not the service's. (InvalidParameter)
    #[error("The load balancer '{0}' is not associated with the service")]
    LoadBalancerNotAssociated(LoadBalancerId),
    /// (DuplicateSubnetsInSameZone)
    #[error(
        "Found another VPC endpoint subnet in the availability zone of {0}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service."
    )]
    DuplicateSubnetsInSameZone(SubnetId),
    /// (InvalidParameter)
    #[error(
        "The VPC endpoint service {service} does not support the availability zone of the subnet: {subnet}."
    )]
    ServiceZone {
        /// Name of the service.
        service: String,
        /// The subnet.
        subnet: SubnetId,
    },
    /// (InvalidParameter)
    #[error(
        "Private DNS can't be enabled because the service {0} does not provide a private DNS name."
    )]
    NoPrivateDnsName(String),
    /// (InvalidParameter)
    #[error(
        "Private DNS can't be enabled because the service {0} has not verified the private DNS name."
    )]
    UnverifiedPrivateDnsName(String),
    /// (InvalidParameter)
    #[error(
        "Private DNS can only be enabled after the endpoint connection is accepted by the owner of {0}."
    )]
    PrivateDnsBeforeAcceptance(String),
    /// (InvalidParameter)
    #[error(
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {0}"
    )]
    PrivateDnsAttributes(VpcId),
    /// A service without private name. (InvalidParameter)
    #[error("The VPC endpoint service {0} does not have a private DNS name.")]
    NothingToVerify(EndpointServiceId),
    /// A subnet to remove that the endpoint is not in. (InvalidParameter)
    #[error("The subnet '{0}' is not associated with the VPC endpoint")]
    EndpointNotInSubnet(SubnetId),
    /// A group to remove that the endpoint is not in. (InvalidParameter)
    #[error("The security group '{0}' is not associated with the VPC endpoint")]
    EndpointNotInGroup(SecurityGroupId),
    /// (InvalidParameter)
    #[error("Policy is larger than the maximum allowed size of 20480 characters, or empty")]
    PolicyLength,
    /// (InvalidParameterValue; unknown to AWS)
    #[error(
        "account name '{0}' must have 1 to 64 letters, digits, '.', '_' or '-', not first '-', and not be an account id"
    )]
    AccountName(String),
    /// Settings that do not make sense.
    #[error("settings: {0}")]
    Settings(&'static str),
}

/// A limit is reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// (VpcLimitExceeded)
    #[error("The maximum number of VPCs has been reached.")]
    Vpcs,
    /// (SubnetLimitExceeded)
    #[error("The maximum number of subnets for this VPC has been reached.")]
    Subnets,
    /// (RouteTableLimitExceeded)
    #[error("The maximum number of route tables for this VPC has been reached.")]
    RouteTables,
    /// (SecurityGroupLimitExceeded)
    #[error("The maximum number of security groups has been reached.")]
    SecurityGroups,
    /// (RulesPerSecurityGroupLimitExceeded)
    #[error("The maximum number of rules per security group has been reached.")]
    RulesPerSecurityGroup,
    /// (SecurityGroupsPerInterfaceLimitExceeded)
    #[error("The maximum number of security groups per interface has been reached.")]
    SecurityGroupsPerInterface,
    /// (NetworkInterfaceLimitExceeded)
    #[error("The maximum number of network interfaces has been reached.")]
    NetworkInterfaces,
    /// (InsufficientFreeAddressesInSubnet)
    #[error(
        "There are not enough free addresses in subnet '{0}' to satisfy the requested number of instances."
    )]
    FreeAddresses(SubnetId),
    /// (InstanceLimitExceeded)
    #[error("You have requested more instances than your current instance limit allows")]
    Instances,
    /// (TooManyLoadBalancers)
    #[error("The maximum number of load balancers has been reached")]
    LoadBalancers,
    /// (TooManyListeners)
    #[error("The maximum number of listeners on the load balancer has been reached")]
    Listeners,
    /// (TooManyTargetGroups)
    #[error("The maximum number of target groups has been reached")]
    TargetGroups,
    /// (TooManyTargets)
    #[error("The maximum number of targets for the target group has been reached")]
    Targets,
    /// (VpcEndpointServiceLimitExceeded; ServiceLimitExceeded)
    #[error("The maximum number of VPC endpoint services has been reached.")]
    EndpointServices,
    /// (PrincipalLimitExceeded; LimitExceeded)
    #[error(
        "The maximum number of allowed principals of the VPC endpoint service has been reached."
    )]
    Principals,
    /// (VpcEndpointLimitExceeded)
    #[error("The maximum number of VPC endpoints has been reached.")]
    VpcEndpoints,
    /// The numbers of one kind are used up, once and for all. (InternalError)
    #[error("no {0:?} numbers are left")]
    Numbers(CounterKind),
    /// The source of identifiers gave only taken ones. (InternalError)
    #[error("no identifier is free")]
    Identifiers,
}

/// One item of a batch that failed while others may have succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsuccessful<K> {
    /// Which.
    pub id: K,
    /// Why.
    pub rejection: Rejection,
}
