//! The one table from the model's refusals to AWS's codes.
//!
//! The text of a refusal is the model's own, which is AWS's where it is known. Invariant: the table is total; the
//! matches have no wildcard, so a new refusal does not compile until it has a code here.
//! Source: EC2 API reference, "Error codes"; errors of each ELBv2 action, 2026.

mod iam;

use http::StatusCode;
use model::attribute::AttributeError;
use model::rejection::{Conflict, Invalid, Limit, NotFound, Rejection};
use model::tag::TagError;

use super::ApiError;
use super::messaging::messaging_error;
use crate::service::Dialect;

/// AWS's code for one refusal, by dialect.
#[derive(Clone, Copy)]
struct Codes {
    ec2: &'static str,
    query: &'static str,
}

/// A refusal that has the same code everywhere.
const fn same(code: &'static str) -> Codes {
    Codes {
        ec2: code,
        query: code,
    }
}

/// A refusal with a code of EC2's own; the query services know only that the request is not valid.
const fn ec2(code: &'static str) -> Codes {
    Codes {
        ec2: code,
        query: "ValidationError",
    }
}

/// A refusal that the query services have a code for, and EC2 calls an invalid value.
const fn query(code: &'static str) -> Codes {
    Codes {
        ec2: "InvalidParameterValue",
        query: code,
    }
}

const fn each(ec2: &'static str, query: &'static str) -> Codes {
    Codes { ec2, query }
}

/// The answer to a command that the model refused.
pub fn rejection_error(dialect: Dialect, rejection: &Rejection) -> ApiError {
    let codes = match rejection {
        Rejection::NotFound(reason) => not_found(reason),
        Rejection::Invalid(Invalid::Tag(error)) => return tag_error(dialect, error),
        Rejection::Invalid(reason) => invalid(reason),
        Rejection::Conflict(reason) => conflict(reason),
        Rejection::Limit(Limit::Numbers(_) | Limit::Identifiers) => {
            return ApiError::internal(dialect);
        }
        Rejection::Limit(reason) => limit(reason),
        Rejection::Iam(reason) => iam::iam(reason),
        Rejection::Messaging(reason) => return messaging_error(dialect, reason),
    };
    answer(dialect, codes, rejection.to_string())
}

/// The answer to tags that are not allowed.
pub fn tag_error(dialect: Dialect, error: &TagError) -> ApiError {
    let codes = match (dialect, error) {
        (Dialect::Ec2 | Dialect::Query, _) => tag(error),
        (Dialect::Sns, TagError::TooMany) => same("TagLimitExceeded"),
        (Dialect::Sns, TagError::Key(_) | TagError::Value(_) | TagError::Duplicate(_)) => {
            same("InvalidParameter")
        }
    };
    answer(dialect, codes, error.to_string())
}

fn answer(dialect: Dialect, codes: Codes, message: String) -> ApiError {
    let code = match dialect {
        Dialect::Ec2 => codes.ec2,
        Dialect::Query | Dialect::Sns => codes.query,
    };
    let status = match (dialect, code) {
        (_, "AuthFailure") => StatusCode::UNAUTHORIZED,
        (Dialect::Query, "AccessDenied") => StatusCode::FORBIDDEN,
        (Dialect::Query, "NoSuchEntity") => StatusCode::NOT_FOUND,
        (Dialect::Query, "EntityAlreadyExists" | "DeleteConflict" | "LimitExceeded") => {
            StatusCode::CONFLICT
        }
        (Dialect::Ec2 | Dialect::Query | Dialect::Sns, _) => StatusCode::BAD_REQUEST,
    };
    ApiError::new(status, code, message)
}

