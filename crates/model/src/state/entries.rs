//! What each kind of resource enters in which index: the one place that keeps [`Indexes`].

use std::time::Duration;

use super::index::{Audience, Edit, Indexes, SecurityGroupUser};
use crate::endpoint_service::EndpointService;
use crate::iam::{ManagedPolicy, Role, User};
use crate::instance::{Instance, InstanceState};
use crate::limits::{DELETED_ENDPOINT_SECS, TERMINATED_INSTANCE_SECS};
use crate::load_balancer::LoadBalancer;
use crate::message::{Delivery, DeliveryKey};
use crate::network_interface::NetworkInterface;
use crate::principal::Principal;
use crate::private_dns::DomainVerification;
use crate::resource::{Key, Resource};
use crate::route_table::{RouteTable, RouteTableUser};
use crate::security_group::{Peer, SecurityGroup};
use crate::subnet::Subnet;
use crate::subscription::{Subscription, SubscriptionState};
use crate::target::{Registration, Target, TargetId};
use crate::vpc_endpoint::{VpcEndpoint, VpcEndpointState};

impl Indexes {
    /// The entries of one resource alone.
    pub(crate) fn of(resource: &Resource) -> Self {
        let mut entries = Self::new();
        entries.insert(resource);
        entries
    }

    /// Enters a resource everywhere.
    pub(crate) fn insert(&mut self, resource: &Resource) {
        self.edit(Edit::Insert, resource);
    }

    /// Takes out what [`Self::insert`] has entered for the same resource.
    pub(crate) fn remove(&mut self, resource: &Resource) {
        self.edit(Edit::Remove, resource);
    }

    fn edit(&mut self, edit: Edit, resource: &Resource) {
        match resource {
            Resource::Settings(_) | Resource::Counter(_) => {}
            Resource::Account(account) => {
                self.account_of_access_key
                    .edit(edit, account.root_key.id.clone(), account.id);
                self.account_of_name
                    .edit(edit, account.name.clone(), account.id);
            }
            Resource::User(user) => self.edit_user(edit, user),
            Resource::Role(role) => self.edit_role(edit, role),
            Resource::ManagedPolicy(policy) => self.edit_policy(edit, policy),
            Resource::Vpc(vpc) => self.vpcs_by_account.edit(edit, vpc.owner, vpc.id),
            Resource::Subnet(subnet) => self.edit_subnet(edit, subnet),
            Resource::RouteTable(table) => self.edit_route_table(edit, table),
            Resource::NetworkAcl(acl) => {
                self.network_acls_by_account.edit(edit, acl.owner, acl.id);
                self.network_acls_by_vpc.edit(edit, acl.vpc, acl.id);
            }
            Resource::SecurityGroup(group) => self.edit_security_group(edit, group),
            Resource::NetworkInterface(interface) => self.edit_interface(edit, interface),
            Resource::Instance(instance) => self.edit_instance(edit, instance),
            Resource::LoadBalancer(balancer) => self.edit_load_balancer(edit, balancer),
            Resource::Listener(listener) => {
                self.listeners_by_load_balancer
                    .edit(edit, listener.load_balancer, listener.id);
                self.listeners_by_target_group.edit(
                    edit,
                    listener.forward.target_group,
                    listener.id,
                );
            }
            Resource::TargetGroup(group) => {
                self.target_groups_by_account
                    .edit(edit, group.owner, group.id);
                self.target_groups_by_vpc.edit(edit, group.vpc, group.id);
                self.target_group_of_name
                    .edit(edit, (group.owner, group.name.clone()), group.id);
            }
            Resource::Target(target) => self.edit_target(edit, target),
            Resource::EndpointService(service) => self.edit_service(edit, service),
            Resource::VpcEndpoint(endpoint) => self.edit_endpoint(edit, endpoint),
            Resource::Topic(topic) => {
                self.topics_by_account.edit(edit, topic.owner, topic.id);
                self.topic_at.edit(edit, topic.address(), topic.id);
            }
            Resource::Subscription(subscription) => self.edit_subscription(edit, subscription),
            Resource::Message(_) => {}
            Resource::Delivery(delivery) => self.edit_delivery(edit, delivery),
            Resource::ConnectionNotification(one) => {
                self.connection_notifications_by_account
                    .edit(edit, one.owner, one.id);
                self.connection_notifications_by_subject
                    .edit(edit, one.subject, one.id);
            }
            Resource::ConnectionEvent(event) => {
                self.connection_events_by_account
                    .edit(edit, event.owner, event.id);
                self.connection_events_by_time
                    .edit(edit, event.at, event.id);
            }
            Resource::ClientToken(token) => {
                self.due
                    .edit(edit, token.expires, Key::ClientToken(token.key.clone()));
            }
        }
    }

