//! Security groups and their rules.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net};

use super::lookup::within_quota;
use super::{Execute, Transaction};
use crate::command::{
    AuthorizeSecurityGroupRules, CreateSecurityGroup, DeleteSecurityGroup,
    ModifySecurityGroupRules, Revocation, RevokeSecurityGroupRules, RuleModification, RuleSpec,
};
use crate::counter::CounterKind;
use crate::id::{SecurityGroupId, SecurityGroupRuleId, VpcId};
use crate::limits::{
    DESCRIPTION_CHARS_MAX, SECURITY_GROUP_RULES_MAX, SECURITY_GROUPS_PER_INTERFACE_MAX,
};
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, NotFound, Rejection};
use crate::resource::Key;
use crate::security_group::{
    DEFAULT_GROUP_NAME, Direction, Peer, SecurityGroup, SecurityGroupIds, SecurityGroupRule,
    Traffic,
};
use crate::tag::Tags;

impl Execute for CreateSecurityGroup {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let vpc = tx.vpc(self.vpc.ok_or(Invalid::NoDefaultVpc)?)?;
        check_text("GroupName", &self.name)?;
        check_text("GroupDescription", &self.description)?;
        if self.name == DEFAULT_GROUP_NAME || self.name.starts_with("sg-") {
            return Err(Invalid::ReservedGroupName(self.name).into());
        }
        let indexes = tx.state().indexes();
        if indexes
            .security_group_of_name
            .count(&(vpc.id, self.name.clone()))
            > 0
        {
            return Err(Conflict::SecurityGroupName {
                name: self.name,
                vpc: vpc.id,
            }
            .into());
        }
        let present = indexes.security_groups_by_account.count(&vpc.owner);
        within_quota(
            present,
            tx.settings().quotas.security_groups,
            Limit::SecurityGroups,
        )?;

        let id = tx.fresh_id(|state, id| state.tables().security_groups.contains(&id))?;
        let group = SecurityGroup {
            id,
            number: tx.fresh_number(CounterKind::SecurityGroup)?,
            owner: vpc.owner,
            vpc: vpc.id,
            name: self.name,
            description: self.description,
            rules: BTreeMap::from([(tx.fresh_rule_id()?, egress_to_everywhere())]),
            tags: self.tags,
        };
        tx.put(group);
        Ok(Reply::SecurityGroup(id))
    }
}

/// The rule that every new group begins with.
pub(super) fn egress_to_everywhere() -> SecurityGroupRule {
    SecurityGroupRule {
        direction: Direction::Egress,
        traffic: Traffic::All,
        peer: Peer::Cidr(IpNet::V4(Ipv4Net::default())),
        description: None,
        tags: Tags::new(),
    }
}

/// AWS's rule for the names and descriptions of groups and rules.
fn check_text(parameter: &'static str, value: &str) -> Result<(), Rejection> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b" ._-:/()#,@[]+=&;{}!$*".contains(&b);
    if (1..=DESCRIPTION_CHARS_MAX).contains(&value.len()) && value.bytes().all(plain) {
        return Ok(());
    }
    Err(Invalid::GroupText {
        parameter,
        value: value.to_owned(),
    }
    .into())
}

fn check_description(description: Option<&str>) -> Result<(), Rejection> {
    description
        .filter(|text| !text.is_empty())
        .map_or(Ok(()), |text| check_text("Description", text))
}

impl Execute for DeleteSecurityGroup {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let group = tx.security_group(self.group)?;
        if group.is_default() {
            return Err(Invalid::DefaultGroup(group.id).into());
        }
        if tx.state().indexes().security_group_users.count(&group.id) > 0 {
            return Err(Conflict::SecurityGroupInUse(group.id).into());
        }
        tx.delete(Key::SecurityGroup(group.id));
        Ok(Reply::Done)
    }
}

impl Execute for AuthorizeSecurityGroupRules {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut group = SecurityGroup::clone(&*tx.security_group(self.group)?);
        if self.rules.is_empty() {
            return Err(Invalid::Missing("ipPermissions").into());
        }
        let mut specs = BTreeSet::new();
        let mut ids = Vec::with_capacity(self.rules.len());
        for RuleSpec {
            traffic,
            peer,
            description,
        } in self.rules
        {
            let peer = tx.resolve_peer(&group, peer)?;
            check_description(description.as_deref())?;
            if !specs.insert((traffic, peer)) {
                return Err(Invalid::DuplicatePermission.into());
            }
            if find_rule(&group, self.direction, traffic, peer).is_some() {
                return Err(Conflict::PermissionExists { peer, traffic }.into());
            }
            let id = tx.fresh_rule_id()?;
            let (direction, tags) = (self.direction, self.tags.clone());
            group.rules.insert(
                id,
                SecurityGroupRule {
                    direction,
                    traffic,
                    peer,
                    description,
                    tags,
                },
            );
            ids.push(id);
        }
        check_rule_count(
            &group,
            self.direction,
            tx.settings().quotas.rules_per_security_group,
        )?;
        tx.put(group);
        Ok(Reply::SecurityGroupRules(ids))
    }
}

/// AWS counts rules for IPv4 (with references to groups) and IPv6 apart; the data plane counts them together.
fn check_rule_count(
    group: &SecurityGroup,
    direction: Direction,
    quota: u32,
) -> Result<(), Rejection> {
    let (mut ipv4, mut ipv6) = (0, 0);
    for (_, rule) in group.rules_of(direction) {
        match rule.peer {
            Peer::Cidr(IpNet::V6(_)) => ipv6 += 1,
            Peer::Cidr(IpNet::V4(_)) | Peer::Group(_) => ipv4 += 1,
        }
    }
    let quota = usize::try_from(quota).unwrap_or(usize::MAX);
    if ipv4 > quota || ipv6 > quota || ipv4 + ipv6 > SECURITY_GROUP_RULES_MAX {
        return Err(Limit::RulesPerSecurityGroup.into());
    }
    Ok(())
}

