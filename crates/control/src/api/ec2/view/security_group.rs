//! Security groups.

use std::collections::BTreeMap;

use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use ipnet::IpNet;
use model::arn::Arn;
use model::rejection::NotFound;
use model::security_group::{Direction, Peer, Traffic};
use model::{AccountId, SecurityGroup, SecurityGroupId, State, Tags, VpcId};

use super::tag::TagSet;
use crate::api::listing::{Described, Narrowing};
use crate::api::view::{View, owned};

owned!(
    SecurityGroup,
    SecurityGroupId,
    security_groups,
    security_groups_by_account,
    NotFound::SecurityGroup
);

impl Described for SecurityGroup {
    const NARROWINGS: &'static [Narrowing<Self>] = &[("vpc-id", |call, wanted| {
        wanted.of(&call.state.indexes().security_groups_by_vpc)
    })];
}

response! {
    /// A security group.
    pub(in crate::api::ec2) struct SecurityGroupItem {
        /// Id.
        group_id: SecurityGroupId = "groupId",
        /// ARN.
        arn: String = "securityGroupArn",
        /// Name.
        group_name: String = "groupName",
        /// Description.
        group_description: String = "groupDescription",
        /// VPC.
        vpc_id: VpcId = "vpcId",
        /// Account.
        owner_id: AccountId = "ownerId",
        /// Rules towards interfaces.
        ip_permissions: Vec<PermissionItem> = "ipPermissions",
        /// Rules away from interfaces.
        ip_permissions_egress: Vec<PermissionItem> = "ipPermissionsEgress",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// All rules of a direction for the same traffic.
    pub(in crate::api::ec2) struct PermissionItem {
        /// Protocol.
        ip_protocol: String = "ipProtocol",
        /// First port, or ICMP type.
        from_port: Option<i32> = "fromPort",
        /// Last port, or ICMP code.
        to_port: Option<i32> = "toPort",
        /// Peers by group.
        groups: Vec<GroupPeer> = "groups",
        /// Peers by IPv4 address.
        ip_ranges: Vec<IpRange> = "ipRanges",
        /// Peers by IPv6 address.
        ipv6_ranges: Vec<Ipv6Range> = "ipv6Ranges",
        /// Peers by prefix list.
        prefix_list_ids: Vec<String> = "prefixListIds",
    }
}

response! {
    /// A group as peer.
    pub(in crate::api::ec2) struct GroupPeer {
        /// Its account.
        user_id: AccountId = "userId",
        /// The group.
        group_id: SecurityGroupId = "groupId",
        /// The rule's description.
        description: Option<String> = "description",
    }
}

response! {
    /// IPv4 addresses as peer.
    pub(in crate::api::ec2) struct IpRange {
        /// The addresses.
        cidr_ip: String = "cidrIp",
        /// The rule's description.
        description: Option<String> = "description",
    }
}

response! {
    /// IPv6 addresses as peer.
    pub(in crate::api::ec2) struct Ipv6Range {
        /// The addresses.
        cidr_ipv6: String = "cidrIpv6",
        /// The rule's description.
        description: Option<String> = "description",
    }
}

/// The ARN of a group.
pub(in crate::api::ec2) fn arn(state: &State, group: &SecurityGroup) -> String {
    Arn::ec2(state.settings(), group.owner, "security-group", group.id).to_string()
}

/// The rules of one direction, those for the same traffic together.
fn permissions(group: &SecurityGroup, direction: Direction) -> Vec<PermissionItem> {
    let mut items: BTreeMap<Traffic, PermissionItem> = BTreeMap::new();
    for (_, rule) in group.rules_of(direction) {
        let ports = rule.traffic.aws_ports();
        let item = items.entry(rule.traffic).or_insert_with(|| PermissionItem {
            ip_protocol: rule.traffic.aws_protocol(),
            from_port: ports.map(|(from, _)| from),
            to_port: ports.map(|(_, to)| to),
            groups: Vec::new(),
            ip_ranges: Vec::new(),
            ipv6_ranges: Vec::new(),
            prefix_list_ids: Vec::new(),
        });
        let description = rule.description.clone();
        match rule.peer {
            // Rules can name groups of the same account only.
            Peer::Group(group_id) => {
                item.groups.push(GroupPeer {
                    user_id: group.owner,
                    group_id,
                    description,
                });
            }
            Peer::Cidr(IpNet::V4(net)) => {
                item.ip_ranges.push(IpRange {
                    cidr_ip: net.to_string(),
                    description,
                });
            }
            Peer::Cidr(IpNet::V6(net)) => {
                item.ipv6_ranges.push(Ipv6Range {
                    cidr_ipv6: net.to_string(),
                    description,
                });
            }
        }
    }
    items.into_values().collect()
}

impl From<View<'_, SecurityGroup>> for SecurityGroupItem {
    fn from(group: View<'_, SecurityGroup>) -> Self {
        Self {
            group_id: group.id,
            arn: arn(group.state, &group),
            group_name: group.name.clone(),
            group_description: group.description.clone(),
            vpc_id: group.vpc,
            owner_id: group.owner,
            ip_permissions: permissions(&group, Direction::Ingress),
            ip_permissions_egress: permissions(&group, Direction::Egress),
            tags: TagSet::from(&group.tags),
        }
    }
}

