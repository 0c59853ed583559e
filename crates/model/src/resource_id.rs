//! The id of anything that carries tags, whatever its kind.

use std::fmt;
use std::str::FromStr;

use crate::iam::{PolicyId, RoleId, UserId};
use crate::id::{
    EndpointServiceId, InstanceId, ListenerId, LoadBalancerId, MalformedId, NetworkAclId,
    NetworkInterfaceId, RouteTableId, SecurityGroupId, SecurityGroupRuleId, ServicePermissionId,
    SubnetId, TargetGroupId, TopicId, VpcEndpointConnectionId, VpcEndpointId, VpcId,
};

macro_rules! resource_ids {
    ($($(#[$doc:meta])* $variant:ident($id:ty), $resource_type:literal;)*) => {
        /// The id of something that carries tags.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ResourceId {
            $($(#[$doc])* $variant($id),)*
        }

        impl ResourceId {
            /// AWS's word for the kind, as in tag specifications and ARNs.
            pub const fn resource_type(self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $resource_type,)*
                }
            }
        }

        impl fmt::Display for ResourceId {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant(id) => id.fmt(f),)*
                }
            }
        }

        $(impl From<$id> for ResourceId {
            fn from(id: $id) -> Self {
                Self::$variant(id)
            }
        })*
    };
}

resource_ids! {
    /// A VPC.
    Vpc(VpcId), "vpc";
    /// A subnet.
    Subnet(SubnetId), "subnet";
    /// A route table.
    RouteTable(RouteTableId), "route-table";
    /// A network ACL.
    NetworkAcl(NetworkAclId), "network-acl";
    /// A security group.
    SecurityGroup(SecurityGroupId), "security-group";
    /// A rule of a security group.
    SecurityGroupRule(SecurityGroupRuleId), "security-group-rule";
    /// A network interface.
    NetworkInterface(NetworkInterfaceId), "network-interface";
    /// An instance.
    Instance(InstanceId), "instance";
    /// A load balancer.
    LoadBalancer(LoadBalancerId), "loadbalancer";
    /// A listener.
    Listener(ListenerId), "listener";
    /// A target group.
    TargetGroup(TargetGroupId), "targetgroup";
    /// A topic.
    Topic(TopicId), "topic";
    /// An endpoint service.
    EndpointService(EndpointServiceId), "vpc-endpoint-service";
    /// A permission of an endpoint service.
    ServicePermission(ServicePermissionId), "vpc-endpoint-service-permission";
    /// An endpoint.
    VpcEndpoint(VpcEndpointId), "vpc-endpoint";
    /// An endpoint's connection, tagged by the provider.
    VpcEndpointConnection(VpcEndpointConnectionId), "vpc-endpoint-connection";
    /// A user.
    User(UserId), "user";
    /// A role.
    Role(RoleId), "role";
    /// A managed policy.
    ManagedPolicy(PolicyId), "policy";
}

impl FromStr for ResourceId {
    type Err = MalformedId;

    /// Reads an EC2 id, whose prefix tells the kind. (Others are known by ARN or name.)
    fn from_str(text: &str) -> Result<Self, MalformedId> {
        fn id<T: FromStr + Into<ResourceId>>(text: &str) -> Option<ResourceId> {
            text.parse::<T>().ok().map(Into::into)
        }
        id::<VpcId>(text)
            .or_else(|| id::<SubnetId>(text))
            .or_else(|| id::<RouteTableId>(text))
            .or_else(|| id::<NetworkAclId>(text))
            .or_else(|| id::<SecurityGroupId>(text))
            .or_else(|| id::<SecurityGroupRuleId>(text))
            .or_else(|| id::<NetworkInterfaceId>(text))
            .or_else(|| id::<InstanceId>(text))
            .or_else(|| id::<EndpointServiceId>(text))
            .or_else(|| id::<ServicePermissionId>(text))
            .or_else(|| id::<VpcEndpointId>(text))
            .or_else(|| id::<VpcEndpointConnectionId>(text))
            .ok_or_else(|| MalformedId {
                text: text.to_owned(),
                prefix: "",
            })
    }
}
