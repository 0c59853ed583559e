//! `RevokeSecurityGroupEgress`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, request};
use model::security_group::Direction;
use model::{Command, SecurityGroupId, SecurityGroupRuleId};

use super::permissions::RuleParams;
use super::revoke;
use crate::api::action::{Answered, Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Removes rules for packets away from the interfaces of a security group.
    pub(super) struct RevokeSecurityGroupEgress(Ec2, "EC2 API reference, RevokeSecurityGroupEgress") {
        /// Which group.
        group_id: SecurityGroupId = "GroupId",
        /// The rules by id, instead of by what they say.
        rule_ids: Vec<SecurityGroupRuleId> = "SecurityGroupRuleId",
    }
    groups {
        /// The rules by what they say.
        rules: RuleParams,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for RevokeSecurityGroupEgress {
    const PERMISSION: Permission = Permission::on(&["GroupId"]);
}

impl Write for RevokeSecurityGroupEgress {
    type Response = revoke::Response;

    const ANSWERED: Answered = Answered::Applied;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        revoke::command(call, self.group_id, Direction::Egress, &self.rules, &self.rule_ids)
    }

    fn response(&self, done: &Done<'_>) -> Result<revoke::Response, ApiError> {
        revoke::response(done, self.group_id)
    }
}