response! {
    /// A group that something is in.
    pub(in crate::api::ec2) struct GroupIdentifier {
        /// Id.
        group_id: SecurityGroupId = "groupId",
        /// Name.
        group_name: String = "groupName",
    }
}

impl GroupIdentifier {
    /// Groups by id.
    pub(in crate::api::ec2) fn all<'a>(
        state: &State,
        ids: impl IntoIterator<Item = &'a SecurityGroupId>,
    ) -> Vec<Self> {
        let groups = &state.tables().security_groups;
        let identify = |id: &SecurityGroupId| Self {
            group_id: *id,
            group_name: groups
                .get(id)
                .map(|group| group.name.clone())
                .unwrap_or_default(),
        };
        ids.into_iter().map(identify).collect()
    }
}

/// A filter on the rules of one direction: its name, and what it takes of a rule.
macro_rules! rule_filters {
    ($direction:expr, $prefix:literal) => {
        [
            FilterSpec::exact(concat!($prefix, ".cidr"), |group: &Self, values| {
                for (_, rule) in group.rules_of($direction) {
                    if let Peer::Cidr(IpNet::V4(net)) = rule.peer {
                        values.display(net);
                    }
                }
            }),
            FilterSpec::exact(concat!($prefix, ".ipv6-cidr"), |group: &Self, values| {
                for (_, rule) in group.rules_of($direction) {
                    if let Peer::Cidr(IpNet::V6(net)) = rule.peer {
                        values.display(net);
                    }
                }
            }),
            FilterSpec::exact(concat!($prefix, ".group-id"), |group: &Self, values| {
                for (_, rule) in group.rules_of($direction) {
                    if let Peer::Group(id) = rule.peer {
                        values.display(id);
                    }
                }
            }),
            FilterSpec::exact(concat!($prefix, ".group-name"), |group: &Self, values| {
                let groups = &group.state.tables().security_groups;
                for (_, rule) in group.rules_of($direction) {
                    if let Peer::Group(id) = rule.peer {
                        let peer = groups.get(&id).into_iter();
                        peer.for_each(|peer| values.text(&peer.name));
                    }
                }
            }),
            FilterSpec::exact(concat!($prefix, ".user-id"), |group: &Self, values| {
                // Rules can name groups of the same account only.
                for (_, rule) in group.rules_of($direction) {
                    if let Peer::Group(_) = rule.peer {
                        values.display(group.owner);
                    }
                }
            }),
            FilterSpec::any_case(concat!($prefix, ".protocol"), |group: &Self, values| {
                for (_, rule) in group.rules_of($direction) {
                    values.text(&rule.traffic.aws_protocol());
                }
            }),
            FilterSpec::exact(concat!($prefix, ".from-port"), |group: &Self, values| {
                for (_, rule) in group.rules_of($direction) {
                    rule.traffic
                        .aws_ports()
                        .into_iter()
                        .for_each(|(from, _)| values.display(from));
                }
            }),
            FilterSpec::exact(concat!($prefix, ".to-port"), |group: &Self, values| {
                for (_, rule) in group.rules_of($direction) {
                    rule.traffic
                        .aws_ports()
                        .into_iter()
                        .for_each(|(_, to)| values.display(to));
                }
            }),
        ]
    };
}

impl Filterable for View<'_, SecurityGroup> {
    fn filters() -> Vec<FilterSpec<Self>> {
        let mut filters: Vec<FilterSpec<Self>> = vec![
            FilterSpec::exact("description", |group, values| {
                values.text(&group.description)
            }),
            FilterSpec::exact("group-id", |group, values| values.display(group.id)),
            FilterSpec::exact("group-name", |group, values| values.text(&group.name)),
            FilterSpec::exact("owner-id", |group, values| values.display(group.owner)),
            FilterSpec::exact("vpc-id", |group, values| values.display(group.vpc)),
        ];
        filters.extend(rule_filters!(Direction::Ingress, "ip-permission"));
        filters.extend(rule_filters!(Direction::Egress, "egress.ip-permission"));
        filters
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.resource().tags)
    }
}
