//! Messages that were published, and to whom they are still to be sent.
//!
//! Both are kept until they have arrived or were given up, so that a message survives whatever ends the process.
//! Invariants: a message is there as long as one of its deliveries is, and no longer; a delivery's subscription is there.
//! Source: Amazon SNS developer guide, "Message data protocols", and API reference, `Publish`, 2026.

use std::collections::BTreeMap;

use crate::id::TopicId;
use crate::subscription::Protocol;
use crate::time::Timestamp;
use crate::uuid::{MessageId, SubscriptionId};

/// One message of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Identifier.
    pub id: MessageId,
    /// The topic.
    pub topic: TopicId,
    /// When it was published.
    pub published: Timestamp,
    /// What it says.
    pub content: MessageContent,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageContent {
    /// It asks an endpoint whether it wants the topic's messages.
    SubscriptionConfirmation,
    /// It tells an endpoint that its subscription was ended, and how to take that back.
    UnsubscribeConfirmation,
    /// Somebody published it.
    Notification(Notification),
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Notification {
    /// Subject.
    pub subject: Option<String>,
    /// The text.
    pub body: String,
    /// Another text for endpoints of one protocol.
    pub body_by_protocol: BTreeMap<Protocol, String>,
    /// Attributes, each a text.
    pub attributes: BTreeMap<String, String>,
}

impl Notification {
    /// The text for an endpoint.
    pub fn body_for(&self, protocol: Protocol) -> &str {
        self.body_by_protocol.get(&protocol).unwrap_or(&self.body)
    }
}

/// That a message is still to be sent to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which message to whom.
    pub key: DeliveryKey,
    /// The topic.
    pub topic: TopicId,
}

/// What names a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryKey {
    /// Whom to send it to.
    pub subscription: SubscriptionId,
    /// What to send.
    pub message: MessageId,
}