fn not_found(reason: &NotFound) -> Codes {
    match reason {
        NotFound::Vpc(_) => ec2("InvalidVpcID.NotFound"),
        NotFound::Subnet(_) => each("InvalidSubnetID.NotFound", "SubnetNotFound"),
        NotFound::RouteTable(_) => ec2("InvalidRouteTableID.NotFound"),
        NotFound::RouteTableAssociation(_) => ec2("InvalidAssociationID.NotFound"),
        NotFound::NetworkAcl(_) => ec2("InvalidNetworkAclID.NotFound"),
        NotFound::SecurityGroup(_) => each("InvalidGroup.NotFound", "InvalidSecurityGroup"),
        NotFound::SecurityGroupRule(_) => ec2("InvalidSecurityGroupRuleId.NotFound"),
        NotFound::Permission => ec2("InvalidPermission.NotFound"),
        NotFound::NetworkInterface(_) => ec2("InvalidNetworkInterfaceID.NotFound"),
        NotFound::Attachment(_) => ec2("InvalidAttachmentID.NotFound"),
        NotFound::Instance(_) => each("InvalidInstanceID.NotFound", "InvalidTarget"),
        NotFound::LoadBalancer(_) => each(
            "InvalidNetworkLoadBalancerArn.NotFound",
            "LoadBalancerNotFound",
        ),
        NotFound::Listener(_) => query("ListenerNotFound"),
        NotFound::TargetGroup(_) => query("TargetGroupNotFound"),
        NotFound::VpcEndpointServiceId(_) => ec2("InvalidVpcEndpointServiceId.NotFound"),
        NotFound::VpcEndpointService(_) => ec2("InvalidVpcEndpointService.NotFound"),
        NotFound::ServiceName(_) => ec2("InvalidServiceName"),
        NotFound::ServicePermission(_) => ec2("InvalidVpcEndpointServicePermissionId.NotFound"),
        NotFound::VpcEndpointId(_) => ec2("InvalidVpcEndpointId.NotFound"),
        NotFound::VpcEndpoint(_) => ec2("InvalidVpcEndpoint.NotFound"),
        NotFound::VpcEndpointConnection(_) => ec2("InvalidVpcEndpointConnectionId.NotFound"),
    }
}

fn invalid(reason: &Invalid) -> Codes {
    match reason {
        Invalid::VpcRange(_) => ec2("InvalidVpc.Range"),
        Invalid::SubnetRange(_) => ec2("InvalidSubnet.Range"),
        Invalid::NoDefaultVpc => ec2("VPCIdNotSpecified"),
        Invalid::Missing(_) => ec2("MissingParameter"),
        Invalid::Combination(_) => ec2("InvalidParameterCombination"),
        Invalid::DefaultGroup(_) => ec2("CannotDelete"),
        Invalid::RequesterManaged(_) => ec2("AuthFailure"),
        Invalid::Principal(_) => ec2("InvalidPrincipal"),
        Invalid::UserDataTooLong => ec2("InvalidUserData.Malformed"),
        Invalid::Tag(error) => tag(error),
        Invalid::Zone(..)
        | Invalid::Address(_)
        | Invalid::ReservedAddress(_)
        | Invalid::GroupText { .. }
        | Invalid::ReservedGroupName(_)
        | Invalid::DuplicatePermission
        | Invalid::NoGroups
        | Invalid::MainAssociation(_)
        | Invalid::InstanceCounts { .. }
        | Invalid::ClientToken
        | Invalid::AccountName(_)
        | Invalid::Settings(_) => ec2("InvalidParameterValue"),
        Invalid::OtherVpc { .. }
        | Invalid::LoadBalancerSubnetsInSameZone
        | Invalid::LoadBalancerSubnetsInDifferentVpcs
        | Invalid::LoadBalancerSubnetReplaced
        | Invalid::LoadBalancerAddressChanged(_)
        | Invalid::LoadBalancerGroups
        | Invalid::HealthCheck(_)
        | Invalid::TargetGroupOtherVpc(_) => query("InvalidConfigurationRequest"),
        Invalid::NoInternetGateway(_) | Invalid::LoadBalancerSubnetFull(_) => {
            query("InvalidSubnet")
        }
        Invalid::Attribute(error) => attribute(error),
        Invalid::LoadBalancerName(_)
        | Invalid::LoadBalancerWithoutSubnets
        | Invalid::HealthCheckRange { .. }
        | Invalid::Port
        | Invalid::TargetKind(_)
        | Invalid::TargetZone(_) => query("ValidationError"),
        Invalid::TargetInstance(_) | Invalid::TargetNotRunning(_) | Invalid::TargetAddress(_) => {
            query("InvalidTarget")
        }
        Invalid::IncompatibleProtocols { .. } => query("IncompatibleProtocols"),
        Invalid::DuplicateSubnetsInSameZone(_) => ec2("DuplicateSubnetsInSameZone"),
        Invalid::NoLoadBalancer
        | Invalid::LoadBalancerNotAssociated(_)
        | Invalid::ServiceZone { .. }
        | Invalid::NoPrivateDnsName(_)
        | Invalid::UnverifiedPrivateDnsName(_)
        | Invalid::PrivateDnsBeforeAcceptance(_)
        | Invalid::PrivateDnsAttributes(_)
        | Invalid::NothingToVerify(_)
        | Invalid::EndpointNotInSubnet(_)
        | Invalid::EndpointNotInGroup(_)
        | Invalid::PolicyLength => ec2("InvalidParameter"),
    }
}

