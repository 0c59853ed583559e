//! `DeleteSecurityGroup`.

use aws_wire::query::DryRun;
use aws_wire::{ApiError, request, response};
use model::{Command, SecurityGroupId, command};

use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Deletes a security group that nothing uses.
    pub(super) struct DeleteSecurityGroup(Ec2, "EC2 API reference, DeleteSecurityGroup") {
        /// Which.
        group_id: SecurityGroupId = "GroupId",
    }
    groups {
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
    refused {
        /// Names are those of a default VPC, and there is none.
        "GroupName": Option<String>,
    }
}

response! {
    /// What is gone.
    pub(super) struct Response {
        /// Always true.
        succeeded: bool = "return",
        /// The group.
        group_id: SecurityGroupId = "groupId",
    }
}

impl Permitted for DeleteSecurityGroup {
    const PERMISSION: Permission = Permission::on(&["GroupId"]);
}

impl Write for DeleteSecurityGroup {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        Ok(command::DeleteSecurityGroup { group: self.group_id }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Response, ApiError> {
        Ok(Response { succeeded: true, group_id: self.group_id })
    }
}
