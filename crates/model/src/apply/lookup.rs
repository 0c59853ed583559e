//! Finding what a request names. What belongs to another account is not found.

use std::sync::Arc;

use super::Transaction;
use crate::connection_notification::ConnectionNotification;
use crate::endpoint_service::EndpointService;
use crate::iam::{IamRejection, ManagedPolicy, PolicyId, Role, RoleId, User, UserId};
use crate::id::{
    ConnectionNotificationId, EndpointServiceId, InstanceId, ListenerId, LoadBalancerId,
    NetworkAclId, NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId, TargetGroupId,
    VpcEndpointId, VpcId,
};
use crate::instance::Instance;
use crate::listener::Listener;
use crate::load_balancer::LoadBalancer;
use crate::network_acl::NetworkAcl;
use crate::network_interface::NetworkInterface;
use crate::rejection::{Limit, Messaging, NotFound, Rejection};
use crate::route_table::RouteTable;
use crate::security_group::SecurityGroup;
use crate::subnet::Subnet;
use crate::target_group::TargetGroup;
use crate::vpc::Vpc;
use crate::vpc_endpoint::VpcEndpoint;

macro_rules! lookups {
    ($($name:ident($id:ty) -> $kind:ty, $table:ident, $missing:path;)*) => {
        impl Transaction<'_, '_> {
            $(
                /// The caller's resource with that id.
                pub(crate) fn $name(&self, id: $id) -> Result<Arc<$kind>, Rejection> {
                    let found = self.state().tables().$table.get(&id);
                    let own = found.filter(|resource| resource.owner == self.caller());
                    own.cloned().ok_or_else(|| $missing(id).into())
                }
            )*
        }
    };
}

/// The case of something that had been found by its name and is gone.
fn gone(id: impl ToString) -> Rejection {
    IamRejection::Gone(id.to_string()).into()
}

lookups! {
    user(UserId) -> User, users, gone;
    role(RoleId) -> Role, roles, gone;
    vpc(VpcId) -> Vpc, vpcs, NotFound::Vpc;
    subnet(SubnetId) -> Subnet, subnets, NotFound::Subnet;
    route_table(RouteTableId) -> RouteTable, route_tables, NotFound::RouteTable;
    network_acl(NetworkAclId) -> NetworkAcl, network_acls, NotFound::NetworkAcl;
    security_group(SecurityGroupId) -> SecurityGroup, security_groups, NotFound::SecurityGroup;
    network_interface(NetworkInterfaceId) -> NetworkInterface, network_interfaces, NotFound::NetworkInterface;
    instance(InstanceId) -> Instance, instances, NotFound::Instance;
    load_balancer(LoadBalancerId) -> LoadBalancer, load_balancers, NotFound::LoadBalancer;
    listener(ListenerId) -> Listener, listeners, NotFound::Listener;
    target_group(TargetGroupId) -> TargetGroup, target_groups, NotFound::TargetGroup;
    endpoint_service(EndpointServiceId) -> EndpointService, endpoint_services, NotFound::VpcEndpointServiceId;
    connection_notification(ConnectionNotificationId) -> ConnectionNotification, connection_notifications, Messaging::NoConnectionNotification;
}

impl Transaction<'_, '_> {
    /// The caller's managed policy with that id.
    pub(crate) fn policy(&self, id: PolicyId) -> Result<Arc<ManagedPolicy>, Rejection> {
        let found = self.state().tables().managed_policies.get(&id);
        let own = found.filter(|policy| policy.owner == Some(self.caller()));
        own.cloned().ok_or_else(|| gone(id))
    }

    /// The caller's endpoint with that id, unless it is deleted.
    pub(crate) fn vpc_endpoint(&self, id: VpcEndpointId) -> Result<Arc<VpcEndpoint>, Rejection> {
        let own = self
            .live_endpoint(id)
            .filter(|it| it.owner == self.caller());
        own.ok_or_else(|| NotFound::VpcEndpointId(id).into())
    }

    /// Anybody's endpoint with that id, unless it is deleted.
    pub(crate) fn live_endpoint(&self, id: VpcEndpointId) -> Option<Arc<VpcEndpoint>> {
        let found = self.state().tables().vpc_endpoints.get(&id);
        found.filter(|it| !it.state.is_deleted()).cloned()
    }
}

/// Refuses one more of what there are already `count`, when the quota is reached.
pub(crate) fn within_quota(count: usize, quota: u32, limit: Limit) -> Result<(), Rejection> {
    if over_quota(count, quota) {
        return Err(limit.into());
    }
    Ok(())
}

/// Whether one more than `count` is too many.
pub(crate) fn over_quota(count: usize, quota: u32) -> bool {
    count >= usize::try_from(quota).unwrap_or(usize::MAX)
}
