//! Topics, subscriptions, messages and notifications of connections.

use std::collections::BTreeMap;

use model::Timestamp;
use model::connection_notification::{
    ConnectionEventKind as ModelEventKind, NotificationSubject as ModelSubject,
};
use model::message::{
    DeliveryKey, MessageContent as ModelContent, Notification as ModelNotification,
};
use model::subscription::{
    ConfirmationToken, Protocol as ModelProtocol, SubscriptionState as ModelState,
};
use model::topic::TopicAddress as ModelAddress;
use serde::{Deserialize, Serialize};

use super::private_link::VpcEndpointState;
use super::{TagMap, read_tags, tag_map};
use crate::error::{FieldError, parse, valid};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    id: String,
    owner: String,
    name: String,
    display_name: String,
    policy: Option<String>,
    created: u64,
    tags: TagMap,
}

impl From<&model::Topic> for Topic {
    fn from(topic: &model::Topic) -> Self {
        Self {
            id: topic.id.to_string(),
            owner: topic.owner.to_string(),
            name: topic.name.to_string(),
            display_name: topic.display_name.clone(),
            policy: topic.policy.clone(),
            created: topic.created.as_millis(),
            tags: tag_map(&topic.tags),
        }
    }
}

impl TryFrom<Topic> for model::Topic {
    type Error = FieldError;

    fn try_from(record: Topic) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            name: parse("name", &record.name)?,
            display_name: record.display_name,
            policy: record.policy,
            created: Timestamp::from_millis(record.created),
            tags: read_tags("tags", record.tags)?,
        })
    }
}

/// A topic as others know it, whether it exists or not.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicAddress {
    owner: String,
    name: String,
}

impl From<&ModelAddress> for TopicAddress {
    fn from(address: &ModelAddress) -> Self {
        Self {
            owner: address.owner.to_string(),
            name: address.name.to_string(),
        }
    }
}

impl TryFrom<TopicAddress> for ModelAddress {
    type Error = FieldError;