    fn edit_user(&mut self, edit: Edit, user: &User) {
        let name = user.name.folded();
        self.user_names.edit(edit, user.owner, name.clone());
        self.user_of_name.edit(edit, (user.owner, name), user.id);
        for key in user.access_keys.keys() {
            self.user_of_access_key.edit(edit, key.clone(), user.id);
        }
        for policy in &user.policies.attached {
            self.users_by_policy
                .edit(edit, (user.owner, *policy), user.id);
        }
    }

    fn edit_role(&mut self, edit: Edit, role: &Role) {
        let name = role.name.folded();
        self.role_names.edit(edit, role.owner, name.clone());
        self.role_of_name.edit(edit, (role.owner, name), role.id);
        for policy in &role.policies.attached {
            self.roles_by_policy
                .edit(edit, (role.owner, *policy), role.id);
        }
    }

    fn edit_policy(&mut self, edit: Edit, policy: &ManagedPolicy) {
        let Some(owner) = policy.owner else {
            return; // AWS's own are found without an index.
        };
        let name = policy.name.folded();
        self.policy_names.edit(edit, owner, name.clone());
        self.policy_of_name.edit(edit, (owner, name), policy.id);
    }

    fn edit_subnet(&mut self, edit: Edit, subnet: &Subnet) {
        self.subnets_by_account.edit(edit, subnet.owner, subnet.id);
        self.subnets_by_vpc.edit(edit, subnet.vpc, subnet.id);
        let first_address = (subnet.vpc, subnet.cidr.network());
        self.subnet_of_first_address
            .edit(edit, first_address, subnet.id);
        self.subnets_by_network_acl
            .edit(edit, subnet.network_acl, subnet.id);
    }

    fn edit_route_table(&mut self, edit: Edit, table: &RouteTable) {
        self.route_tables_by_account
            .edit(edit, table.owner, table.id);
        self.route_tables_by_vpc.edit(edit, table.vpc, table.id);
        for (association, user) in &table.associations {
            self.route_table_of_association
                .edit(edit, *association, table.id);
            match user {
                RouteTableUser::Main => {}
                RouteTableUser::Subnet(subnet) => {
                    self.route_table_of_subnet.edit(edit, *subnet, table.id)
                }
            }
        }
    }

    fn edit_security_group(&mut self, edit: Edit, group: &SecurityGroup) {
        self.security_groups_by_account
            .edit(edit, group.owner, group.id);
        self.security_groups_by_vpc.edit(edit, group.vpc, group.id);
        self.security_group_of_name
            .edit(edit, (group.vpc, group.name.clone()), group.id);
        for (id, rule) in &group.rules {
            self.security_group_of_rule.edit(edit, *id, group.id);
            match rule.peer {
                Peer::Group(peer) if peer != group.id => {
                    self.security_group_users.edit(
                        edit,
                        peer,
                        SecurityGroupUser::SecurityGroup(group.id),
                    );
                }
                Peer::Group(_) | Peer::Cidr(_) => {}
            }
        }
    }

    fn edit_interface(&mut self, edit: Edit, interface: &NetworkInterface) {
        let id = interface.id;
        self.interfaces_by_account.edit(edit, interface.owner, id);
        self.interfaces_by_vpc.edit(edit, interface.vpc, id);
        self.interfaces_by_subnet.edit(edit, interface.subnet, id);
        self.interface_of_address
            .edit(edit, (interface.vpc, interface.address), id);
        self.interface_of_number.edit(edit, interface.number, id);
        for group in &interface.groups {
            self.security_group_users
                .edit(edit, *group, SecurityGroupUser::NetworkInterface(id));
        }
    }

    fn edit_instance(&mut self, edit: Edit, instance: &Instance) {
        self.instances_by_account
            .edit(edit, instance.owner, instance.id);
        self.instances_by_reservation
            .edit(edit, instance.reservation, instance.id);
        match instance.state {
            InstanceState::Pending | InstanceState::Running | InstanceState::ShuttingDown => {
                self.live_instances_by_account
                    .edit(edit, instance.owner, instance.id);
            }
            InstanceState::Terminated { at } => {
                let forgotten = at.plus(Duration::from_secs(TERMINATED_INSTANCE_SECS));
                self.due.edit(edit, forgotten, Key::Instance(instance.id));
            }
        }
    }

