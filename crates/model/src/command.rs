//! Commands: what users ask for, by AWS's names, and what agents report.
//!
//! Not their decoding (that is `aws-wire`'s) and not their rules (those are in `apply`). Every field is already of
//! its right shape: an id is an id, a CIDR a CIDR. Source: EC2 and ELBv2 API references, 2026.

mod compute;
mod iam;
mod load_balancing;
mod network;
mod notification;
mod private_link;
mod system;

pub use self::compute::{LaunchNetwork, ModifyInstanceAttribute, RunInstances, TerminateInstances};
pub use self::iam::{
    AttachPolicy, CreateAccessKey, CreatePolicy, CreatePolicyVersion, CreateRole, CreateUser,
    DeleteAccessKey, DeleteInlinePolicy, DeletePolicy, DeletePolicyVersion, DeleteRole, DeleteUser,
    DetachPolicy, PutInlinePolicy, SetDefaultPolicyVersion, UpdateAccessKey,
    UpdateAssumeRolePolicy, UpdateRole, UpdateUser,
};
pub use self::load_balancing::{
    CreateListener, CreateLoadBalancer, CreateTargetGroup, DeleteListener, DeleteLoadBalancer,
    DeleteTargetGroup, DeregisterTargets, HealthCheckSettings, ModifyListener,
    ModifyListenerAttributes, ModifyLoadBalancerAttributes, ModifyTargetGroup,
    ModifyTargetGroupAttributes, ProbeKind, RegisterTargets, SetSecurityGroups, SetSubnets,
    SubnetMapping, TargetDescription, TargetZoneChoice,
};
pub use self::network::{
    AssociateRouteTable, AuthorizeSecurityGroupRules, CreateNetworkInterface, CreateRouteTable,
    CreateSecurityGroup, CreateSubnet, CreateVpc, DeleteNetworkInterface, DeleteRouteTable,
    DeleteSecurityGroup, DeleteSubnet, DeleteVpc, DisassociateRouteTable, InterfaceChange,
    ModifyNetworkInterfaceAttribute, ModifySecurityGroupRules, ModifySubnetAttribute,
    ModifyVpcAttribute, ReplaceRouteTableAssociation, Revocation, RevokeSecurityGroupRules,
    RuleModification, RuleSpec, VpcAttribute, ZoneChoice,
};
pub use self::notification::{
    ConfirmSubscription, CreateTopic, CreateVpcEndpointConnectionNotification, DeleteTopic,
    DeleteVpcEndpointConnectionNotifications, EndDeliveries,
    ModifyVpcEndpointConnectionNotification, Publish, SetSubscriptionAttribute, SetTopicAttribute,
    SettleConnectionEvent, Subscribe, TopicAttribute, Unsubscribe, UnsubscribedBy,
};
pub use self::private_link::{
    AcceptVpcEndpointConnections, CreateVpcEndpoint, CreateVpcEndpointServiceConfiguration,
    DeleteVpcEndpointServiceConfigurations, DeleteVpcEndpoints, EndpointSubnet, ModifyVpcEndpoint,
    ModifyVpcEndpointServiceConfiguration, ModifyVpcEndpointServicePermissions, PolicyChange,
    PrivateDnsNameChange, PrivateDnsNameVerified, RejectVpcEndpointConnections,
    StartVpcEndpointServicePrivateDnsVerification,
};
pub use self::system::{
    Configure, CreateAccount, CreateTags, DeleteTags, EndpointApplied, EndpointFailed,
    EndpointRemoved, Housekeep, InstanceObservation, InstanceObserved, LoadBalancerApplied,
    LoadBalancerFailed, TagSelector, TargetHealthObserved,
};
use crate::apply::{Execute, Transaction};
use crate::outcome::Reply;
use crate::rejection::Rejection;

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// One request or report.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Command {
            $($(#[$doc])* $name($name),)*
        }

        impl Execute for Command {
            fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
                match self {
                    $(Self::$name(request) => request.execute(tx),)*
                }
            }
        }

        $(impl From<$name> for Command {
            fn from(request: $name) -> Self {
                Self::$name(request)
            }
        })*
    };
}

impl Command {
    /// Whether it takes something away, or is what the parts of the system tell each other: what must still be done
    /// when there is no room for more. It may put a little itself, like the event that an endpoint was deleted.
    pub const fn makes_room(&self) -> bool {
        self.takes_away() || self.is_internal()
    }

