//! Requests about topics, subscriptions, messages and notifications of connections, and what becomes of messages.

use std::collections::BTreeSet;

use crate::connection_notification::{ConnectionEventKind, NotificationSubject};
use crate::id::{ConnectionNotificationId, TopicId};
use crate::message::{DeliveryKey, Notification};
use crate::subscription::{ConfirmationToken, Protocol};
use crate::tag::Tags;
use crate::topic::{TopicAddress, TopicName};
use crate::uuid::{ConnectionEventId, SubscriptionId};

/// See [`super::Command::CreateTopic`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateTopic {
    /// Its name.
    pub name: TopicName,
    /// What is shown for its name to people; empty if not given.
    pub display_name: Option<String>,
    /// Policy document; the owner's default one if not given.
    pub policy: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// See [`super::Command::SetTopicAttribute`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetTopicAttribute {
    /// Of which topic.
    pub topic: TopicId,
    /// What becomes of it.
    pub attribute: TopicAttribute,
}

/// An attribute of a topic, with its new value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TopicAttribute {
    /// What is shown for its name to people.
    DisplayName(String),
    /// Policy document; none for the owner's default one.
    Policy(Option<String>),
}

/// See [`super::Command::DeleteTopic`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteTopic {
    /// Which of the caller's; one that is not there is as good as deleted.
    pub topic: TopicAddress,
}

/// See [`super::Command::Subscribe`]. Whether the caller may is for the topic's policy to say, before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subscribe {
    /// To which topic, of any account.
    pub topic: TopicId,
    /// How messages are sent.
    pub protocol: Protocol,
    /// Where to.
    pub endpoint: String,
    /// Whether messages are sent without an envelope.
    pub raw_message_delivery: bool,
}

/// See [`super::Command::ConfirmSubscription`]. The token says who asks, so the caller is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConfirmSubscription {
    /// To which topic.
    pub topic: TopicAddress,
    /// What the endpoint was sent.
    pub token: ConfirmationToken,
    /// Whether the request is signed by an account.
    pub authenticated: bool,
    /// Whether only its owner can end it from now on.
    pub authenticate_on_unsubscribe: bool,
}

/// See [`super::Command::SetSubscriptionAttribute`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetSubscriptionAttribute {
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// Whether messages are sent without an envelope.
    pub raw_message_delivery: bool,
}

/// See [`super::Command::Unsubscribe`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unsubscribe {
    /// Which.
    pub subscription: SubscriptionId,
    /// On whose behalf.
    pub by: UnsubscribedBy,
}

/// Who ends a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnsubscribedBy {
    /// The caller, who must own the subscription or its topic.
    Caller,
    /// Whoever has the link in its messages. The endpoint is told, and can take it back.
    Link,
}

/// See [`super::Command::Publish`]. Whether the caller may is for the topic's policy to say, before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Publish {
    /// To which topic, of any account.
    pub topic: TopicId,
    /// What.
    pub notification: Notification,
}

/// See [`super::Command::EndDeliveries`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EndDeliveries {
    /// Which; those that have ended already are passed over.
    pub deliveries: Vec<DeliveryKey>,
}

/// See [`super::Command::SettleConnectionEvent`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SettleConnectionEvent {
    /// Which; one that is settled already is passed over.
    pub event: ConnectionEventId,
    /// What to publish to its topic; nothing if it is given up.
    pub publish: Option<Notification>,
}

/// See [`super::Command::CreateVpcEndpointConnectionNotification`]. Whether the topic's policy allows it to be told of
/// events is judged before.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CreateVpcEndpointConnectionNotification {
    /// About what.
    pub subject: NotificationSubject,
    /// Where events are published.
    pub topic: TopicAddress,
    /// Which events; at least one.
    pub events: BTreeSet<ConnectionEventKind>,
    /// Client token.
    pub client_token: Option<String>,
}

/// See [`super::Command::ModifyVpcEndpointConnectionNotification`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModifyVpcEndpointConnectionNotification {
    /// Which.
    pub notification: ConnectionNotificationId,
    /// Where events are published; as before if not given.
    pub topic: Option<TopicAddress>,
    /// Which events; as before if empty.
    pub events: BTreeSet<ConnectionEventKind>,
}

/// See [`super::Command::DeleteVpcEndpointConnectionNotifications`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeleteVpcEndpointConnectionNotifications {
    /// Which.
    pub notifications: Vec<ConnectionNotificationId>,
}