    fn edit_load_balancer(&mut self, edit: Edit, balancer: &LoadBalancer) {
        self.load_balancers_by_account
            .edit(edit, balancer.owner, balancer.id);
        self.load_balancers_by_vpc
            .edit(edit, balancer.vpc, balancer.id);
        self.load_balancer_of_name
            .edit(edit, (balancer.owner, balancer.name.clone()), balancer.id);
        for group in &balancer.security_groups {
            self.security_group_users.edit(
                edit,
                *group,
                SecurityGroupUser::LoadBalancer(balancer.id),
            );
        }
    }

    fn edit_target(&mut self, edit: Edit, target: &Target) {
        self.targets_by_group
            .edit(edit, target.key.group, target.key);
        match target.key.id {
            TargetId::Instance(instance) => {
                self.targets_by_instance.edit(edit, instance, target.key)
            }
            TargetId::Ip(_) => {}
        }
        match target.registration {
            Registration::Registered { .. } => {}
            Registration::Draining { until } | Registration::Severed { until } => {
                self.due.edit(edit, until, Key::Target(target.key))
            }
        }
    }

    fn edit_service(&mut self, edit: Edit, service: &EndpointService) {
        self.services_by_account
            .edit(edit, service.owner, service.id);
        self.services_by_audience
            .edit(edit, Audience::Account(service.owner), service.id);
        for balancer in service.load_balancers.keys() {
            self.services_by_load_balancer
                .edit(edit, *balancer, service.id);
        }
        let verification = service.private_dns.as_ref().map(|own| own.verification);
        if let Some(until) = verification.and_then(DomainVerification::is_sought_until) {
            self.sought_verifications.edit(edit, until, service.id);
            self.due.edit(edit, until, Key::EndpointService(service.id));
        }
        for (id, permission) in &service.permissions {
            self.service_of_permission.edit(edit, *id, service.id);
            let audience = match permission.principal {
                Principal::All => Audience::Everybody,
                Principal::Account { account, .. }
                | Principal::User { account, .. }
                | Principal::Role { account, .. } => Audience::Account(account),
                Principal::Service(_) => continue,
            };
            self.services_by_audience.edit(edit, audience, service.id);
        }
    }

    fn edit_subscription(&mut self, edit: Edit, subscription: &Subscription) {
        let id = subscription.id;
        self.subscriptions_by_account
            .edit(edit, subscription.owner, id);
        self.subscriptions_by_topic
            .edit(edit, subscription.topic, id);
        self.subscription_of_token
            .edit(edit, subscription.token.clone(), id);
        match subscription.state {
            SubscriptionState::Pending { expires } | SubscriptionState::Cancelled { expires } => {
                self.due.edit(edit, expires, Key::Subscription(id));
            }
            SubscriptionState::Confirmed { .. } => {}
        }
    }

    fn edit_delivery(&mut self, edit: Edit, delivery: &Delivery) {
        let DeliveryKey {
            subscription,
            message,
        } = delivery.key;
        self.deliveries_by_topic
            .edit(edit, delivery.topic, delivery.key);
        self.deliveries_by_message.edit(edit, message, subscription);
        self.deliveries_by_subscription
            .edit(edit, subscription, message);
    }

    fn edit_endpoint(&mut self, edit: Edit, endpoint: &VpcEndpoint) {
        let id = endpoint.id;
        self.endpoints_by_account.edit(edit, endpoint.owner, id);
        self.endpoints_by_vpc.edit(edit, endpoint.vpc, id);
        self.endpoints_by_service.edit(edit, endpoint.service, id);
        self.endpoint_of_connection
            .edit(edit, endpoint.connection, id);
        for group in &endpoint.groups {
            self.security_group_users
                .edit(edit, *group, SecurityGroupUser::VpcEndpoint(id));
        }
        if !endpoint.state.blocks_service_deletion() {
            self.past_endpoints_by_service
                .edit(edit, endpoint.service, id);
        }
        if endpoint.state.is_deleted() {
            self.deleted_endpoints_by_vpc.edit(edit, endpoint.vpc, id);
        }
        if let Some(own) = &endpoint.private_dns
            && endpoint.state.holds_names()
        {
            let domain = own.name.domain().to_owned();
            self.endpoint_of_private_domain
                .edit(edit, (endpoint.vpc, domain), id);
        }
        let due = match endpoint.state {
            VpcEndpointState::PendingAcceptance => endpoint.acceptance_until,
            VpcEndpointState::Deleted { at } => at.plus(Duration::from_secs(DELETED_ENDPOINT_SECS)),
            VpcEndpointState::Pending
            | VpcEndpointState::Available
            | VpcEndpointState::Rejected
            | VpcEndpointState::Expired
            | VpcEndpointState::Failed
            | VpcEndpointState::Deleting => return,
        };
        self.due.edit(edit, due, Key::VpcEndpoint(id));
    }
}
