//! What `AuthorizeSecurityGroupIngress` and `...Egress` have in common.

use aws_wire::{ApiError, response};
use model::security_group::Direction;
use model::{Command, Reply, SecurityGroup, SecurityGroupId, Tags, command};

use super::permissions::RuleParams;
use super::view::security_group_rule::{RuleItem, RuleView};
use crate::api::action::Done;
use crate::api::call::Call;

response! {
    /// The new rules.
    pub(super) struct Response {
        /// Always true.
        succeeded: bool = "return",
        /// The rules.
        rules: Vec<RuleItem> = "securityGroupRuleSet",
    }
}

/// The command that adds the described rules.
pub(super) fn command(
    call: &Call<'_>,
    group: SecurityGroupId,
    direction: Direction,
    rules: &RuleParams,
    tags: Tags,
) -> Result<Command, ApiError> {
    let rules = rules.rules(call)?;
    Ok(command::AuthorizeSecurityGroupRules {
        group,
        direction,
        rules,
        tags,
    }
    .into())
}

/// The rules that were added to a group.
pub(super) fn response(done: &Done<'_>, group: SecurityGroupId) -> Result<Response, ApiError> {
    let Reply::SecurityGroupRules(ids) = done.reply else {
        return Err(done.foreign_reply());
    };
    let group = done.call.present::<SecurityGroup>(group)?;
    let rules = ids
        .iter()
        .filter_map(|id| RuleView::of(group, *id))
        .map(RuleItem::from);
    Ok(Response {
        succeeded: true,
        rules: rules.collect(),
    })
}
