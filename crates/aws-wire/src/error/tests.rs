//! The errors' forms, and the table of refusals row by row. That the table is total, the compiler checks.

use std::net::Ipv4Addr;

use model::attribute::AttributeError;
use model::id::{
    ConnectionNotificationId, EndpointServiceId, InstanceId, LoadBalancerId, NetworkInterfaceId,
    SecurityGroupId, SubnetId, TargetGroupId, VpcEndpointId, VpcId,
};
use model::rejection::{Conflict, Invalid, Limit, Messaging, NotFound, Rejection};
use model::tag::TagError;

use super::*;

#[test]
fn the_fault_follows_from_the_status() {
    assert_eq!(ApiError::missing_action().fault(), Fault::Sender);
    assert_eq!(ApiError::dry_run_operation().fault(), Fault::Sender);
    assert_eq!(ApiError::internal(Dialect::Ec2).fault(), Fault::Receiver);
    assert_eq!(ApiError::throttled(Dialect::Query).fault(), Fault::Sender);
}

#[test]
fn long_texts_of_the_caller_are_not_repeated_whole() {
    let error = ApiError::unknown_parameter("é".repeat(10_000));
    let frame = "The parameter ... is not recognized";
    assert_eq!(error.message().chars().count(), 128 + frame.len());
    assert_eq!(echo("short"), "short");
}

#[test]
fn common_errors_have_their_codes_and_statuses() {
    let denied = |dialect| ApiError::access_denied(dialect, "User: a may not");
    for (error, code, status) in [
        (ApiError::dry_run_operation(), "DryRunOperation", 412),
        (denied(Dialect::Ec2), "UnauthorizedOperation", 403),
        (denied(Dialect::Query), "AccessDenied", 403),
        (
            ApiError::throttled(Dialect::Ec2),
            "RequestLimitExceeded",
            503,
        ),
        (ApiError::throttled(Dialect::Query), "Throttling", 400),
        (ApiError::unavailable(Dialect::Ec2), "Unavailable", 503),
        (
            ApiError::unavailable(Dialect::Query),
            "ServiceUnavailable",
            503,
        ),
        (ApiError::internal(Dialect::Ec2), "InternalError", 500),
        (ApiError::internal(Dialect::Query), "InternalFailure", 500),
        (
            ApiError::idempotent_parameter_mismatch("t"),
            "IdempotentParameterMismatch",
            400,
        ),
        (
            ApiError::invalid_combination(Dialect::Ec2, "m"),
            "InvalidParameterCombination",
            400,
        ),
        (
            ApiError::invalid_combination(Dialect::Query, "m"),
            "ValidationError",
            400,
        ),
    ] {
        assert_eq!((error.code(), error.status().as_u16()), (code, status));
    }
}

#[test]
fn refusals_about_messages_have_the_codes_and_statuses_of_their_service() {
    let notification = ConnectionNotificationId::from_bits(1);
    for (refusal, sns, status, ec2) in [
        (Messaging::NoTopic, "NotFound", 404, "InvalidParameter"),
        (
            Messaging::NoSubscription,
            "NotFound",
            404,
            "InvalidParameter",
        ),
        (
            Messaging::NoConnectionNotification(notification),
            "NotFound",
            404,
            "InvalidConnectionNotification",
        ),
        (
            Messaging::NoConnectionEvents,
            "InvalidParameter",
            400,
            "MissingParameter",
        ),
        (
            Messaging::Token,
            "InvalidParameter",
            400,
            "InvalidParameter",
        ),
        (
            Messaging::AuthenticationRequired,
            "AuthorizationError",
            403,
            "InvalidParameter",
        ),
        (
            Messaging::TopicQuota,
            "TopicLimitExceeded",
            403,
            "InvalidParameter",
        ),
        (
            Messaging::UndeliveredQuota,
            "Throttled",
            429,
            "InvalidParameter",
        ),
        (
            Messaging::ConnectionNotificationQuota,
            "InvalidParameter",
            400,
            "LimitExceeded",
        ),
    ] {
        let rejection = refusal.into();
        let error = rejection_error(Dialect::Sns, &rejection);
        assert_eq!((error.code(), error.status().as_u16()), (sns, status));
        let error = rejection_error(Dialect::Ec2, &rejection);
        assert_eq!((error.code(), error.status().as_u16()), (ec2, 400));
        assert_eq!(error.message(), rejection.to_string());
    }
    let many = Invalid::Tag(TagError::TooMany).into();
    let error = rejection_error(Dialect::Sns, &many);
    assert_eq!(error.code(), "TagLimitExceeded");
}

