//! Indexes: which resources belong to which. What each kind of resource enters where stands in `entries.rs`.
//!
//! Invariant: an index's counts follow from its pairs, so that equal contents are equal values.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt::Debug;
use std::net::Ipv4Addr;
use std::ops::Bound;

use equivalent::{Comparable, Equivalent};
use imbl::{OrdMap, OrdSet};

use crate::account::AccessKeyId;
use crate::connection_notification::NotificationSubject;
use crate::iam::{FoldedName, PolicyId, RoleId, UserId};
use crate::id::{
    AccountId, ConnectionNotificationId, EndpointServiceId, InstanceId, ListenerId, LoadBalancerId,
    NetworkAclId, NetworkInterfaceId, ReservationId, RouteTableAssociationId, RouteTableId,
    SecurityGroupId, SecurityGroupRuleId, ServicePermissionId, SubnetId, TargetGroupId, TopicId,
    VpcEndpointConnectionId, VpcEndpointId, VpcId,
};
use crate::load_balancer::ElbName;
use crate::message::DeliveryKey;
use crate::resource::Key;
use crate::subscription::ConfirmationToken;
use crate::target::TargetKey;
use crate::time::Timestamp;
use crate::topic::TopicAddress;
use crate::uuid::{ConnectionEventId, MessageId, SubscriptionId};

/// From each key to an ordered set of values: one set of pairs, since most keys have one value.
#[derive(Clone)]
pub struct Index<K: Ord, V: Ord> {
    pairs: OrdSet<(K, V)>,
    /// How many values a key has, where they are more than one.
    counts: OrdMap<K, usize>,
}

/// A place among the pairs of an index that is no pair's own.
struct Place<'p, Q: ?Sized, V> {
    key: &'p Q,
    edge: Edge<'p, V>,
}

enum Edge<'p, V> {
    /// Before all values of the key.
    Start,
    /// Right after a value of the key.
    After(&'p V),
    /// After all values of the key.
    End,
}

impl<K: Borrow<Q>, V: Ord, Q: Ord + ?Sized> Comparable<(K, V)> for Place<'_, Q, V> {
    fn compare(&self, (key, value): &(K, V)) -> Ordering {
        self.key.cmp(key.borrow()).then_with(|| match self.edge {
            Edge::Start => Ordering::Less,
            Edge::After(after) => after.cmp(value).then(Ordering::Greater),
            Edge::End => Ordering::Greater,
        })
    }
}

impl<K: Borrow<Q>, V: Ord, Q: Ord + ?Sized> Equivalent<(K, V)> for Place<'_, Q, V> {
    fn equivalent(&self, _: &(K, V)) -> bool {
        false
    }
}

impl<K: Ord + Clone, V: Ord + Clone> Index<K, V> {
    fn new() -> Self {
        Self {
            pairs: OrdSet::new(),
            counts: OrdMap::new(),
        }
    }

