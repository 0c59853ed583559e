//! `SetTopicAttributes`.

use aws_wire::query::TopicArn;
use aws_wire::xml::Empty;
use aws_wire::{ApiError, request};
use model::command::TopicAttribute;
use model::{Command, command};

use super::{attributes, topics};
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Demand, Permission, Permitted};

request! {
    /// Changes one attribute of a topic.
    pub(super) struct SetTopicAttributes(Sns, "Amazon SNS API reference, SetTopicAttributes") {
        /// Of which topic.
        topic_arn: TopicArn = "TopicArn",
        /// Which attribute.
        attribute_name: String = "AttributeName",
        /// Its value; what it is by itself if not given.
        attribute_value: Option<String> = "AttributeValue",
    }
}

impl Permitted for SetTopicAttributes {
    const PERMISSION: Permission = Permission::on(&["TopicArn"]);

    fn demand(&self, call: &Call<'_>, demand: &mut Demand) {
        // A policy that denies everything to everybody could not be changed any more.
        if call.identity.is_root() && self.topic_arn.topic.owner == call.caller {
            demand.targets.clear();
        }
    }
}

impl Write for SetTopicAttributes {
    type Response = Empty;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let topic = topics::own(call, &self.topic_arn)?;
        let value = self.attribute_value.as_deref().unwrap_or_default();
        let attribute = attributes::of_topic(&self.attribute_name, value)?;
        // What is so anyway changes nothing.
        let same = || TopicAttribute::DisplayName(topic.display_name.clone());
        let attribute = attribute.unwrap_or_else(same);
        Ok(command::SetTopicAttribute { topic: topic.id, attribute }.into())
    }

    fn response(&self, _done: &Done<'_>) -> Result<Empty, ApiError> {
        Ok(Empty)
    }
}
