//! Messages: published, and delivered or given up.

use super::lookup::over_quota;
use super::{Execute, Transaction};
use crate::command::{EndDeliveries, Publish, SettleConnectionEvent};
use crate::id::TopicId;
use crate::limits::{MESSAGE_BYTES_MAX, SUBJECT_CHARS_MAX};
use crate::message::{Delivery, DeliveryKey, Message, MessageContent, Notification};
use crate::outcome::Reply;
use crate::rejection::{Messaging, Rejection};
use crate::resource::Key;
use crate::uuid::{MessageId, SubscriptionId};

impl Execute for Publish {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let topic = tx.topic(self.topic)?.id;
        tx.publish(topic, self.notification).map(Reply::Message)
    }
}

impl Execute for EndDeliveries {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        for key in self.deliveries {
            tx.end_delivery(key);
        }
        Ok(Reply::Done)
    }
}

impl Execute for SettleConnectionEvent {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let Some(event) = tx.state().tables().connection_events.get(&self.event) else {
            return Ok(Reply::Done);
        };
        if let Some(notification) = self.publish {
            let topic = tx.state().topic_at(&event.topic).map(|topic| topic.id);
            tx.publish(topic.ok_or(Messaging::NoTopic)?, notification)?;
        }
        tx.delete(Key::ConnectionEvent(self.event));
        Ok(Reply::Done)
    }
}

impl Notification {
    fn check(&self) -> Result<(), Messaging> {
        let refused = |why| Err(Messaging::Notification(why));
        if let Some(subject) = &self.subject {
            let plain = subject.bytes().all(|b| (b' '..=b'~').contains(&b));
            let begins = subject.bytes().next().is_some_and(|b| b != b' ');
            if !plain || !begins || subject.len() >= SUBJECT_CHARS_MAX {
                return refused("Invalid parameter: Subject");
            }
        }
        let bodies = || self.body_by_protocol.values().chain([&self.body]);
        if bodies().any(String::is_empty) {
            return refused("Invalid parameter: Empty message");
        }
        let attributes = self.attributes.iter();
        let bytes = bodies().map(String::len).sum::<usize>()
            + attributes
                .map(|(name, value)| name.len() + value.len())
                .sum::<usize>();
        if bytes > MESSAGE_BYTES_MAX {
            return refused("Invalid parameter: Message too long");
        }
        Ok(())
    }
}

impl Transaction<'_, '_> {
    /// Publishes to those who have confirmed. A message that nobody gets is not kept.
    fn publish(
        &mut self,
        topic: TopicId,
        notification: Notification,
    ) -> Result<MessageId, Rejection> {
        notification.check()?;
        let state = self.state();
        let confirmed = |id: &&SubscriptionId| {
            let found = state.tables().subscriptions.get(id);
            found.is_some_and(|subscription| subscription.state.is_confirmed())
        };
        let subscriptions = state.indexes().subscriptions_by_topic.of(&topic);
        let recipients: Vec<_> = subscriptions.filter(confirmed).copied().collect();
        self.send(
            topic,
            MessageContent::Notification(notification),
            &recipients,
        )
    }

    /// Makes a message that is to be sent to these subscriptions.
    pub(super) fn send(
        &mut self,
        topic: TopicId,
        content: MessageContent,
        recipients: &[SubscriptionId],
    ) -> Result<MessageId, Rejection> {
        let id = self.fresh_uuid(MessageId::from_bits, |state, id| {
            state.tables().messages.contains(id)
        })?;
        if recipients.is_empty() {
            return Ok(id);
        }
        let waiting = self.state().indexes().deliveries_by_topic.count(&topic);
        let last = waiting + recipients.len() - 1;
        if over_quota(last, self.settings().quotas.undelivered_per_topic) {
            return Err(Messaging::UndeliveredQuota.into());
        }
        self.put(Message {
            id,
            topic,
            published: self.now(),
            content,
        });
        for subscription in recipients {
            let key = DeliveryKey {
                subscription: *subscription,
                message: id,
            };
            self.put(Delivery { key, topic });
        }
        Ok(id)
    }

    /// Ends a delivery, and forgets its message when it was the last.
    pub(super) fn end_delivery(&mut self, key: DeliveryKey) {
        if !self.state().tables().deliveries.contains(&key) {
            return;
        }
        self.delete(Key::Delivery(key));
        let left = &self.state().indexes().deliveries_by_message;
        if left.count(&key.message) == 0 {
            self.delete(Key::Message(key.message));
        }
    }
}
