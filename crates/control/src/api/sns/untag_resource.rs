//! `UntagResource`.

use aws_wire::query::{Bounds, TopicArn};
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::command::TagSelector;
use model::{Command, command};

use super::list_tags_for_resource::tagged;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Takes tags from a topic.
    pub(super) struct UntagResource(Sns, "Amazon SNS API reference, UntagResource") {
        /// From which topic.
        resource_arn: TopicArn = "ResourceArn",
        /// Keys of the tags.
        tag_keys: Vec<String> = "TagKeys" [Bounds::items(1, 1000)],
    }
}

impl Permitted for UntagResource {
    const PERMISSION: Permission = Permission::on(&["ResourceArn"]);
}

impl Write for UntagResource {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let resources = vec![tagged(call, &self.resource_arn)?.id.into()];
        let keys = self.tag_keys.iter().cloned();
        let tags = keys.map(|key| TagSelector { key, value: None }).collect();
        Ok(command::DeleteTags { resources, tags }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
