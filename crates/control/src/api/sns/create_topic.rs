//! `CreateTopic`.

use aws_wire::query::{AttributeEntry, Bounds, Entries, FullTag};
use aws_wire::{ApiError, request, response, Dialect};
use model::command::TopicAttribute;
use model::topic::TopicName;
use model::{Command, Reply, Topic, command};

use super::attributes;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Makes a topic, or returns the one of that name.
    pub(super) struct CreateTopic(Sns, "Amazon SNS API reference, CreateTopic") {
        /// Its name.
        name: TopicName = "Name",
        /// Attributes that differ from what a topic has by itself.
        attributes: Entries<AttributeEntry> = "Attributes",
        /// Tags of the topic.
        tags: Vec<FullTag> = "Tags" [Bounds::items(0, 1000)],
    }
    refused {
        /// Messages are not looked into.
        "DataProtectionPolicy": Option<String>,
    }
}

response! {
    /// The topic.
    pub(super) struct Response {
        /// ARN.
        topic_arn: String = "TopicArn",
    }
}

impl Permitted for CreateTopic {
    const PERMISSION: Permission = Permission::creating(&["topic"], &[]);

    fn created(&self) -> String {
        self.name.to_string()
    }
}

impl Write for CreateTopic {
    type Response = Response;

    fn command(&self, _call: &Call<'_>) -> Result<Command, ApiError> {
        let (mut display_name, mut policy) = (None, None);
        for entry in &self.attributes.0 {
            match attributes::of_topic(&entry.key, entry.value.as_str())? {
                Some(TopicAttribute::DisplayName(name)) => display_name = Some(name),
                Some(TopicAttribute::Policy(text)) => policy = text,
                None => {}
            }
        }
        let (name, tags) = (self.name.clone(), FullTag::collect(Dialect::Sns, &self.tags)?);
        Ok(command::CreateTopic { name, display_name, policy, tags }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::Topic(id) = done.reply else { return Err(done.foreign_reply()) };
        let topic = done.call.present::<Topic>(*id)?;
        Ok(Response { topic_arn: topic.arn(done.call.state.settings()).to_string() })
    }
}
