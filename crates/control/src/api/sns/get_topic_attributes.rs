//! `GetTopicAttributes`.

use aws_wire::query::TopicArn;
use aws_wire::xml::Map;
use aws_wire::{ApiError, request, response};

use super::topics;
use super::view::topic;
use crate::api::action::Read;
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Shows the attributes of a topic.
    pub(super) struct GetTopicAttributes(Sns, "Amazon SNS API reference, GetTopicAttributes") {
        /// Which.
        topic_arn: TopicArn = "TopicArn",
    }
}

response! {
    /// Attributes.
    pub(super) struct Response {
        /// By name.
        attributes: Map = "Attributes",
    }
}

impl Permitted for GetTopicAttributes {
    const PERMISSION: Permission = Permission::on(&["TopicArn"]);
}

impl Read for GetTopicAttributes {
    type Response = Response;

    fn answer(&self, call: &Call<'_>) -> Result<Response, ApiError> {
        let topic = topics::permitted(call, &self.topic_arn)?;
        let delivery = call.control.delivery();
        Ok(Response { attributes: topic::attributes(topic, delivery.as_deref()) })
    }
}