    /// The values of a key, in order.
    pub fn of<'i, Q>(&'i self, key: &Q) -> impl Iterator<Item = &'i V> + use<'i, K, V, Q>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.of_after(key, None)
    }

    /// The values of a key that come after another value, in order: one page after another without counting.
    pub fn of_after<'i, Q>(
        &'i self,
        key: &Q,
        after: Option<&V>,
    ) -> impl Iterator<Item = &'i V> + use<'i, K, V, Q>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let from = Place {
            key,
            edge: after.map_or(Edge::Start, Edge::After),
        };
        let to = Place {
            key,
            edge: Edge::End,
        };
        self.between(&from, Bound::Excluded(&to))
            .map(|(_, value)| value)
    }

    /// How many values a key has.
    pub fn count(&self, key: &K) -> usize {
        let one = || usize::from(self.first(key).is_some());
        self.counts.get(key).copied().unwrap_or_else(one)
    }

    /// The first value of a key; the only one where the index is unique.
    pub fn first(&self, key: &K) -> Option<&V> {
        let start: Place<'_, K, V> = Place {
            key,
            edge: Edge::Start,
        };
        let (found, value) = self.pairs.get_next(&start)?;
        (found == key).then_some(value)
    }

    /// Every pair of a key and a value of it, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.pairs.iter().map(|(key, value)| (key, value))
    }

    /// The keys from `from` on, in order; each as often as it has values.
    pub(crate) fn keys_from<'a>(&'a self, from: &'a K) -> impl Iterator<Item = &'a K> {
        let from: Place<'_, K, V> = Place {
            key: from,
            edge: Edge::Start,
        };
        self.between(&from, Bound::Unbounded).map(|(key, _)| key)
    }

    fn between<'i, Q>(
        &'i self,
        from: &Place<'_, Q, V>,
        to: Bound<&Place<'_, Q, V>>,
    ) -> impl Iterator<Item = &'i (K, V)> + use<'i, K, V, Q>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let range = (Bound::Excluded(from), to);
        self.pairs.range::<_, Place<'_, Q, V>>(range)
    }

    /// The highest key up to and including `to`, with its last value.
    pub(crate) fn last_up_to(&self, to: &K) -> Option<(&K, &V)> {
        let end: Place<'_, K, V> = Place {
            key: to,
            edge: Edge::End,
        };
        let (key, value) = self.pairs.get_prev(&end)?;
        Some((key, value))
    }

    /// The lowest key.
    pub(crate) fn first_key(&self) -> Option<&K> {
        self.pairs.get_min().map(|(key, _)| key)
    }

    pub(super) fn edit(&mut self, edit: Edit, key: K, value: V) {
        let before = self.count(&key);
        let pair = (key.clone(), value);
        let after = match edit {
            Edit::Insert => before + usize::from(self.pairs.insert(pair).is_none()),
            Edit::Remove => before - usize::from(self.pairs.remove(&pair).is_some()),
        };
        if after > 1 {
            self.counts.insert(key, after);
        } else if before > 1 {
            self.counts.remove(&key);
        }
    }

    /// Takes out the pairs that only `before` has, and enters those that only `after` has. Both are small.
    fn replace(&mut self, before: &Self, after: &Self) {
        for (edit, those, others) in [(Edit::Remove, before, after), (Edit::Insert, after, before)]
        {
            let only_there = those
                .pairs
                .iter()
                .filter(|pair| !others.pairs.contains(*pair));
            for (key, value) in only_there {
                self.edit(edit, key.clone(), value.clone());
            }
        }
    }
}

impl<K: Ord + Clone + Debug, V: Ord + Clone + Debug> Debug for Index<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord, V: Ord> PartialEq for Index<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl<K: Ord, V: Ord> Eq for Index<K, V> {}

/// What keeps a security group from being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityGroupUser {
    /// An interface that is in it.
    NetworkInterface(NetworkInterfaceId),
    /// An endpoint that puts its interfaces in it.
    VpcEndpoint(VpcEndpointId),
    /// A load balancer that puts its nodes in it.
    LoadBalancer(LoadBalancerId),
    /// Another group, one of whose rules names it.
    SecurityGroup(SecurityGroupId),
}

/// Who may see and use an endpoint service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Every account.
    Everybody,
    /// One account, or a user or role of it.
    Account(AccountId),
}

/// What to do with an entry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edit {
    Insert,
    Remove,
}

macro_rules! indexes {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $value:ty;)*) => {
        /// Every index. "by" leads to many, "of" to at most one.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Indexes {
            $($(#[$doc])* pub $name: Index<$key, $value>,)*
        }

        impl Indexes {
            pub(crate) fn new() -> Self {
                Self { $($name: Index::new(),)* }
            }

            /// Takes out what only `before` has, and enters what only `after` has: most changes of a resource touch few of
            /// its entries, or none.
            pub(crate) fn replace(&mut self, before: &Self, after: &Self) {
                $(self.$name.replace(&before.$name, &after.$name);)*
            }
        }
    };
}