fn conflict(reason: &Conflict) -> Codes {
    match reason {
        Conflict::SubnetCidr(_) => ec2("InvalidSubnet.Conflict"),
        Conflict::VpcInUse(_)
        | Conflict::SubnetInUse(_)
        | Conflict::RouteTableInUse(_)
        | Conflict::SecurityGroupInUse(_) => ec2("DependencyViolation"),
        Conflict::AlreadyAssociated { .. } => ec2("Resource.AlreadyAssociated"),
        Conflict::SecurityGroupName { .. } => ec2("InvalidGroup.Duplicate"),
        Conflict::PermissionExists { .. } => ec2("InvalidPermission.Duplicate"),
        Conflict::AddressInUse(_) => ec2("InvalidIPAddress.InUse"),
        Conflict::NetworkInterfaceInUse(_) => ec2("InvalidNetworkInterface.InUse"),
        Conflict::LoadBalancerName(_) => query("DuplicateLoadBalancerName"),
        Conflict::TargetGroupName(_) => query("DuplicateTargetGroupName"),
        Conflict::DeletionProtection(_) => same("OperationNotPermitted"),
        Conflict::LoadBalancerInUse(_)
        | Conflict::LoadBalancerSubnetInUse(_)
        | Conflict::TargetGroupInUse(_) => query("ResourceInUse"),
        Conflict::TargetGroupAssociated(_) => query("TargetGroupAssociationLimit"),
        Conflict::DuplicateListener => query("DuplicateListener"),
        Conflict::ExistingVpcEndpointConnections(_) => ec2("ExistingVpcEndpointConnections"),
        Conflict::PrivateDnsDomain { .. } => ec2("InvalidParameter"),
        Conflict::EndpointState(_) => ec2("InvalidState"),
        Conflict::IdempotentParameterMismatch => same("IdempotentParameterMismatch"),
        Conflict::AccountName(_)
        | Conflict::AccountId(_)
        | Conflict::RegionFixed
        | Conflict::ZoneInUse(_) => same("OperationNotPermitted"),
    }
}

fn limit(reason: &Limit) -> Codes {
    match reason {
        Limit::Vpcs => ec2("VpcLimitExceeded"),
        Limit::Subnets => ec2("SubnetLimitExceeded"),
        Limit::RouteTables => ec2("RouteTableLimitExceeded"),
        Limit::SecurityGroups => ec2("SecurityGroupLimitExceeded"),
        Limit::RulesPerSecurityGroup => ec2("RulesPerSecurityGroupLimitExceeded"),
        Limit::SecurityGroupsPerInterface => each(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "InvalidConfigurationRequest",
        ),
        Limit::NetworkInterfaces => ec2("NetworkInterfaceLimitExceeded"),
        Limit::FreeAddresses(_) => each("InsufficientFreeAddressesInSubnet", "InvalidSubnet"),
        Limit::Instances => ec2("InstanceLimitExceeded"),
        Limit::LoadBalancers => query("TooManyLoadBalancers"),
        Limit::Listeners => query("TooManyListeners"),
        Limit::TargetGroups => query("TooManyTargetGroups"),
        Limit::Targets => query("TooManyTargets"),
        Limit::EndpointServices => ec2("VpcEndpointServiceLimitExceeded"),
        Limit::Principals => ec2("LimitExceeded"),
        Limit::VpcEndpoints => ec2("VpcEndpointLimitExceeded"),
        Limit::Numbers(_) | Limit::Identifiers => each("InternalError", "InternalFailure"),
    }
}

fn tag(error: &TagError) -> Codes {
    match error {
        TagError::Key(_) | TagError::Value(_) => query("ValidationError"),
        TagError::TooMany => each("TagLimitExceeded", "TooManyTags"),
        TagError::Duplicate(_) => query("DuplicateTagKeys"),
    }
}

fn attribute(error: &AttributeError) -> Codes {
    match error {
        AttributeError::UnknownKey(_) | AttributeError::InvalidValue { .. } => {
            query("ValidationError")
        }
        AttributeError::Unsupported { .. } => query("UnsupportedOperation"),
    }
}