#[track_caller]
fn check(rejection: impl Into<Rejection>, ec2: &str, query: &str) {
    let rejection = rejection.into();
    for (dialect, code) in [(Dialect::Ec2, ec2), (Dialect::Query, query)] {
        let error = rejection_error(dialect, &rejection);
        assert_eq!(
            (error.code(), error.status()),
            (code, StatusCode::BAD_REQUEST)
        );
        assert_eq!(error.message(), rejection.to_string());
    }
}

const NOT_VALID: &str = "ValidationError";

#[test]
fn what_is_not_found_has_a_code_per_kind() {
    let group = SecurityGroupId::from_bits(1);
    let balancer = LoadBalancerId::from_bits(1);
    let targets = TargetGroupId::from_bits(1);
    let interface = NetworkInterfaceId::from_bits(1);
    check(
        NotFound::Vpc(VpcId::from_bits(1)),
        "InvalidVpcID.NotFound",
        NOT_VALID,
    );
    check(
        NotFound::Subnet(SubnetId::from_bits(1)),
        "InvalidSubnetID.NotFound",
        "SubnetNotFound",
    );
    check(
        NotFound::SecurityGroup(group),
        "InvalidGroup.NotFound",
        "InvalidSecurityGroup",
    );
    check(
        NotFound::NetworkInterface(interface),
        "InvalidNetworkInterfaceID.NotFound",
        NOT_VALID,
    );
    check(
        NotFound::LoadBalancer(balancer),
        "InvalidNetworkLoadBalancerArn.NotFound",
        "LoadBalancerNotFound",
    );
    check(
        NotFound::TargetGroup(targets),
        "InvalidParameterValue",
        "TargetGroupNotFound",
    );
    check(
        NotFound::ServiceName("s".to_owned()),
        "InvalidServiceName",
        NOT_VALID,
    );
}

#[test]
fn endpoints_and_services_have_one_code_as_subject_and_one_in_unsuccessful() {
    let endpoint = VpcEndpointId::from_bits(1);
    let service = EndpointServiceId::from_bits(1);
    check(
        NotFound::VpcEndpointId(endpoint),
        "InvalidVpcEndpointId.NotFound",
        NOT_VALID,
    );
    check(
        NotFound::VpcEndpoint(endpoint),
        "InvalidVpcEndpoint.NotFound",
        NOT_VALID,
    );
    check(
        NotFound::VpcEndpointServiceId(service),
        "InvalidVpcEndpointServiceId.NotFound",
        NOT_VALID,
    );
    check(
        NotFound::VpcEndpointService(service),
        "InvalidVpcEndpointService.NotFound",
        NOT_VALID,
    );
}

#[test]
fn other_refusals_have_their_codes() {
    let subnet = SubnetId::from_bits(1);
    let instance = InstanceId::from_bits(1);
    let unknown_key = AttributeError::UnknownKey("k".to_owned());
    let same = "IdempotentParameterMismatch";
    check(
        Invalid::TargetInstance(instance),
        "InvalidParameterValue",
        "InvalidTarget",
    );
    check(
        Invalid::DuplicateSubnetsInSameZone(subnet),
        "DuplicateSubnetsInSameZone",
        NOT_VALID,
    );
    check(Invalid::NoLoadBalancer, "InvalidParameter", NOT_VALID);
    check(
        Invalid::Tag(TagError::TooMany),
        "TagLimitExceeded",
        "TooManyTags",
    );
    let not_offered = AttributeError::Unsupported {
        key: "stickiness.enabled".to_owned(),
        value: "true".to_owned(),
    };
    check(
        Invalid::Attribute(not_offered),
        "InvalidParameterValue",
        "UnsupportedOperation",
    );
    check(
        Invalid::Attribute(unknown_key),
        "InvalidParameterValue",
        NOT_VALID,
    );
    check(
        Conflict::AddressInUse(Ipv4Addr::LOCALHOST),
        "InvalidIPAddress.InUse",
        NOT_VALID,
    );
    check(
        Conflict::LoadBalancerInUse("a".to_owned()),
        "InvalidParameterValue",
        "ResourceInUse",
    );
    check(Conflict::IdempotentParameterMismatch, same, same);
    check(
        Limit::FreeAddresses(subnet),
        "InsufficientFreeAddressesInSubnet",
        "InvalidSubnet",
    );
    check(Limit::Targets, "InvalidParameterValue", "TooManyTargets");
}

#[test]
fn exhausted_identifiers_are_our_fault_and_say_nothing() {
    let error = rejection_error(Dialect::Ec2, &Limit::Identifiers.into());
    assert_eq!(error, ApiError::internal(Dialect::Ec2));
}
