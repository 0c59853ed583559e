//! `AuthorizeSecurityGroupIngress`.

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
    /// Adds rules for packets towards the interfaces of a security group.
    pub(super) struct AuthorizeSecurityGroupIngress(Ec2, "EC2 API reference, AuthorizeSecurityGroupIngress") {
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
    refused {
        /// Names are those of a default VPC, and there is none.
        "GroupName": Option<String>,
    }
}

impl Permitted for AuthorizeSecurityGroupIngress {
    const PERMISSION: Permission = Permission::on(&["GroupId"]);
}

impl Write for AuthorizeSecurityGroupIngress {
    type Response = authorize::Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["security-group-rule"])?;
        authorize::command(call, self.group_id, Direction::Ingress, &self.rules, tags)
    }

    fn response(&self, done: &Done<'_>) -> Result<authorize::Response, ApiError> {
        authorize::response(done, self.group_id)
    }
}
