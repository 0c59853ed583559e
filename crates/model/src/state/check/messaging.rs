//! Topics, subscriptions, messages and notifications of connections.

use std::collections::BTreeSet;

use super::Checker;
use crate::connection_notification::NotificationSubject;
use crate::limits::WAITING_EVENTS_MAX;
use crate::message::MessageContent;
use crate::resource::Key;
use crate::subscription::{Subscription, SubscriptionState};

impl Checker<'_> {
    pub(super) fn check_messaging(&mut self) {
        let tables = self.tables;
        let topics = tables.topics.iter();
        let names = topics.map(|one| (one.address(), Key::Topic(one.id)));
        self.require_distinct(names, "its name is its own in the account");
        for subscription in tables.subscriptions.iter() {
            let key = Key::Subscription(subscription.id);
            let present = tables.topics.contains(&subscription.topic);
            self.require(present, key, "its topic exists");
        }
        let subscriptions = tables.subscriptions.iter();
        let endpoints = subscriptions.map(|one| {
            let place = (one.topic, one.owner, one.protocol, one.endpoint.clone());
            (place, Key::Subscription(one.id))
        });
        self.require_distinct(
            endpoints,
            "its endpoint is its own in the topic and account",
        );
        let subscriptions = tables.subscriptions.iter();
        let tokens = subscriptions.map(|one| (one.token.clone(), Key::Subscription(one.id)));
        self.require_distinct(tokens, "its token is its own");
        self.check_deliveries();
        self.check_connection_notifications();
    }

    fn check_deliveries(&mut self) {
        let tables = self.tables;
        let mut awaited = BTreeSet::new();
        for delivery in tables.deliveries.iter() {
            let key = Key::Delivery(delivery.key);
            awaited.insert(delivery.key.message);
            let subscription = tables.subscriptions.get(&delivery.key.subscription);
            let message = tables.messages.get(&delivery.key.message);
            let (Some(subscription), Some(message)) = (subscription, message) else {
                self.require(false, key, "its subscription and message exist");
                continue;
            };
            let topics = [subscription.topic, message.topic];
            let agree = topics.iter().all(|topic| *topic == delivery.topic);
            self.require(agree, key.clone(), "it is of one topic");
            let wanted = is_wanted(subscription, &message.content);
            self.require(wanted, key, "its endpoint is to get such a message");
        }
        for message in tables.messages.iter() {
            let kept = awaited.contains(&message.id);
            self.require(kept, Key::Message(message.id), "somebody is to get it");
        }
    }

    fn check_connection_notifications(&mut self) {
        let tables = self.tables;
        for notification in tables.connection_notifications.iter() {
            let key = Key::ConnectionNotification(notification.id);
            let owner = match notification.subject {
                NotificationSubject::Service(id) => {
                    tables.endpoint_services.get(&id).map(|one| one.owner)
                }
                NotificationSubject::Endpoint(id) => {
                    tables.vpc_endpoints.get(&id).map(|one| one.owner)
                }
            };
            let own = owner == Some(notification.owner);
            self.require(own, key.clone(), "its owner's service or endpoint exists");
            let some = !notification.events.is_empty();
            self.require(some, key, "it tells of an event");
        }
        for account in tables.accounts.iter() {
            let events = tables.connection_events.iter();
            let waiting = events.filter(|event| event.owner == account.id).count();
            let bounded = waiting <= WAITING_EVENTS_MAX;
            let rule = "no more than so many events wait";
            self.require(bounded, Key::Account(account.id), rule);
        }
    }
}

/// Nothing but questions is sent to an endpoint that has not confirmed.
fn is_wanted(subscription: &Subscription, content: &MessageContent) -> bool {
    match (subscription.state, content) {
        // One that was asked twice may have confirmed already.
        (_, MessageContent::SubscriptionConfirmation)
        // One that was cancelled may have taken that back already.
        | (_, MessageContent::UnsubscribeConfirmation)
        | (SubscriptionState::Confirmed { .. }, MessageContent::Notification(_)) => true,
        (
            SubscriptionState::Pending { .. } | SubscriptionState::Cancelled { .. },
            MessageContent::Notification(_),
        ) => false,
    }
}