    fn try_from(record: TopicAddress) -> Result<Self, FieldError> {
        Ok(Self {
            owner: parse("topic.owner", &record.owner)?,
            name: parse("topic.name", &record.name)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subscription {
    id: String,
    topic: String,
    owner: String,
    #[serde(with = "Protocol")]
    protocol: ModelProtocol,
    endpoint: String,
    raw_message_delivery: bool,
    state: SubscriptionState,
    token: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ModelProtocol", rename_all = "kebab-case")]
enum Protocol {
    Http,
    Https,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SubscriptionState {
    Pending {
        expires: u64,
    },
    Confirmed {
        authenticated: bool,
        authenticate_on_unsubscribe: bool,
    },
    Cancelled {
        expires: u64,
    },
}

impl From<ModelState> for SubscriptionState {
    fn from(state: ModelState) -> Self {
        match state {
            ModelState::Pending { expires } => Self::Pending {
                expires: expires.as_millis(),
            },
            ModelState::Confirmed {
                authenticated,
                authenticate_on_unsubscribe,
            } => Self::Confirmed {
                authenticated,
                authenticate_on_unsubscribe,
            },
            ModelState::Cancelled { expires } => Self::Cancelled {
                expires: expires.as_millis(),
            },
        }
    }
}

impl From<SubscriptionState> for ModelState {
    fn from(record: SubscriptionState) -> Self {
        match record {
            SubscriptionState::Pending { expires } => Self::Pending {
                expires: Timestamp::from_millis(expires),
            },
            SubscriptionState::Confirmed {
                authenticated,
                authenticate_on_unsubscribe,
            } => Self::Confirmed {
                authenticated,
                authenticate_on_unsubscribe,
            },
            SubscriptionState::Cancelled { expires } => Self::Cancelled {
                expires: Timestamp::from_millis(expires),
            },
        }
    }
}

impl From<&model::Subscription> for Subscription {
    fn from(subscription: &model::Subscription) -> Self {
        Self {
            id: subscription.id.to_string(),
            topic: subscription.topic.to_string(),
            owner: subscription.owner.to_string(),
            protocol: subscription.protocol,
            endpoint: subscription.endpoint.clone(),
            raw_message_delivery: subscription.raw_message_delivery,
            state: subscription.state.into(),
            token: subscription.token.as_str().to_owned(),
        }
    }
}

impl TryFrom<Subscription> for model::Subscription {
    type Error = FieldError;

    fn try_from(record: Subscription) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            topic: parse("topic", &record.topic)?,
            owner: parse("owner", &record.owner)?,
            protocol: record.protocol,
            endpoint: record.endpoint,
            raw_message_delivery: record.raw_message_delivery,
            state: record.state.into(),
            token: valid("token", ConfirmationToken::new(&record.token))?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    id: String,
    topic: String,
    published: u64,
    content: MessageContent,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MessageContent {
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
    Notification(Notification),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notification {
    subject: Option<String>,
    body: String,
    http_body: Option<String>,
    https_body: Option<String>,
    attributes: BTreeMap<String, String>,
}

impl From<&ModelNotification> for Notification {
    fn from(notification: &ModelNotification) -> Self {
        let body = |protocol| notification.body_by_protocol.get(&protocol).cloned();
        Self {
            subject: notification.subject.clone(),
            body: notification.body.clone(),
            http_body: body(ModelProtocol::Http),
            https_body: body(ModelProtocol::Https),
            attributes: notification.attributes.clone(),
        }
    }
}

impl From<Notification> for ModelNotification {
    fn from(record: Notification) -> Self {
        let http = record.http_body.map(|body| (ModelProtocol::Http, body));
        let https = record.https_body.map(|body| (ModelProtocol::Https, body));
        Self {
            subject: record.subject,
            body: record.body,
            body_by_protocol: http.into_iter().chain(https).collect(),
            attributes: record.attributes,
        }
    }
}

impl From<&model::Message> for Message {
    fn from(message: &model::Message) -> Self {
        let content = match &message.content {
            ModelContent::SubscriptionConfirmation => MessageContent::SubscriptionConfirmation,
            ModelContent::UnsubscribeConfirmation => MessageContent::UnsubscribeConfirmation,
            ModelContent::Notification(own) => MessageContent::Notification(own.into()),
        };
        Self {
            id: message.id.to_string(),
            topic: message.topic.to_string(),
            published: message.published.as_millis(),
            content,
        }
    }
}

impl TryFrom<Message> for model::Message {
    type Error = FieldError;

    fn try_from(record: Message) -> Result<Self, FieldError> {
        let content = match record.content {
            MessageContent::SubscriptionConfirmation => ModelContent::SubscriptionConfirmation,
            MessageContent::UnsubscribeConfirmation => ModelContent::UnsubscribeConfirmation,
            MessageContent::Notification(own) => ModelContent::Notification(own.into()),
        };
        Ok(Self {
            id: parse("id", &record.id)?,
            topic: parse("topic", &record.topic)?,
            published: Timestamp::from_millis(record.published),
            content,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delivery {
    subscription: String,
    message: String,
    topic: String,
}

impl From<&model::Delivery> for Delivery {
    fn from(delivery: &model::Delivery) -> Self {
        Self {
            subscription: delivery.key.subscription.to_string(),
            message: delivery.key.message.to_string(),
            topic: delivery.topic.to_string(),
        }
    }
}

impl TryFrom<Delivery> for model::Delivery {
    type Error = FieldError;

    fn try_from(record: Delivery) -> Result<Self, FieldError> {
        Ok(Self {
            key: DeliveryKey {
                subscription: parse("subscription", &record.subscription)?,
                message: parse("message", &record.message)?,
            },
            topic: parse("topic", &record.topic)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NotificationSubject {
    Service(String),
    Endpoint(String),
}

impl From<ModelSubject> for NotificationSubject {
    fn from(subject: ModelSubject) -> Self {
        match subject {
            ModelSubject::Service(id) => Self::Service(id.to_string()),
            ModelSubject::Endpoint(id) => Self::Endpoint(id.to_string()),
        }
    }
}

impl TryFrom<NotificationSubject> for ModelSubject {
    type Error = FieldError;

    fn try_from(record: NotificationSubject) -> Result<Self, FieldError> {
        Ok(match &record {
            NotificationSubject::Service(id) => Self::Service(parse("subject", id)?),
            NotificationSubject::Endpoint(id) => Self::Endpoint(parse("subject", id)?),
        })
    }
}

/// A word for a kind of event, in a list or alone.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EventKind {
    Accept,
    Connect,
    Delete,
    Reject,
}

impl From<ModelEventKind> for EventKind {
    fn from(kind: ModelEventKind) -> Self {
        match kind {
            ModelEventKind::Accept => Self::Accept,
            ModelEventKind::Connect => Self::Connect,
            ModelEventKind::Delete => Self::Delete,
            ModelEventKind::Reject => Self::Reject,
        }
    }
}

impl From<EventKind> for ModelEventKind {
    fn from(record: EventKind) -> Self {
        match record {
            EventKind::Accept => Self::Accept,
            EventKind::Connect => Self::Connect,
            EventKind::Delete => Self::Delete,
            EventKind::Reject => Self::Reject,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionNotification {
    id: String,
    owner: String,
    subject: NotificationSubject,
    events: Vec<EventKind>,
    topic: TopicAddress,
    lost: u64,
}

impl From<&model::ConnectionNotification> for ConnectionNotification {
    fn from(notification: &model::ConnectionNotification) -> Self {
        let events = notification.events.iter().copied();
        Self {
            id: notification.id.to_string(),
            owner: notification.owner.to_string(),
            subject: notification.subject.into(),
            events: events.map(Into::into).collect(),
            topic: (&notification.topic).into(),
            lost: notification.lost,
        }
    }
}

impl TryFrom<ConnectionNotification> for model::ConnectionNotification {
    type Error = FieldError;

    fn try_from(record: ConnectionNotification) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            owner: parse("owner", &record.owner)?,
            subject: record.subject.try_into()?,
            events: record.events.into_iter().map(Into::into).collect(),
            topic: record.topic.try_into()?,
            lost: record.lost,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionEvent {
    id: String,
    notification: String,
    owner: String,
    subject: NotificationSubject,
    topic: TopicAddress,
    kind: EventKind,
    endpoint: String,
    endpoint_owner: String,
    service: String,
    state: VpcEndpointState,
    at: u64,
}

impl From<&model::ConnectionEvent> for ConnectionEvent {
    fn from(event: &model::ConnectionEvent) -> Self {
        Self {
            id: event.id.to_string(),
            notification: event.notification.to_string(),
            owner: event.owner.to_string(),
            subject: event.subject.into(),
            topic: (&event.topic).into(),
            kind: event.kind.into(),
            endpoint: event.endpoint.to_string(),
            endpoint_owner: event.endpoint_owner.to_string(),
            service: event.service.to_string(),
            state: event.state.into(),
            at: event.at.as_millis(),
        }
    }
}

impl TryFrom<ConnectionEvent> for model::ConnectionEvent {
    type Error = FieldError;

    fn try_from(record: ConnectionEvent) -> Result<Self, FieldError> {
        Ok(Self {
            id: parse("id", &record.id)?,
            notification: parse("notification", &record.notification)?,
            owner: parse("owner", &record.owner)?,
            subject: record.subject.try_into()?,
            topic: record.topic.try_into()?,
            kind: record.kind.into(),
            endpoint: parse("endpoint", &record.endpoint)?,
            endpoint_owner: parse("endpoint_owner", &record.endpoint_owner)?,
            service: parse("service", &record.service)?,
            state: record.state.into(),
            at: Timestamp::from_millis(record.at),
        })
    }
}
