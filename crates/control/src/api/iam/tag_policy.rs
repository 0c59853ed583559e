//! `TagPolicy`.

use aws_wire::query::{Bounds, FullTag};
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::iam::PolicyArn;
use model::{Command, command};

use super::tags;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Adds or replaces tags of a policy.
    pub(super) struct TagPolicy(Iam, "IAM API reference, TagPolicy") {
        /// Which policy.
        policy_arn: PolicyArn = "PolicyArn",
        /// The tags.
        tags: Vec<FullTag> = "Tags" [Bounds::items(1, 1000)],
    }
}

impl Permitted for TagPolicy {
    const PERMISSION: Permission = Permission::on(&["PolicyArn"]);
}

impl Write for TagPolicy {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let tags = tags::collect(&self.tags)?;
        let resources = vec![call.own_managed_policy(&self.policy_arn)?.id.into()];
        Ok(command::CreateTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
