//! `Publish`.

use std::collections::BTreeMap;

use aws_wire::query::{Entries, OrEmpty, TopicArn};
use aws_wire::{ApiError, request, response, structure};
use model::message::Notification;
use model::subscription::Protocol;
use model::{Command, Reply, command};
use serde_json::{Map, Value};

use super::topics;
use crate::api::action::{Done, Write};
use crate::api::call::Call;
use crate::api::permission::{Permission, Permitted};

request! {
    /// Sends a message to everybody who has subscribed to a topic.
    pub(super) struct Publish(Sns, "Amazon SNS API reference, Publish") {
        /// To which topic.
        topic_arn: Option<TopicArn> = "TopicArn",
        /// The same by another name.
        target_arn: Option<TopicArn> = "TargetArn",
        /// The text, or a JSON object of texts by protocol.
        message: OrEmpty<String> = "Message",
        /// Subject.
        subject: Option<String> = "Subject",
        /// `json` when the message is an object.
        message_structure: Option<String> = "MessageStructure",
        /// Attributes of the message.
        message_attributes: Entries<MessageAttributeEntry> = "MessageAttributes",
    }
    refused {
        /// There are no text messages to telephones.
        "PhoneNumber": Option<String>,
        /// There are no FIFO topics.
        "MessageDeduplicationId": Option<String>,
        /// There are no FIFO topics.
        "MessageGroupId": Option<String>,
    }
}

structure! {
    /// One attribute of a message.
    pub(super) struct MessageAttributeEntry("Amazon SNS API reference, Publish") {
        /// Its name.
        name: String = "Name",
        /// Its value.
        value: MessageAttributeValue = "Value",
    }
}

structure! {
    /// The value of an attribute.
    pub(super) struct MessageAttributeValue("Amazon SNS API reference, MessageAttributeValue") {
        /// `String`; other types are not offered.
        data_type: String = "DataType",
        /// The text.
        string_value: Option<String> = "StringValue",
    }
    refused {
        /// Attributes are texts.
        "BinaryValue": Option<String>,
    }
}

response! {
    /// The message.
    pub(super) struct Response {
        /// Its id.
        message_id: String = "MessageId",
    }
}

fn refused(message: &'static str) -> ApiError {
    ApiError::client("InvalidParameter", message)
}

/// The texts of a message that is an object: for everybody, and by protocol.
fn structured(message: &str) -> Result<(String, BTreeMap<Protocol, String>), ApiError> {
    let by_protocol: Map<String, Value> = serde_json::from_str(message).map_err(|_| {
        refused("Invalid parameter: Message Structure - JSON message body failed to parse")
    })?;
    let text = |name: &str| by_protocol.get(name).and_then(Value::as_str).map(str::to_owned);
    let default = text("default")
        .ok_or_else(|| refused("Invalid parameter: Message Structure - No default entry in JSON message body"))?;
    let protocols = [Protocol::Http, Protocol::Https].into_iter();
    let own = protocols.filter_map(|protocol| Some((protocol, text(protocol.as_aws_str())?)));
    Ok((default, own.collect()))
}

impl Publish {
    fn attributes(&self) -> Result<BTreeMap<String, String>, ApiError> {
        let mut attributes = BTreeMap::new();
        for MessageAttributeEntry { name, value } in &self.message_attributes.0 {
            if value.data_type != "String" {
                return Err(ApiError::unsupported_value("DataType", "Attributes are texts."));
            }
            let text = value.string_value.clone().ok_or_else(|| {
                refused("The message attribute must contain a non-empty message attribute value.")
            })?;
            attributes.insert(name.clone(), text);
        }
        Ok(attributes)
    }

    fn notification(&self) -> Result<Notification, ApiError> {
        let OrEmpty::Value(message) = &self.message else {
            return Err(refused("Invalid parameter: Empty message"));
        };
        let (body, body_by_protocol) = match self.message_structure.as_deref() {
            None => (message.clone(), BTreeMap::new()),
            Some("json") => structured(message)?,
            Some(_) => return Err(refused("Invalid parameter: MessageStructure")),
        };
        let attributes = self.attributes()?;
        Ok(Notification { subject: self.subject.clone(), body, body_by_protocol, attributes })
    }
}

impl Permitted for Publish {
    const PERMISSION: Permission = Permission::on(&["TopicArn", "TargetArn"]);
}

impl Write for Publish {
    type Response = Response;

    fn command(&self, call: &Call<'_>) -> Result<Command, ApiError> {
        let ((Some(arn), None) | (None, Some(arn))) = (&self.topic_arn, &self.target_arn) else {
            return Err(refused(
                "Invalid parameter: TopicArn or TargetArn Reason: exactly one is expected",
            ));
        };
        let notification = self.notification()?;
        let topic = topics::permitted(call, arn)?.id;
        Ok(command::Publish { topic, notification }.into())
    }

    fn response(&self, done: &Done<'_>) -> Result<Response, ApiError> {
        let Reply::Message(id) = done.reply else { return Err(done.foreign_reply()) };
        Ok(Response { message_id: id.to_string() })
    }
}