indexes! {
    /// The account of an access key.
    account_of_access_key: AccessKeyId => AccountId;
    /// The account of a name.
    account_of_name: String => AccountId;
    /// The user of an access key.
    user_of_access_key: AccessKeyId => UserId;
    /// Names of an account's users.
    user_names: AccountId => FoldedName;
    /// The user of a name.
    user_of_name: (AccountId, FoldedName) => UserId;
    /// Names of an account's roles.
    role_names: AccountId => FoldedName;
    /// The role of a name.
    role_of_name: (AccountId, FoldedName) => RoleId;
    /// Names of an account's managed policies.
    policy_names: AccountId => FoldedName;
    /// The managed policy of a name.
    policy_of_name: (AccountId, FoldedName) => PolicyId;
    /// Users of an account that a managed policy is attached to.
    users_by_policy: (AccountId, PolicyId) => UserId;
    /// Roles of an account that a managed policy is attached to.
    roles_by_policy: (AccountId, PolicyId) => RoleId;
    /// VPCs of an account.
    vpcs_by_account: AccountId => VpcId;
    /// Subnets of an account.
    subnets_by_account: AccountId => SubnetId;
    /// Subnets of a VPC.
    subnets_by_vpc: VpcId => SubnetId;
    /// The subnet of a VPC that starts at an address. Subnets do not overlap, so this finds whose an address is.
    subnet_of_first_address: (VpcId, Ipv4Addr) => SubnetId;
    /// Subnets of a network ACL.
    subnets_by_network_acl: NetworkAclId => SubnetId;
    /// Route tables of an account.
    route_tables_by_account: AccountId => RouteTableId;
    /// Route tables of a VPC.
    route_tables_by_vpc: VpcId => RouteTableId;
    /// The route table that a subnet is associated with; without one it has its VPC's main table.
    route_table_of_subnet: SubnetId => RouteTableId;
    /// The route table of an association.
    route_table_of_association: RouteTableAssociationId => RouteTableId;
    /// Network ACLs of an account.
    network_acls_by_account: AccountId => NetworkAclId;
    /// Network ACLs of a VPC.
    network_acls_by_vpc: VpcId => NetworkAclId;
    /// Security groups of an account.
    security_groups_by_account: AccountId => SecurityGroupId;
    /// Security groups of a VPC.
    security_groups_by_vpc: VpcId => SecurityGroupId;
    /// The security group of a name in a VPC.
    security_group_of_name: (VpcId, String) => SecurityGroupId;
    /// The security group of a rule.
    security_group_of_rule: SecurityGroupRuleId => SecurityGroupId;
    /// What uses a security group.
    security_group_users: SecurityGroupId => SecurityGroupUser;
    /// Interfaces of an account.
    interfaces_by_account: AccountId => NetworkInterfaceId;
    /// Interfaces in a VPC.
    interfaces_by_vpc: VpcId => NetworkInterfaceId;
    /// Interfaces in a subnet.
    interfaces_by_subnet: SubnetId => NetworkInterfaceId;
    /// The interface that has an address of a VPC.
    interface_of_address: (VpcId, Ipv4Addr) => NetworkInterfaceId;
    /// The interface of a number.
    interface_of_number: u32 => NetworkInterfaceId;
    /// Instances of an account, terminated ones included.
    instances_by_account: AccountId => InstanceId;
    /// Instances of an account that are not terminated.
    live_instances_by_account: AccountId => InstanceId;
    /// Instances launched by one request.
    instances_by_reservation: ReservationId => InstanceId;
    /// Load balancers of an account.
    load_balancers_by_account: AccountId => LoadBalancerId;
    /// Load balancers in a VPC.
    load_balancers_by_vpc: VpcId => LoadBalancerId;
    /// The load balancer of a name.
    load_balancer_of_name: (AccountId, ElbName) => LoadBalancerId;
    /// Listeners of a load balancer.
    listeners_by_load_balancer: LoadBalancerId => ListenerId;
    /// Listeners that forward to a target group.
    listeners_by_target_group: TargetGroupId => ListenerId;
    /// Target groups of an account.
    target_groups_by_account: AccountId => TargetGroupId;
    /// Target groups in a VPC.
    target_groups_by_vpc: VpcId => TargetGroupId;
    /// The target group of a name.
    target_group_of_name: (AccountId, ElbName) => TargetGroupId;
    /// Targets of a group.
    targets_by_group: TargetGroupId => TargetKey;
    /// Registrations of an instance as target.
    targets_by_instance: InstanceId => TargetKey;
    /// Endpoint services of an account.
    services_by_account: AccountId => EndpointServiceId;
    /// Endpoint services that someone in an account may use, its own included.
    services_by_audience: Audience => EndpointServiceId;
    /// Endpoint services of a load balancer.
    services_by_load_balancer: LoadBalancerId => EndpointServiceId;
    /// The endpoint service of a permission.
    service_of_permission: ServicePermissionId => EndpointServiceId;
    /// Endpoints of an account.
    endpoints_by_account: AccountId => VpcEndpointId;
    /// Endpoints of a VPC, also deleted ones.
    endpoints_by_vpc: VpcId => VpcEndpointId;
    /// Endpoints of a VPC that are deleted.
    deleted_endpoints_by_vpc: VpcId => VpcEndpointId;
    /// Endpoints of a service.
    endpoints_by_service: EndpointServiceId => VpcEndpointId;
    /// Endpoints of a service that do not keep it from being deleted.
    past_endpoints_by_service: EndpointServiceId => VpcEndpointId;
    /// The endpoint of a VPC that answers for a domain.
    endpoint_of_private_domain: (VpcId, String) => VpcEndpointId;
    /// Endpoint services whose domain's record is looked for, by when that ends.
    sought_verifications: Timestamp => EndpointServiceId;
    /// The endpoint of a connection.
    endpoint_of_connection: VpcEndpointConnectionId => VpcEndpointId;
    /// Topics of an account.
    topics_by_account: AccountId => TopicId;
    /// The topic of an account and name.
    topic_at: TopicAddress => TopicId;
    /// Subscriptions of an account, cancelled ones included.
    subscriptions_by_account: AccountId => SubscriptionId;
    /// Subscriptions of a topic, cancelled ones included.
    subscriptions_by_topic: TopicId => SubscriptionId;
    /// The subscription that a token confirms.
    subscription_of_token: ConfirmationToken => SubscriptionId;
    /// Deliveries of a topic's messages.
    deliveries_by_topic: TopicId => DeliveryKey;
    /// Who is still to get a message.
    deliveries_by_message: MessageId => SubscriptionId;
    /// What a subscription is still to get.
    deliveries_by_subscription: SubscriptionId => MessageId;
    /// Notifications of connections of an account.
    connection_notifications_by_account: AccountId => ConnectionNotificationId;
    /// Notifications of connections that are about a service or endpoint.
    connection_notifications_by_subject: NotificationSubject => ConnectionNotificationId;
    /// Events of connections that an account is to be told of.
    connection_events_by_account: AccountId => ConnectionEventId;
    /// Events of connections, in the order in which they happened.
    connection_events_by_time: Timestamp => ConnectionEventId;
    /// What housekeeping has to do when.
    due: Timestamp => Key;
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few keys and values, so that sets grow, shrink and vanish, over more pairs than one node holds.
        #[test]
        fn an_index_is_a_map_of_sets(edits in prop::collection::vec((any::<bool>(), 0..9_u8, 0..30_u8), 0..400)) {
            let mut index = Index::new();
            let mut sets: BTreeMap<u8, BTreeSet<u8>> = BTreeMap::new();
            for (insert, key, value) in edits {
                let edit = if insert { Edit::Insert } else { Edit::Remove };
                index.edit(edit, key, value);
                let set = sets.entry(key).or_default();
                if insert { set.insert(value) } else { set.remove(&value) };
            }
            for key in 0..9 {
                let set = sets.remove(&key).unwrap_or_default();
                prop_assert_eq!(index.count(&key), set.len());
                prop_assert_eq!(index.first(&key), set.first());
                prop_assert!(index.of(&key).eq(&set));
                prop_assert!(index.of_after(&key, Some(&12)).eq(set.range(13..)));
            }
        }
    }

    #[test]
    fn the_values_after_another_go_on_where_it_stands() {
        let mut index: Index<&str, u32> = Index::new();
        for value in [5, 1, 3] {
            index.edit(Edit::Insert, "key", value);
        }
        let after = |value: Option<u32>| -> Vec<u32> {
            index.of_after("key", value.as_ref()).copied().collect()
        };
        assert_eq!(after(None), [1, 3, 5]);
        assert_eq!(after(Some(1)), [3, 5]);
        assert_eq!(after(Some(2)), [3, 5]);
        assert!(after(Some(5)).is_empty());
        assert_eq!(index.of_after("other", None).count(), 0);
    }
}
