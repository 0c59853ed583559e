//! Rules of security groups, each by itself.

use aws_wire::ApiError;
use aws_wire::filter::{FilterSpec, Filterable};
use aws_wire::response;
use ipnet::IpNet;
use model::arn::Arn;
use model::rejection::NotFound;
use model::security_group::{Direction, Peer, SecurityGroupRule};
use model::{AccountId, SecurityGroup, SecurityGroupId, SecurityGroupRuleId, Tags, VpcId};

use super::tag::TagSet;
use crate::api::call::Call;
use crate::api::listing::{Ids, Item, Listed, Wanted};
use crate::api::view::{AccountIndexed, View};

/// A rule with its group.
#[derive(Clone, Copy)]
pub(in crate::api::ec2) struct RuleView<'s> {
    id: SecurityGroupRuleId,
    group: View<'s, SecurityGroup>,
    rule: &'s SecurityGroupRule,
}

impl<'s> RuleView<'s> {
    /// The rule of a group.
    pub(in crate::api::ec2) fn of(
        group: View<'s, SecurityGroup>,
        id: SecurityGroupRuleId,
    ) -> Option<Self> {
        group
            .resource()
            .rules
            .get(&id)
            .map(|rule| Self { id, group, rule })
    }

    const fn is_egress(&self) -> bool {
        matches!(self.rule.direction, Direction::Egress)
    }

    fn cidr_ipv4(&self) -> Option<String> {
        match self.rule.peer {
            Peer::Cidr(IpNet::V4(net)) => Some(net.to_string()),
            Peer::Cidr(IpNet::V6(_)) | Peer::Group(_) => None,
        }
    }

    fn cidr_ipv6(&self) -> Option<String> {
        match self.rule.peer {
            Peer::Cidr(IpNet::V6(net)) => Some(net.to_string()),
            Peer::Cidr(IpNet::V4(_)) | Peer::Group(_) => None,
        }
    }

    const fn peer_group(&self) -> Option<SecurityGroupId> {
        match self.rule.peer {
            Peer::Group(id) => Some(id),
            Peer::Cidr(_) => None,
        }
    }
}

response! {
    /// A rule.
    pub(in crate::api::ec2) struct RuleItem {
        /// Id.
        security_group_rule_id: SecurityGroupRuleId = "securityGroupRuleId",
        /// ARN.
        arn: String = "securityGroupRuleArn",
        /// Group.
        group_id: SecurityGroupId = "groupId",
        /// The group's account.
        group_owner_id: AccountId = "groupOwnerId",
        /// Direction.
        is_egress: bool = "isEgress",
        /// Protocol.
        ip_protocol: String = "ipProtocol",
        /// First port, or ICMP type; -1 for all.
        from_port: i32 = "fromPort",
        /// Last port, or ICMP code; -1 for all.
        to_port: i32 = "toPort",
        /// Peer by IPv4 address.
        cidr_ipv4: Option<String> = "cidrIpv4",
        /// Peer by IPv6 address.
        cidr_ipv6: Option<String> = "cidrIpv6",
        /// Peer by group.
        referenced_group_info: Option<ReferencedGroup> = "referencedGroupInfo",
        /// Description.
        description: Option<String> = "description",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

response! {
    /// A group as peer.
    pub(in crate::api::ec2) struct ReferencedGroup {
        /// The group.
        group_id: SecurityGroupId = "groupId",
        /// Its account.
        user_id: AccountId = "userId",
        /// Its VPC.
        vpc_id: VpcId = "vpcId",
    }
}

response! {
    /// A rule that was removed.
    pub(in crate::api::ec2) struct RevokedRuleItem {
        /// Id.
        security_group_rule_id: SecurityGroupRuleId = "securityGroupRuleId",
        /// Group.
        group_id: SecurityGroupId = "groupId",
        /// Direction.
        is_egress: bool = "isEgress",
        /// Protocol.
        ip_protocol: String = "ipProtocol",
        /// First port, or ICMP type; -1 for all.
        from_port: i32 = "fromPort",
        /// Last port, or ICMP code; -1 for all.
        to_port: i32 = "toPort",
        /// Peer by IPv4 address.
        cidr_ipv4: Option<String> = "cidrIpv4",
        /// Peer by IPv6 address.
        cidr_ipv6: Option<String> = "cidrIpv6",
        /// Peer by group.
        referenced_group_id: Option<SecurityGroupId> = "referencedGroupId",
        /// Description.
        description: Option<String> = "description",
    }
}

/// What stands for every port, where a list of rules always shows ports.
const ALL_PORTS: (i32, i32) = (-1, -1);

impl From<RuleView<'_>> for RuleItem {
    fn from(view: RuleView<'_>) -> Self {
        let (group, rule) = (view.group, view.rule);
        let settings = group.state.settings();
        let (from_port, to_port) = rule.traffic.aws_ports().unwrap_or(ALL_PORTS);
        let referenced = view.peer_group().map(|group_id| ReferencedGroup {
            group_id,
            user_id: group.owner,
            vpc_id: group.vpc,
        });
        Self {
            security_group_rule_id: view.id,
            arn: Arn::ec2(settings, group.owner, "security-group-rule", view.id).to_string(),
            group_id: group.id,
            group_owner_id: group.owner,
            is_egress: view.is_egress(),
            ip_protocol: rule.traffic.aws_protocol(),
            from_port,
            to_port,
            cidr_ipv4: view.cidr_ipv4(),
            cidr_ipv6: view.cidr_ipv6(),
            referenced_group_info: referenced,
            description: rule.description.clone(),
            tags: TagSet::from(&rule.tags),
        }
    }
}

impl From<RuleView<'_>> for RevokedRuleItem {
    fn from(view: RuleView<'_>) -> Self {
        let (from_port, to_port) = view.rule.traffic.aws_ports().unwrap_or(ALL_PORTS);
        Self {
            security_group_rule_id: view.id,
            group_id: view.group.id,
            is_egress: view.is_egress(),
            ip_protocol: view.rule.traffic.aws_protocol(),
            from_port,
            to_port,
            cidr_ipv4: view.cidr_ipv4(),
            cidr_ipv6: view.cidr_ipv6(),
            referenced_group_id: view.peer_group(),
            description: view.rule.description.clone(),
        }
    }
}

