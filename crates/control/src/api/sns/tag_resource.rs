//! `TagResource`.

use aws_wire::query::{Bounds, FullTag, TopicArn};
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request, Dialect};
use model::{Command, command};

use super::list_tags_for_resource::tagged;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Adds or replaces tags of a topic.
    pub(super) struct TagResource(Sns, "Amazon SNS API reference, TagResource") {
        /// Of which topic.
        resource_arn: TopicArn = "ResourceArn",
        /// The tags.
        tags: Vec<FullTag> = "Tags" [Bounds::items(1, 1000)],
    }
}

impl Permitted for TagResource {
    const PERMISSION: Permission = Permission::on(&["ResourceArn"]);
}

impl Write for TagResource {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let tags = FullTag::collect(Dialect::Sns, &self.tags)?;
        let resources = vec![tagged(call, &self.resource_arn)?.id.into()];
        Ok(command::CreateTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
