//! The model's types in responses: ids, ARNs and names by their text, states by AWS's words.

use model::arn::Arn;
use model::endpoint_service::EndpointServiceState;
use model::iam::{
    AccessKeyStatus, Path, PolicyArn, PolicyId, PolicyName, RoleId, RoleName, UserId, UserName,
    VersionId,
};
use model::id::{AccountId, Id, IdKind};
use model::instance::InstanceState;
use model::listener::Protocol;
use model::load_balancer::{ElbName, LoadBalancerState, Scheme};
use model::network_acl::RuleAction;
use model::principal::Principal;
use model::settings::ZoneId;
use model::target::{TargetHealth, TargetId};
use model::target_group::{Probe, TargetType};
use model::vpc_endpoint::VpcEndpointState;
use model::{ResourceId, Timestamp};

use super::content::{Content, ToXml};
use crate::service::Service;
use crate::time::{iso_millis, iso_seconds};

/// ISO 8601: with milliseconds, but in whole seconds of IAM and STS.
impl ToXml for Timestamp {
    fn to_xml(&self, content: &mut Content<'_>) {
        let text = match content.service() {
            Service::Iam | Service::Sts => iso_seconds(*self),
            Service::Ec2
            | Service::ElasticLoadBalancing
            | Service::Sns
            | Service::Route53
            | Service::Route53Resolver => iso_millis(*self),
        };
        content.text(&text);
    }
}

impl<K: IdKind> ToXml for Id<K> {
    fn to_xml(&self, content: &mut Content<'_>) {
        content.display(self);
    }
}

macro_rules! displayed {
    ($($type:ty),* $(,)?) => { $(
        impl ToXml for $type {
            fn to_xml(&self, content: &mut Content<'_>) {
                content.display(self);
            }
        }
    )* };
}

displayed!(
    AccountId, Arn, ElbName, Path, PolicyArn, PolicyId, PolicyName, Principal, ResourceId, RoleId,
    RoleName, TargetId, UserId, UserName, VersionId, ZoneId
);

macro_rules! worded {
    ($($type:ty),* $(,)?) => { $(
        impl ToXml for $type {
            fn to_xml(&self, content: &mut Content<'_>) {
                content.text(self.as_aws_str());
            }
        }
    )* };
}

worded!(
    AccessKeyStatus,
    EndpointServiceState,
    InstanceState,
    LoadBalancerState,
    Probe,
    Protocol,
    RuleAction,
    Scheme,
    TargetHealth,
    TargetType,
    VpcEndpointState,
);
