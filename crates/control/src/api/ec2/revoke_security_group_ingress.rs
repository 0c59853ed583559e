//! `RevokeSecurityGroupIngress`.

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
    /// Removes rules for packets towards the interfaces of a security group.
    pub(super) struct RevokeSecurityGroupIngress(Ec2, "EC2 API reference, RevokeSecurityGroupIngress") {
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
    refused {
        /// Names are those of a default VPC, and there is none.
        "GroupName": Option<String>,
    }
}

impl Permitted for RevokeSecurityGroupIngress {
    const PERMISSION: Permission = Permission::on(&["GroupId"]);
}

impl Write for RevokeSecurityGroupIngress {
    type Response = revoke::Response;

    const ANSWERED: Answered = Answered::Applied;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        revoke::command(call, self.group_id, Direction::Ingress, &self.rules, &self.rule_ids)
    }

    fn response(&self, done: &Done<'_>) -> Result<revoke::Response, ApiError> {
        revoke::response(done, self.group_id)
    }
}
