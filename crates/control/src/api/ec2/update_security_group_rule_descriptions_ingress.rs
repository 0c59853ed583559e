//! `UpdateSecurityGroupRuleDescriptionsIngress`.

use aws_wire::query::DryRun;
use aws_wire::xml::Return;
use aws_wire::{ApiError, request};
use model::security_group::Direction;
use model::{Command, SecurityGroupId};

use super::rule_descriptions::{self, DescriptionParams};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Describes rules for packets towards the interfaces of a security group anew.
    pub(super) struct UpdateSecurityGroupRuleDescriptionsIngress(
        Ec2, "EC2 API reference, UpdateSecurityGroupRuleDescriptionsIngress"
    ) {
        /// Which group.
        group_id: SecurityGroupId = "GroupId",
    }
    groups {
        /// Rules and descriptions.
        rules: DescriptionParams,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// Names are those of a default VPC, and there is none.
        "GroupName": Option<String>,
    }
}

impl Permitted for UpdateSecurityGroupRuleDescriptionsIngress {
    const PERMISSION: Permission = Permission::on(&["GroupId"]);
}

impl Write for UpdateSecurityGroupRuleDescriptionsIngress {
    type Response = Return;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        rule_descriptions::command(call, self.group_id, Direction::Ingress, &self.rules)
    }

    fn response(&self, _done: &Done<'_>) -> Result<Return, ApiError> {
        Ok(Return::TRUE)
    }
}
