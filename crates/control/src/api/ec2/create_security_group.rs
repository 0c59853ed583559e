//! `CreateSecurityGroup`.

use aws_wire::query::{DryRun, TagSpecifications};
use aws_wire::{ApiError, request, response};
use model::{Command, Reply, SecurityGroup, SecurityGroupId, VpcId, command};

use super::view::security_group::arn;
use super::view::tag::TagSet;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a security group that lets everything out.
    pub(super) struct CreateSecurityGroup(Ec2, "EC2 API reference, CreateSecurityGroup") {
        /// Name, unique in the VPC.
        group_name: String = "GroupName",
        /// Description, fixed for good.
        group_description: String = "GroupDescription",
        /// In which VPC; needed, since there is no default one.
        vpc_id: Option<VpcId> = "VpcId",
    }
    groups {
        /// Tags of the security group.
        tags: TagSpecifications,
        /// Whether to stop before the change.
        dry_run: DryRun,
    }
}

response! {
    /// The security group.
    pub(super) struct Response {
        /// Id.
        group_id: SecurityGroupId = "groupId",
        /// ARN.
        arn: String = "securityGroupArn",
        /// Tags.
        tags: TagSet = "tagSet",
    }
}

impl Permitted for CreateSecurityGroup {
    const PERMISSION: Permission = Permission::creating(&["security-group"], &["VpcId"]);
}

impl Write for CreateSecurityGroup {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let [tags] = self.tags.tags_for(["security-group"])?;
        let command = command::CreateSecurityGroup {
            vpc: self.vpc_id,
            name: self.group_name.clone(),
            description: self.group_description.clone(),
            tags,
        };
        Ok(command.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::SecurityGroup(id) = done.reply else { return Err(done.foreign_reply()) };
        let group = done.call.present::<SecurityGroup>(*id)?;
        let tags = TagSet::from(&group.tags);
        Ok(Response { group_id: *id, arn: arn(group.state, &group), tags })
    }
}