    const fn takes_away(&self) -> bool {
        matches!(
            self,
            Self::DeleteVpc(_)
                | Self::DeleteSubnet(_)
                | Self::DeleteRouteTable(_)
                | Self::DisassociateRouteTable(_)
                | Self::DeleteSecurityGroup(_)
                | Self::RevokeSecurityGroupRules(_)
                | Self::DeleteNetworkInterface(_)
                | Self::TerminateInstances(_)
                | Self::DeleteTags(_)
                | Self::DeleteLoadBalancer(_)
                | Self::DeleteTargetGroup(_)
                | Self::DeregisterTargets(_)
                | Self::DeleteListener(_)
                | Self::DeleteVpcEndpointServiceConfigurations(_)
                | Self::DeleteVpcEndpoints(_)
                | Self::RejectVpcEndpointConnections(_)
                | Self::DeleteUser(_)
                | Self::DeleteAccessKey(_)
                | Self::DeleteRole(_)
                | Self::DeleteInlinePolicy(_)
                | Self::DeletePolicy(_)
                | Self::DeletePolicyVersion(_)
                | Self::DetachPolicy(_)
                | Self::DeleteVpcEndpointConnectionNotifications(_)
                | Self::DeleteTopic(_)
                | Self::Unsubscribe(_)
        )
    }

    const fn is_internal(&self) -> bool {
        matches!(
            self,
            Self::PrivateDnsNameVerified(_)
                | Self::EndpointApplied(_)
                | Self::EndpointFailed(_)
                | Self::EndpointRemoved(_)
                | Self::InstanceObserved(_)
                | Self::LoadBalancerApplied(_)
                | Self::LoadBalancerFailed(_)
                | Self::TargetHealthObserved(_)
                | Self::EndDeliveries(_)
                | Self::SettleConnectionEvent(_)
                | Self::Housekeep(_)
        )
    }
}

