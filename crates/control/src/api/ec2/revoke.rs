//! What `RevokeSecurityGroupIngress` and `...Egress` have in common.

use aws_wire::{ApiError, Dialect, response};
use model::command::Revocation;
use model::security_group::Direction;
use model::{Command, Reply, SecurityGroupId, SecurityGroupRuleId, command};

use super::permissions::RuleParams;
use super::view::security_group_rule::{RevokedRuleItem, RuleView};
use crate::api::action::Done;
use crate::api::call::Call;
use crate::api::view::View;

response! {
    /// The removed rules.
    pub(super) struct Response {
        /// Always true.
        succeeded: bool = "return",
        /// The rules.
        rules: Vec<RevokedRuleItem> = "revokedSecurityGroupRuleSet",
    }
}

/// The command that removes the described rules.
pub(super) fn command(
    call: &Call<'_>,
    group: SecurityGroupId,
    direction: Direction,
    rules: &RuleParams,
    ids: &[SecurityGroupRuleId],
) -> Result<Command, ApiError> {
    let described = rules.rules(call)?;
    let rules = match (described.is_empty(), ids.is_empty()) {
        (_, true) => Revocation::ByContent(described),
        (true, false) => Revocation::ByIds(ids.to_vec()),
        (false, false) => {
            let message = "Specify either security group rule IDs or IP permissions, not both.";
            return Err(ApiError::invalid_combination(Dialect::Ec2, message));
        }
    };
    Ok(command::RevokeSecurityGroupRules {
        group,
        direction,
        rules,
    }
    .into())
}

/// The rules that were removed from a group.
pub(super) fn response(done: &Done<'_>, group: SecurityGroupId) -> Result<Response, ApiError> {
    let Reply::SecurityGroupRules(ids) = done.reply else {
        return Err(done.foreign_reply());
    };
    let group = done.before.tables().security_groups.get(&group);
    let group = group.map(|group| View::new(done.before, &**group));
    let rule = |id: &SecurityGroupRuleId| group.and_then(|group| RuleView::of(group, *id));
    let rules = ids.iter().filter_map(rule).map(RevokedRuleItem::from);
    Ok(Response {
        succeeded: true,
        rules: rules.collect(),
    })
}
