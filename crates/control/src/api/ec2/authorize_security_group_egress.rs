//! `AuthorizeSecurityGroupEgress`.

use aws_wire::query::{DryRun, TagSpecifications};
use aws_wire::{ApiError, request};
use model::security_group::Direction;
use model::{Command, SecurityGroupId};

use super::authorize;
use super::permissions::RuleParams;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Adds rules for packets away from the interfaces of a security group.
    pub(super) struct AuthorizeSecurityGroupEgress(Ec2, "EC2 API reference, AuthorizeSecurityGroupEgress") {
        /// Which group.
        group_id: SecurityGroupId = "GroupId",
    }
    groups {
        /// The rules.
        rules: RuleParams,
        /// Tags of each rule.
        tags: TagSpecifications,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

impl Permitted for AuthorizeSecurityGroupEgress {
    const PERMISSION: Permission = Permission::on(&["GroupId"]);
}

impl Write for AuthorizeSecurityGroupEgress {
    type Response = authorize::Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["security-group-rule"])?;
        authorize::command(call, self.group_id, Direction::Egress, &self.rules, tags)
    }

    fn response(&self, done: &Done<'_>) -> Result<authorize::Response, ApiError> {
        authorize::response(done, self.group_id)
    }
}
