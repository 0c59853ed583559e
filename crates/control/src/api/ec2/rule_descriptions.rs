//! What `UpdateSecurityGroupRuleDescriptionsIngress` and `...Egress` have in common.

use aws_wire::{ApiError, Dialect, structure};
use model::command::{RuleModification, RuleSpec};
use model::rejection::NotFound;
use model::security_group::{Direction, Peer};
use model::{Command, SecurityGroup, SecurityGroupId, SecurityGroupRuleId, command};

use super::permissions::IpPermission;
use crate::api::call::Call;

structure! {
    /// A rule and its new description.
    pub(super) struct RuleDescription("EC2 API reference, SecurityGroupRuleDescription") {
        /// Which rule.
        rule_id: SecurityGroupRuleId = "SecurityGroupRuleId",
        /// The description; none takes the old one away.
        description: Option<String> = "Description",
    }
}

structure! {
    /// Rules with their new descriptions, by what they say or by id.
    pub(super) struct DescriptionParams("EC2 API reference, UpdateSecurityGroupRuleDescriptionsIngress") {
        /// By what they say.
        ip_permissions: Vec<IpPermission> = "IpPermissions",
        /// By id.
        descriptions: Vec<RuleDescription> = "SecurityGroupRuleDescription",
    }
}

/// The command that describes the rules anew.
pub(super) fn command(
    call: &Call<'_>,
    group: SecurityGroupId,
    direction: Direction,
    params: &DescriptionParams,
) -> Result<Command, ApiError> {
    let known = call.own::<SecurityGroup>(group)?.resource();
    if !params.ip_permissions.is_empty() && !params.descriptions.is_empty() {
        let message =
            "Specify either security group rule descriptions or IP permissions, not both.";
        return Err(ApiError::invalid_combination(Dialect::Ec2, message));
    }
    let mut rules = Vec::new();
    for wanted in &params.descriptions {
        let rule = known
            .rules
            .get(&wanted.rule_id)
            .filter(|rule| rule.direction == direction);
        let rule =
            rule.ok_or_else(|| call.not_found(NotFound::SecurityGroupRule(wanted.rule_id)))?;
        let spec = RuleSpec {
            traffic: rule.traffic,
            peer: rule.peer,
            description: wanted.description.clone(),
        };
        rules.push(RuleModification {
            id: wanted.rule_id,
            spec,
        });
    }
    let mut described = Vec::new();
    for permission in &params.ip_permissions {
        permission.add_rules(call, &mut described)?;
    }
    for spec in described {
        let peer = match spec.peer {
            Peer::Cidr(net) => Peer::Cidr(net.trunc()),
            Peer::Group(_) => spec.peer,
        };
        let mut same = known
            .rules_of(direction)
            .filter(|(_, rule)| (rule.traffic, rule.peer) == (spec.traffic, peer));
        let (id, _) = same
            .next()
            .ok_or_else(|| call.not_found(NotFound::Permission))?;
        rules.push(RuleModification { id, spec });
    }
    Ok(command::ModifySecurityGroupRules { group, rules }.into())
}
