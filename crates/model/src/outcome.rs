//! What a command leads to: the changes to record and the answer to give.

use crate::account::AccessKeyId;
use crate::client_token::TokenResult;
use crate::iam::{PolicyId, RoleId, UserId, VersionId};
use crate::id::{
    AccountId, ConnectionNotificationId, EndpointServiceId, InstanceId, ListenerId, LoadBalancerId,
    NetworkInterfaceId, ReservationId, RouteTableAssociationId, RouteTableId, SecurityGroupId,
    SecurityGroupRuleId, ServicePermissionId, SubnetId, TargetGroupId, TopicId, VpcEndpointId,
    VpcId,
};
use crate::instance::InstanceState;
use crate::rejection::Unsuccessful;
use crate::state::{Change, State};
use crate::uuid::{MessageId, SubscriptionId};

/// What a command leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What to record, at most one change per key; empty when everything was so already.
    pub changes: Vec<Change>,
    /// What to answer.
    pub reply: Reply,
    /// The state with these changes.
    pub state: State,
}

/// What a command answers: the ids of what it made or touched. The resources are then in the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing but success.
    Done,
    /// `CreateAccount`.
    Account(AccountId),
    /// `CreateUser`.
    User(UserId),
    /// `CreateAccessKey`.
    AccessKey(AccessKeyId),
    /// `CreateRole`.
    Role(RoleId),
    /// `CreatePolicy`.
    ManagedPolicy(PolicyId),
    /// `CreatePolicyVersion`.
    PolicyVersion(VersionId),
    /// `CreateVpc`.
    Vpc(VpcId),
    /// `CreateSubnet`.
    Subnet(SubnetId),
    /// `CreateRouteTable`.
    RouteTable(RouteTableId),
    /// `AssociateRouteTable`, `ReplaceRouteTableAssociation`.
    RouteTableAssociation(RouteTableAssociationId),
    /// `CreateSecurityGroup`.
    SecurityGroup(SecurityGroupId),
    /// `AuthorizeSecurityGroup...`: the new rules. `RevokeSecurityGroup...`: the removed ones.
    SecurityGroupRules(Vec<SecurityGroupRuleId>),
    /// `CreateNetworkInterface`.
    NetworkInterface(NetworkInterfaceId),
    /// `RunInstances`; the instances are found by their reservation.
    Reservation(ReservationId),
    /// `TerminateInstances`.
    InstanceStateChanges(Vec<InstanceStateChange>),
    /// `CreateLoadBalancer`.
    LoadBalancer(LoadBalancerId),
    /// `CreateListener`.
    Listener(ListenerId),
    /// `CreateTargetGroup`.
    TargetGroup(TargetGroupId),
    /// `CreateVpcEndpointServiceConfiguration`.
    EndpointService(EndpointServiceId),
    /// `ModifyVpcEndpointServicePermissions`: the permissions of the added principals.
    ServicePermissions(Vec<ServicePermissionId>),
    /// `CreateVpcEndpoint`.
    VpcEndpoint(VpcEndpointId),
    /// `CreateTopic`.
    Topic(TopicId),
    /// `Subscribe`, `ConfirmSubscription`.
    Subscription(SubscriptionId),
    /// `Publish`.
    Message(MessageId),
    /// `CreateVpcEndpointConnectionNotification`.
    ConnectionNotification(ConnectionNotificationId),
    /// `DeleteVpcEndpointConnectionNotifications`: those that failed.
    UnsuccessfulNotifications(Vec<Unsuccessful<ConnectionNotificationId>>),
    /// `DeleteVpcEndpointServiceConfigurations`: those that failed.
    UnsuccessfulServices(Vec<Unsuccessful<EndpointServiceId>>),
    /// `DeleteVpcEndpoints`, `Accept...` and `RejectVpcEndpointConnections`: those that failed.
    UnsuccessfulEndpoints(Vec<Unsuccessful<VpcEndpointId>>),
}

impl From<TokenResult> for Reply {
    fn from(result: TokenResult) -> Self {
        match result {
            TokenResult::NetworkInterface(id) => Self::NetworkInterface(id),
            TokenResult::RouteTable(id) => Self::RouteTable(id),
            TokenResult::VpcEndpoint(id) => Self::VpcEndpoint(id),
            TokenResult::EndpointService(id) => Self::EndpointService(id),
            TokenResult::Reservation(id) => Self::Reservation(id),
            TokenResult::ConnectionNotification(id) => Self::ConnectionNotification(id),
        }
    }
}

/// An instance's state before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceStateChange {
    /// Which.
    pub instance: InstanceId,
    /// Before.
    pub previous: InstanceState,
    /// After.
    pub current: InstanceState,
}
