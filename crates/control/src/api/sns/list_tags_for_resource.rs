//! `ListTagsForResource`.

use aws_wire::query::TopicArn;
use aws_wire::{ApiError, request, response};
use http::StatusCode;
use model::Topic;

use super::topics;
use super::view::tag::TagItem;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};
use crate::api::view::View;

request! {
    /// Shows the tags of a topic.
    pub(super) struct ListTagsForResource(Sns, "Amazon SNS API reference, ListTagsForResource") {
        /// Of which topic.
        resource_arn: TopicArn = "ResourceArn",
    }
}

response! {
    /// Tags.
    pub(super) struct Response {
        /// The tags.
        tags: Vec<TagItem> = "Tags",
    }
}

/// A topic whose tags are wanted. That there is none has a code of its own.
pub(super) fn tagged<'s>(call: &Call<'s>, arn: &TopicArn) -> Result<View<'s, Topic>, ApiError> {
    topics::own(call, arn).map_err(|error| match error.code() {
        "NotFound" => {
            ApiError::new(StatusCode::NOT_FOUND, "ResourceNotFound", "Resource does not exist")
        }
        _ => error,
    })
}

impl Permitted for ListTagsForResource {
    const PERMISSION: Permission = Permission::on(&["ResourceArn"]);
}

impl Read for ListTagsForResource {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let topic = tagged(call, &self.resource_arn)?;
        Ok(Response { tags: TagItem::all(&topic.tags) })
    }
}