fn find_rule(
    group: &SecurityGroup,
    direction: Direction,
    traffic: Traffic,
    peer: Peer,
) -> Option<SecurityGroupRuleId> {
    let same = |rule: &SecurityGroupRule| rule.traffic == traffic && rule.peer == peer;
    group
        .rules_of(direction)
        .find(|(_, rule)| same(rule))
        .map(|(id, _)| id)
}

impl Execute for RevokeSecurityGroupRules {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut group = SecurityGroup::clone(&*tx.security_group(self.group)?);
        let ids = match self.rules {
            Revocation::ByIds(ids) => {
                let known = |id| {
                    group
                        .rules
                        .get(id)
                        .is_some_and(|rule| rule.direction == self.direction)
                };
                if let Some(unknown) = ids.iter().find(|id| !known(id)) {
                    return Err(NotFound::SecurityGroupRule(*unknown).into());
                }
                ids
            }
            Revocation::ByContent(specs) => {
                let find = |spec: RuleSpec| {
                    let peer = truncated(spec.peer);
                    find_rule(&group, self.direction, spec.traffic, peer)
                        .ok_or(NotFound::Permission)
                };
                specs.into_iter().map(find).collect::<Result<_, _>>()?
            }
        };
        if ids.is_empty() {
            return Err(Invalid::Missing("ipPermissions").into());
        }
        group.rules.retain(|id, _| !ids.contains(id));
        tx.put(group);
        Ok(Reply::SecurityGroupRules(ids))
    }
}

impl Execute for ModifySecurityGroupRules {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut group = SecurityGroup::clone(&*tx.security_group(self.group)?);
        if self.rules.is_empty() {
            return Err(Invalid::Missing("securityGroupRules").into());
        }
        let mut seen = BTreeSet::new();
        for RuleModification { id, spec } in self.rules {
            if !seen.insert(id) {
                return Err(Invalid::DuplicatePermission.into());
            }
            let peer = tx.resolve_peer(&group, spec.peer)?;
            check_description(spec.description.as_deref())?;
            let rule = group.rules.get_mut(&id);
            let rule = rule.ok_or(NotFound::SecurityGroupRule(id))?;
            rule.traffic = spec.traffic;
            rule.peer = peer;
            rule.description = spec.description;
        }
        // Only the outcome counts: two rules may have changed places.
        let mut contents = BTreeSet::new();
        let mut differ =
            |rule: &SecurityGroupRule| contents.insert((rule.direction, rule.traffic, rule.peer));
        if let Some(same) = group.rules.values().find(|rule| !differ(rule)) {
            let (peer, traffic) = (same.peer, same.traffic);
            return Err(Conflict::PermissionExists { peer, traffic }.into());
        }
        let quota = tx.settings().quotas.rules_per_security_group;
        for direction in [Direction::Ingress, Direction::Egress] {
            check_rule_count(&group, direction, quota)?;
        }
        tx.put(group);
        Ok(Reply::Done)
    }
}

fn truncated(peer: Peer) -> Peer {
    match peer {
        Peer::Cidr(net) => Peer::Cidr(net.trunc()),
        Peer::Group(_) => peer,
    }
}

impl Transaction<'_, '_> {
    pub(super) fn fresh_rule_id(&mut self) -> Result<SecurityGroupRuleId, Rejection> {
        self.fresh_id(|state, id| state.indexes().security_group_of_rule.count(&id) > 0)
    }

    fn resolve_peer(&self, group: &SecurityGroup, peer: Peer) -> Result<Peer, Rejection> {
        match truncated(peer) {
            Peer::Group(id) if self.security_group(id)?.vpc != group.vpc => {
                Err(NotFound::SecurityGroup(id).into())
            }
            peer @ (Peer::Group(_) | Peer::Cidr(_)) => Ok(peer),
        }
    }

    /// The groups of a VPC that a request names, ascending, within the limit of one interface.
    pub(super) fn named_groups(
        &self,
        vpc: VpcId,
        groups: &[SecurityGroupId],
    ) -> Result<SecurityGroupIds, Rejection> {
        for id in groups {
            if self.security_group(*id)?.vpc != vpc {
                return Err(Invalid::OtherVpc {
                    what: "Security group",
                    id: id.to_string(),
                    vpc,
                }
                .into());
            }
        }
        let groups: BTreeSet<_> = groups.iter().copied().collect();
        let quota = self.settings().quotas.security_groups_per_interface;
        let quota = usize::try_from(quota).unwrap_or(usize::MAX);
        if groups.len() > quota.min(SECURITY_GROUPS_PER_INTERFACE_MAX) {
            return Err(Limit::SecurityGroupsPerInterface.into());
        }
        Ok(groups.into_iter().collect())
    }

    /// The same, with the VPC's default group when none is named.
    pub(super) fn named_groups_or_default(
        &self,
        vpc: VpcId,
        groups: &[SecurityGroupId],
    ) -> Result<SecurityGroupIds, Rejection> {
        if groups.is_empty() {
            return Ok([self.vpc(vpc)?.default_security_group].into());
        }
        self.named_groups(vpc, groups)
    }
}