impl Filterable for RuleView<'_> {
    fn filters() -> Vec<FilterSpec<Self>> {
        vec![
            FilterSpec::exact("group-id", |view, values| values.display(view.group.id)),
            FilterSpec::exact("security-group-rule-id", |view, values| {
                values.display(view.id)
            }),
        ]
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.rule.tags)
    }
}

impl Item for RuleView<'_> {
    type Id = SecurityGroupRuleId;

    fn id(&self) -> SecurityGroupRuleId {
        self.id
    }
}

impl<'s> Listed<'s> for RuleView<'s> {
    fn find(call: &Call<'s>, id: SecurityGroupRuleId) -> Result<Self, ApiError> {
        let missing = || call.not_found(NotFound::SecurityGroupRule(id));
        let group = call
            .state
            .indexes()
            .security_group_of_rule
            .first(&id)
            .ok_or_else(missing)?;
        let group = call.own(*group).map_err(|_| missing())?;
        Self::of(group, id).ok_or_else(missing)
    }

    /// Rules lie in their groups, so all of them are gathered to be ordered: an account has few enough.
    fn all(
        call: &Call<'s>,
        after: Option<SecurityGroupRuleId>,
    ) -> Box<dyn Iterator<Item = Self> + 's> {
        let groups = SecurityGroup::by_account(call.state).of(&call.caller);
        let groups = groups.filter_map(|group| call.own(*group).ok());
        let mut rules: Vec<Self> = groups.flat_map(rules_of).collect();
        rules.retain(|view| Some(view.id) > after);
        rules.sort_unstable_by_key(|view| view.id);
        Box::new(rules.into_iter())
    }

    fn narrowed(
        call: &Call<'s>,
        filter: &str,
        wanted: Wanted<'_, SecurityGroupRuleId>,
    ) -> Option<Ids<'s, SecurityGroupRuleId>> {
        let groups = &call.state.tables().security_groups;
        match filter {
            "group-id" => {
                let group = wanted.value.parse().ok().and_then(|id| groups.get(&id));
                let rules = group
                    .into_iter()
                    .flat_map(|group| group.rules.keys().copied());
                Some(wanted.sorted(rules))
            }
            "security-group-rule-id" => Some(wanted.itself()),
            _ => None,
        }
    }
}

fn rules_of(group: View<'_, SecurityGroup>) -> impl Iterator<Item = RuleView<'_>> {
    group
        .resource()
        .rules
        .iter()
        .map(move |(id, rule)| RuleView {
            id: *id,
            group,
            rule,
        })
}
