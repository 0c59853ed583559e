//! Topics, subscriptions, messages and notifications of connections.

use model::connection_notification::{ConnectionEventKind, NotificationSubject};
use model::message::{MessageContent, Notification};
use model::subscription::{ConfirmationToken, Protocol, SubscriptionState};
use model::topic::TopicAddress;
use model::*;

use super::Source;

impl Source {
    fn topic_name(&mut self) -> TopicAddress {
        TopicAddress {
            owner: self.account(),
            name: self.one(&["alerts", "a_B-9"]).parse().unwrap(),
        }
    }

    pub(super) fn topic(&mut self) -> Topic {
        let TopicAddress { owner, name } = self.topic_name();
        Topic {
            id: self.id(),
            owner,
            name,
            display_name: self.text(),
            policy: self.option(Self::text),
            created: self.time(),
            tags: self.tags(),
        }
    }

    fn protocol_of_endpoint(&mut self) -> Protocol {
        self.one(&[Protocol::Http, Protocol::Https])
    }

    pub(super) fn subscription(&mut self) -> Subscription {
        let states = [
            SubscriptionState::Pending {
                expires: self.time(),
            },
            SubscriptionState::Confirmed {
                authenticated: self.flag(),
                authenticate_on_unsubscribe: self.flag(),
            },
            SubscriptionState::Cancelled {
                expires: self.time(),
            },
        ];
        let token = format!("{:032x}{:032x}", self.bits(), self.bits());
        Subscription {
            id: SubscriptionId::from_bits(self.bits()),
            topic: self.id(),
            owner: self.account(),
            protocol: self.protocol_of_endpoint(),
            endpoint: self.text(),
            raw_message_delivery: self.flag(),
            state: self.one(&states),
            token: ConfirmationToken::new(&token).unwrap(),
        }
    }

    pub(super) fn message(&mut self) -> Message {
        let notification = Notification {
            subject: self.option(Self::text),
            body: self.text(),
            body_by_protocol: self.many(|from| (from.protocol_of_endpoint(), from.text())),
            attributes: self.many(|from| (format!("a.{}", from.below(9)), from.text())),
        };
        let content = match self.below(4) {
            0 => MessageContent::SubscriptionConfirmation,
            1 => MessageContent::UnsubscribeConfirmation,
            _ => MessageContent::Notification(notification),
        };
        Message {
            id: MessageId::from_bits(self.bits()),
            topic: self.id(),
            published: self.time(),
            content,
        }
    }

    pub(super) fn delivery(&mut self) -> Delivery {
        Delivery {
            key: DeliveryKey {
                subscription: SubscriptionId::from_bits(self.bits()),
                message: MessageId::from_bits(self.bits()),
            },
            topic: self.id(),
        }
    }

    fn subject(&mut self) -> NotificationSubject {
        if self.flag() {
            NotificationSubject::Service(self.id())
        } else {
            NotificationSubject::Endpoint(self.id())
        }
    }

    pub(super) fn connection_notification(&mut self) -> ConnectionNotification {
        ConnectionNotification {
            id: self.id(),
            owner: self.account(),
            subject: self.subject(),
            events: self.many(|from| from.one(&ConnectionEventKind::ALL)),
            topic: self.topic_name(),
            lost: self.next(),
        }
    }

    pub(super) fn connection_event(&mut self) -> ConnectionEvent {
        let states = [
            VpcEndpointState::PendingAcceptance,
            VpcEndpointState::Deleted { at: self.time() },
        ];
        ConnectionEvent {
            id: ConnectionEventId::from_bits(self.bits()),
            notification: self.id(),
            owner: self.account(),
            subject: self.subject(),
            topic: self.topic_name(),
            kind: self.one(&ConnectionEventKind::ALL),
            endpoint: self.id(),
            endpoint_owner: self.account(),
            service: self.id(),
            state: self.one(&states),
            at: self.time(),
        }
    }
}
