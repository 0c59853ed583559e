//! What is sent to an endpoint: AWS's JSON document with its signature, and the headers.
//!
//! Source: Amazon SNS developer guide, "HTTP/HTTPS notification JSON format", "HTTP/HTTPS headers" and "Verifying the
//! signatures of Amazon SNS messages", 2026. Invariant: the same message is the same document, whenever it is sent.

use std::collections::BTreeMap;

use aws_wire::time::iso_millis;
use model::message::{MessageContent, Notification};
use model::{DeliveryKey, Message, State, Subscription};
use serde::Serialize;

use crate::signing::{SIGNATURE_VERSION, Signer, SigningError};

/// What is sent, where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parcel {
    /// URL of the endpoint.
    pub(super) endpoint: String,
    /// `x-amz-sns-message-type`.
    pub(super) message_type: &'static str,
    /// `x-amz-sns-message-id`.
    pub(super) message_id: String,
    /// `x-amz-sns-topic-arn`.
    pub(super) topic_arn: String,
    /// `x-amz-sns-subscription-arn`; an endpoint that has not confirmed is told none.
    pub(super) subscription_arn: Option<String>,
    /// Whether the body is as it was published.
    pub(super) is_raw: bool,
    /// The body.
    pub(super) body: String,
}

/// The document, in the order in which AWS writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    r#type: &'a str,
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    topic_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    message: &'a str,
    #[serde(rename = "SubscribeURL", skip_serializing_if = "Option::is_none")]
    subscribe_url: Option<&'a str>,
    timestamp: &'a str,
    signature_version: &'a str,
    signature: String,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: String,
    #[serde(rename = "UnsubscribeURL", skip_serializing_if = "Option::is_none")]
    unsubscribe_url: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    message_attributes: BTreeMap<&'a str, Attribute<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute<'a> {
    r#type: &'static str,
    value: &'a str,
}

impl Envelope<'_> {
    /// What is signed: names and values of the members that say something, in the order of their names.
    fn canonical(&self) -> String {
        let members = [
            ("Message", Some(self.message)),
            ("MessageId", Some(self.message_id)),
            ("Subject", self.subject),
            ("SubscribeURL", self.subscribe_url),
            ("Timestamp", Some(self.timestamp)),
            ("Token", self.token),
            ("TopicArn", Some(self.topic_arn)),
            ("Type", Some(self.r#type)),
        ];
        let present = members
            .iter()
            .filter_map(|(name, value)| value.map(|value| (name, value)));
        present
            .map(|(name, value)| format!("{name}\n{value}\n"))
            .collect()
    }
}

const fn type_of(content: &MessageContent) -> &'static str {
    match content {
        MessageContent::SubscriptionConfirmation => "SubscriptionConfirmation",
        MessageContent::UnsubscribeConfirmation => "UnsubscribeConfirmation",
        MessageContent::Notification(_) => "Notification",
    }
}

/// What to send for a delivery; none when it is not to be made any more.
///
/// # Errors
/// It cannot be signed.
pub(super) fn parcel(
    state: &State,
    key: DeliveryKey,
    api_url: &str,
    signer: &Signer,
) -> Option<Result<Parcel, SigningError>> {
    let tables = state.tables();
    let delivery = tables.deliveries.get(&key)?;
    let message = tables.messages.get(&key.message)?;
    let subscription = tables.subscriptions.get(&key.subscription)?;
    let topic = tables.topics.get(&delivery.topic)?;
    let settings = state.settings();
    let place = Place {
        topic_arn: topic.arn(settings).to_string(),
        subscription_arn: subscription.arn(settings, topic).to_string(),
        api_url,
        signer,
    };
    let body = match &message.content {
        MessageContent::Notification(own) if subscription.raw_message_delivery => {
            Ok(own.body_for(subscription.protocol).to_owned())
        }
        MessageContent::Notification(own) => place.notification(message, subscription, own),
        MessageContent::SubscriptionConfirmation | MessageContent::UnsubscribeConfirmation => {
            place.confirmation(message, subscription)
        }
    };
    let is_question = message.content == MessageContent::SubscriptionConfirmation;
    let is_notification = matches!(message.content, MessageContent::Notification(_));
    Some(body.map(|body| Parcel {
        endpoint: subscription.endpoint.clone(),
        message_type: type_of(&message.content),
        message_id: message.id.to_string(),
        topic_arn: place.topic_arn,
        subscription_arn: (!is_question).then_some(place.subscription_arn),
        is_raw: is_notification && subscription.raw_message_delivery,
        body,
    }))
}

/// What documents of one delivery have in common.
struct Place<'a> {
    topic_arn: String,
    subscription_arn: String,
    api_url: &'a str,
    signer: &'a Signer,
}

impl Place<'_> {
    fn notification(
        &self,
        message: &Message,
        subscription: &Subscription,
        notification: &Notification,
    ) -> Result<String, SigningError> {
        let attributes = notification.attributes.iter().map(|(name, value)| {
            let r#type = "String";
            (name.as_str(), Attribute { r#type, value })
        });
        let unsubscribe_url = format!(
            "{}/?Action=Unsubscribe&SubscriptionArn={}",
            self.api_url, self.subscription_arn
        );
        self.seal(Envelope {
            r#type: type_of(&message.content),
            message_id: &message.id.to_string(),
            token: None,
            topic_arn: &self.topic_arn,
            subject: notification.subject.as_deref(),
            message: notification.body_for(subscription.protocol),
            subscribe_url: None,
            timestamp: &iso_millis(message.published),
            signature_version: SIGNATURE_VERSION,
            signature: String::new(),
            signing_cert_url: self.certificate_url(),
            unsubscribe_url: Some(unsubscribe_url),
            message_attributes: attributes.collect(),
        })
    }

    fn confirmation(
        &self,
        message: &Message,
        subscription: &Subscription,
    ) -> Result<String, SigningError> {
        let token = subscription.token.as_str();
        let topic = &self.topic_arn;
        let subscribe_url = format!(
            "{}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}",
            self.api_url
        );
        let text = if message.content == MessageContent::SubscriptionConfirmation {
            format!(
                "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the SubscribeURL included in this message."
            )
        } else {
            format!(
                "You have chosen to deactivate subscription {}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.",
                self.subscription_arn
            )
        };
        self.seal(Envelope {
            r#type: type_of(&message.content),
            message_id: &message.id.to_string(),
            token: Some(token),
            topic_arn: topic,
            subject: None,
            message: &text,
            subscribe_url: Some(&subscribe_url),
            timestamp: &iso_millis(message.published),
            signature_version: SIGNATURE_VERSION,
            signature: String::new(),
            signing_cert_url: self.certificate_url(),
            unsubscribe_url: None,
            message_attributes: BTreeMap::new(),
        })
    }

    fn certificate_url(&self) -> String {
        format!("{}{}", self.api_url, self.signer.certificate_path())
    }

    fn seal(&self, mut envelope: Envelope<'_>) -> Result<String, SigningError> {
        envelope.signature = self.signer.sign(&envelope.canonical())?;
        #[expect(
            clippy::expect_used,
            reason = "an envelope has no maps with keys other than text"
        )]
        Ok(serde_json::to_string_pretty(&envelope).expect("an envelope is JSON"))
    }
}