commands! {
    /// Make a VPC with its route table, network ACL and security group.
    CreateVpc,
    /// Delete a VPC that holds nothing but those.
    DeleteVpc,
    /// Change one attribute of a VPC.
    ModifyVpcAttribute,
    /// Make a subnet.
    CreateSubnet,
    /// Delete an empty subnet.
    DeleteSubnet,
    /// Change a subnet.
    ModifySubnetAttribute,
    /// Make a route table.
    CreateRouteTable,
    /// Delete an unused route table.
    DeleteRouteTable,
    /// Let a subnet use a route table.
    AssociateRouteTable,
    /// Let a subnet use the main route table again.
    DisassociateRouteTable,
    /// Let a subnet, or all without an association, use another route table.
    ReplaceRouteTableAssociation,
    /// Make a security group.
    CreateSecurityGroup,
    /// Delete an unused security group.
    DeleteSecurityGroup,
    /// Add rules: `AuthorizeSecurityGroupIngress` and `...Egress`.
    AuthorizeSecurityGroupRules,
    /// Remove rules: `RevokeSecurityGroupIngress` and `...Egress`.
    RevokeSecurityGroupRules,
    /// Replace what rules say; they keep their ids, directions and tags.
    ModifySecurityGroupRules,
    /// Make a network interface.
    CreateNetworkInterface,
    /// Delete a detached network interface.
    DeleteNetworkInterface,
    /// Change a network interface.
    ModifyNetworkInterfaceAttribute,
    /// Launch instances.
    RunInstances,
    /// Change an instance. What its interface has is changed by that of interfaces.
    ModifyInstanceAttribute,
    /// Terminate instances.
    TerminateInstances,
    /// Put tags on resources; also ELBv2's `AddTags`.
    CreateTags,
    /// Take tags from resources; also ELBv2's `RemoveTags`.
    DeleteTags,
    /// Make a network load balancer.
    CreateLoadBalancer,
    /// Delete a load balancer and its listeners.
    DeleteLoadBalancer,
    /// Replace a load balancer's security groups.
    SetSecurityGroups,
    /// Replace a load balancer's subnets.
    SetSubnets,
    /// Change a load balancer's attributes.
    ModifyLoadBalancerAttributes,
    /// Make a target group.
    CreateTargetGroup,
    /// Change a target group's health check.
    ModifyTargetGroup,
    /// Change a target group's attributes.
    ModifyTargetGroupAttributes,
    /// Delete a target group and its targets.
    DeleteTargetGroup,
    /// Register targets.
    RegisterTargets,
    /// Begin to drain targets.
    DeregisterTargets,
    /// Make a listener.
    CreateListener,
    /// Change a listener.
    ModifyListener,
    /// Change a listener's attributes.
    ModifyListenerAttributes,
    /// Delete a listener.
    DeleteListener,
    /// Make an endpoint service.
    CreateVpcEndpointServiceConfiguration,
    /// Change an endpoint service.
    ModifyVpcEndpointServiceConfiguration,
    /// Delete endpoint services, each for itself.
    DeleteVpcEndpointServiceConfigurations,
    /// Allow and disallow principals.
    ModifyVpcEndpointServicePermissions,
    /// Look for the record that proves whose a private name's domain is.
    StartVpcEndpointServicePrivateDnsVerification,
    /// The control plane: it has found that record.
    PrivateDnsNameVerified,
    /// Make an interface endpoint.
    CreateVpcEndpoint,
    /// Change an endpoint.
    ModifyVpcEndpoint,
    /// Delete endpoints, each for itself.
    DeleteVpcEndpoints,
    /// Accept connections, each for itself.
    AcceptVpcEndpointConnections,
    /// Reject connections, each for itself.
    RejectVpcEndpointConnections,
    /// Make a user.
    CreateUser,
    /// Rename a user, or move it to another path.
    UpdateUser,
    /// Delete a user that holds nothing.
    DeleteUser,
    /// Make an access key of a user.
    CreateAccessKey,
    /// Let an access key be used or not.
    UpdateAccessKey,
    /// Delete an access key.
    DeleteAccessKey,
    /// Make a role.
    CreateRole,
    /// Change a role.
    UpdateRole,
    /// Replace a role's trust policy.
    UpdateAssumeRolePolicy,
    /// Delete a role that holds nothing.
    DeleteRole,
    /// Set an inline policy: `PutUserPolicy` and `PutRolePolicy`.
    PutInlinePolicy,
    /// Delete an inline policy: `DeleteUserPolicy` and `DeleteRolePolicy`.
    DeleteInlinePolicy,
    /// Make a managed policy.
    CreatePolicy,
    /// Delete a managed policy that nobody uses.
    DeletePolicy,
    /// Make a version of a managed policy.
    CreatePolicyVersion,
    /// Delete a version of a managed policy.
    DeletePolicyVersion,
    /// Put another version of a managed policy in force.
    SetDefaultPolicyVersion,
    /// Attach a managed policy: `AttachUserPolicy` and `AttachRolePolicy`.
    AttachPolicy,
    /// Detach a managed policy: `DetachUserPolicy` and `DetachRolePolicy`.
    DetachPolicy,
    /// Make a notification of connections.
    CreateVpcEndpointConnectionNotification,
    /// Change a notification of connections.
    ModifyVpcEndpointConnectionNotification,
    /// Delete notifications of connections, each for itself.
    DeleteVpcEndpointConnectionNotifications,
    /// Make a topic, or find the one of that name.
    CreateTopic,
    /// Change an attribute of a topic.
    SetTopicAttribute,
    /// Delete a topic with its subscriptions.
    DeleteTopic,
    /// Ask an endpoint whether it wants a topic's messages.
    Subscribe,
    /// An endpoint wants them.
    ConfirmSubscription,
    /// Change an attribute of a subscription.
    SetSubscriptionAttribute,
    /// End a subscription.
    Unsubscribe,
    /// Publish a message to a topic.
    Publish,
    /// The operator makes an account.
    CreateAccount,
    /// The operator changes the settings.
    Configure,
    /// An agent: the data plane has followed an endpoint.
    EndpointApplied,
    /// An agent: the data plane could not follow an endpoint.
    EndpointFailed,
    /// An agent: the data plane holds nothing of a deleted endpoint any more.
    EndpointRemoved,
    /// An agent: what became of an instance.
    InstanceObserved,
    /// An agent: a load balancer's nodes are in the data plane.
    LoadBalancerApplied,
    /// An agent: a load balancer's nodes could not be made.
    LoadBalancerFailed,
    /// An agent: what health checks of a target found.
    TargetHealthObserved,
    /// Clean up what is due by now: terminated instances, drained targets, old client tokens, endpoints that
    /// nobody accepted, domains that nobody proved. [`crate::State::next_due`] says when it is worth asking.
    Housekeep,
    /// The courier: messages have arrived or were given up.
    EndDeliveries,
    /// The courier: what becomes of an event of a connection.
    SettleConnectionEvent,
}
