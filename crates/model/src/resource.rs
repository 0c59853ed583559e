//! The list of resource kinds, and what has one case per kind: [`Resource`], [`Key`], [`Tables`].
//!
//! A new kind is one line in the list at the end; the compiler then shows every other place. Invariant: a
//! resource sits in its table under its own key.

use std::fmt::Debug;
use std::ops::Bound;
use std::sync::Arc;

use imbl::OrdMap;

use crate::account::Account;
use crate::client_token::{ClientToken, ClientTokenKey};
use crate::connection_notification::{ConnectionEvent, ConnectionNotification};
use crate::counter::{Counter, CounterKind};
use crate::endpoint_service::EndpointService;
use crate::iam::{ManagedPolicy, PolicyId, Role, RoleId, User, UserId};
use crate::id::{
    AccountId, ConnectionNotificationId, EndpointServiceId, InstanceId, ListenerId, LoadBalancerId,
    NetworkAclId, NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId, TargetGroupId,
    TopicId, VpcEndpointId, VpcId,
};
use crate::instance::Instance;
use crate::listener::Listener;
use crate::load_balancer::LoadBalancer;
use crate::message::{Delivery, DeliveryKey, Message};
use crate::network_acl::NetworkAcl;
use crate::network_interface::NetworkInterface;
use crate::route_table::RouteTable;
use crate::security_group::SecurityGroup;
use crate::settings::Settings;
use crate::subnet::Subnet;
use crate::subscription::Subscription;
use crate::target::{Target, TargetKey};
use crate::target_group::TargetGroup;
use crate::topic::Topic;
use crate::uuid::{ConnectionEventId, MessageId, SubscriptionId};
use crate::vpc::Vpc;
use crate::vpc_endpoint::VpcEndpoint;

/// The key of the settings, of which there is one set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingsKey;

/// Resources of one kind, ordered by key. A clone costs the same whatever it holds.
#[derive(Clone)]
pub struct Table<K: Ord, V>(OrdMap<K, Arc<V>>);

impl<K: Ord + Clone, V> Table<K, V> {
    fn new() -> Self {
        Self(OrdMap::new())
    }

    /// The resource with that key.
    pub fn get(&self, key: &K) -> Option<&Arc<V>> {
        self.0.get(key)
    }

    /// Whether there is one.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// All of them, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<V>> {
        self.0.values()
    }

    /// Those whose keys are greater than `after`, in order: one page after another without counting.
    pub fn iter_after<'a>(&'a self, after: &'a K) -> impl Iterator<Item = &'a Arc<V>> {
        let later = (Bound::Excluded(after), Bound::Unbounded);
        self.0.range::<_, K>(later).map(|(_, value)| value)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Ord + Debug, V: Debug> Debug for Table<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.0.iter()).finish()
    }
}

impl<K: Ord, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Ord, V: Eq> Eq for Table<K, V> {}

macro_rules! resources {
    ($($(#[$doc:meta])* $kind:ident($key:ty), $table:ident, $own_key:expr;)*) => {
        /// One resource of any kind.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Resource {
            $($(#[$doc])* $kind(Arc<$kind>),)*
        }

        /// What names one resource among all.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Key {
            $($(#[$doc])* $kind($key),)*
        }

        impl Resource {
            /// Its key.
            pub fn key(&self) -> Key {
                match self {
                    $(Self::$kind(value) => {
                        let own_key: fn(&$kind) -> $key = $own_key;
                        Key::$kind(own_key(value))
                    })*
                }
            }
        }

        $(impl From<$kind> for Resource {
            fn from(value: $kind) -> Self {
                Self::$kind(Arc::new(value))
            }
        })*

        /// Every resource, one table per kind.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Tables {
            $($(#[$doc])* pub $table: Table<$key, $kind>,)*
        }

        impl Tables {
            pub(crate) fn new() -> Self {
                Self { $($table: Table::new(),)* }
            }

            /// The resource with that key.
            pub fn resource(&self, key: &Key) -> Option<Resource> {
                match key {
                    $(Key::$kind(key) => self.$table.get(key).cloned().map(Resource::$kind),)*
                }
            }

            /// Every resource, kind by kind.
            pub fn resources(&self) -> impl Iterator<Item = Resource> {
                std::iter::empty()
                    $(.chain(self.$table.iter().cloned().map(Resource::$kind)))*
            }

            pub(crate) fn put(&mut self, resource: &Resource) {
                match resource {
                    $(Resource::$kind(value) => {
                        let own_key: fn(&$kind) -> $key = $own_key;
                        self.$table.0.insert(own_key(value), Arc::clone(value));
                    })*
                }
            }

            pub(crate) fn delete(&mut self, key: &Key) {
                match key {
                    $(Key::$kind(key) => { self.$table.0.remove(key); })*
                }
            }
        }
    };
}

resources! {
    /// The installation's settings.
    Settings(SettingsKey), settings, |_| SettingsKey;
    /// Counters of numbers.
    Counter(CounterKind), counters, |counter| counter.kind;
    /// Accounts.
    Account(AccountId), accounts, |account| account.id;
    /// Users.
    User(UserId), users, |user| user.id;
    /// Roles.
    Role(RoleId), roles, |role| role.id;
    /// Managed policies.
    ManagedPolicy(PolicyId), managed_policies, |policy| policy.id;
    /// VPCs.
    Vpc(VpcId), vpcs, |vpc| vpc.id;
    /// Subnets.
    Subnet(SubnetId), subnets, |subnet| subnet.id;
    /// Route tables.
    RouteTable(RouteTableId), route_tables, |table| table.id;
    /// Network ACLs.
    NetworkAcl(NetworkAclId), network_acls, |acl| acl.id;
    /// Security groups.
    SecurityGroup(SecurityGroupId), security_groups, |group| group.id;
    /// Network interfaces.
    NetworkInterface(NetworkInterfaceId), network_interfaces, |interface| interface.id;
    /// Instances.
    Instance(InstanceId), instances, |instance| instance.id;
    /// Load balancers.
    LoadBalancer(LoadBalancerId), load_balancers, |balancer| balancer.id;
    /// Listeners.
    Listener(ListenerId), listeners, |listener| listener.id;
    /// Target groups.
    TargetGroup(TargetGroupId), target_groups, |group| group.id;
    /// Targets.
    Target(TargetKey), targets, |target| target.key;
    /// Endpoint services.
    EndpointService(EndpointServiceId), endpoint_services, |service| service.id;
    /// VPC endpoints.
    VpcEndpoint(VpcEndpointId), vpc_endpoints, |endpoint| endpoint.id;
    /// Topics.
    Topic(TopicId), topics, |topic| topic.id;
    /// Subscriptions.
    Subscription(SubscriptionId), subscriptions, |subscription| subscription.id;
    /// Messages.
    Message(MessageId), messages, |message| message.id;
    /// Deliveries of messages.
    Delivery(DeliveryKey), deliveries, |delivery| delivery.key;
    /// Notifications of connections.
    ConnectionNotification(ConnectionNotificationId), connection_notifications, |one| one.id;
    /// Events of connections.
    ConnectionEvent(ConnectionEventId), connection_events, |event| event.id;
    /// Client tokens.
    ClientToken(ClientTokenKey), client_tokens, |token| token.key.clone();
}
