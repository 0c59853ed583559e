//! Subscriptions: asked for, confirmed, ended.

use std::sync::Arc;
use std::time::Duration;

use super::lookup::over_quota;
use super::{Execute, Transaction};
use crate::command::{
    ConfirmSubscription, SetSubscriptionAttribute, Subscribe, Unsubscribe, UnsubscribedBy,
};
use crate::id::TopicId;
use crate::limits::{CONFIRMATION_SECS, SUBSCRIPTION_ENDPOINT_CHARS_MAX};
use crate::message::{DeliveryKey, MessageContent};
use crate::outcome::Reply;
use crate::rejection::{Messaging, Rejection};
use crate::resource::Key;
use crate::subscription::{ConfirmationToken, Subscription, SubscriptionState};
use crate::time::Timestamp;
use crate::uuid::SubscriptionId;

impl Execute for Subscribe {
    /// One that is there already is returned; one that is not confirmed is asked once more.
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let topic = tx.topic(self.topic)?;
        if self.endpoint.chars().count() > SUBSCRIPTION_ENDPOINT_CHARS_MAX {
            return Err(Messaging::EndpointLength.into());
        }
        let subscription = match self.present(tx) {
            Some(present) => {
                if present.raw_message_delivery != self.raw_message_delivery {
                    return Err(Messaging::SubscriptionAttributesDiffer.into());
                }
                Subscription::clone(&present)
            }
            None => self.fresh(tx)?,
        };
        let id = subscription.id;
        if !subscription.state.is_confirmed() {
            let expires = tx.confirmation_expires();
            let state = SubscriptionState::Pending { expires };
            tx.put(Subscription {
                state,
                ..subscription
            });
            tx.send(topic.id, MessageContent::SubscriptionConfirmation, &[id])?;
        }
        Ok(Reply::Subscription(id))
    }
}

impl Subscribe {
    /// The caller's subscription of this endpoint. Another account's does not keep it from having its own.
    fn present(&self, tx: &Transaction<'_, '_>) -> Option<Arc<Subscription>> {
        let state = tx.state();
        let of_topic = state.indexes().subscriptions_by_topic.of(&self.topic);
        of_topic
            .filter_map(|id| state.tables().subscriptions.get(id))
            .find(|one| {
                one.owner == tx.caller()
                    && (one.protocol, &one.endpoint) == (self.protocol, &self.endpoint)
            })
            .cloned()
    }

    fn fresh(&self, tx: &mut Transaction<'_, '_>) -> Result<Subscription, Rejection> {
        let indexes = tx.state().indexes();
        let present = indexes.subscriptions_by_topic.count(&self.topic);
        if over_quota(present, tx.settings().quotas.subscriptions_per_topic) {
            return Err(Messaging::SubscriptionQuota.into());
        }
        let id = tx.fresh_uuid(SubscriptionId::from_bits, |state, id| {
            state.tables().subscriptions.contains(id)
        })?;
        Ok(Subscription {
            id,
            topic: self.topic,
            owner: tx.caller(),
            protocol: self.protocol,
            endpoint: self.endpoint.clone(),
            raw_message_delivery: self.raw_message_delivery,
            state: SubscriptionState::Pending {
                expires: tx.confirmation_expires(),
            },
            token: ConfirmationToken::from_bits(tx.bits(), tx.bits()),
        })
    }
}

impl Execute for ConfirmSubscription {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let topic = tx.state().topic_at(&self.topic).map(|topic| topic.id);
        let topic = topic.ok_or(Messaging::NoTopic)?;
        let subscription = self.subscription(tx, topic).ok_or(Messaging::Token)?;
        // A confirmation may be repeated; the first one holds.
        if !subscription.state.is_confirmed() {
            // Nothing but the question has been sent until now, and it is answered.
            tx.drop_deliveries(subscription.id);
            let state = SubscriptionState::Confirmed {
                authenticated: self.authenticated,
                authenticate_on_unsubscribe: self.authenticate_on_unsubscribe,
            };
            tx.put(Subscription {
                state,
                ..Subscription::clone(&subscription)
            });
        }
        Ok(Reply::Subscription(subscription.id))
    }
}

impl ConfirmSubscription {
    fn subscription(&self, tx: &Transaction<'_, '_>, topic: TopicId) -> Option<Arc<Subscription>> {
        let state = tx.state();
        let id = state.indexes().subscription_of_token.first(&self.token)?;
        let subscription = state.tables().subscriptions.get(id)?;
        let in_time = match subscription.state {
            SubscriptionState::Pending { expires } | SubscriptionState::Cancelled { expires } => {
                expires > tx.now()
            }
            SubscriptionState::Confirmed { .. } => true,
        };
        (in_time && subscription.topic == topic).then(|| Arc::clone(subscription))
    }
}

impl Execute for SetSubscriptionAttribute {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let subscription = tx.subscription(self.subscription)?;
        if subscription.owner != tx.caller() {
            return Err(Messaging::NoSubscription.into());
        }
        tx.put(Subscription {
            raw_message_delivery: self.raw_message_delivery,
            ..Subscription::clone(&subscription)
        });
        Ok(Reply::Done)
    }
}

impl Execute for Unsubscribe {
    /// One that has ended stays so.
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let Ok(subscription) = tx.subscription(self.subscription) else {
            return Ok(Reply::Done);
        };
        match self.by {
            UnsubscribedBy::Caller => {
                let topic = tx.topic(subscription.topic)?;
                if ![subscription.owner, topic.owner].contains(&tx.caller()) {
                    return Err(Messaging::NoSubscription.into());
                }
                if !subscription.state.is_confirmed() {
                    return Err(Messaging::PendingConfirmation.into());
                }
                tx.delete_subscription(subscription.id);
            }
            UnsubscribedBy::Link => tx.cancel_subscription(&subscription)?,
        }
        Ok(Reply::Done)
    }
}

impl Transaction<'_, '_> {
    /// Anybody's subscription with that id, unless it was cancelled.
    fn subscription(&self, id: SubscriptionId) -> Result<Arc<Subscription>, Rejection> {
        let found = self.state().tables().subscriptions.get(&id);
        let present = found.filter(|subscription| !subscription.state.is_cancelled());
        present
            .cloned()
            .ok_or_else(|| Messaging::NoSubscription.into())
    }

    fn cancel_subscription(&mut self, subscription: &Subscription) -> Result<(), Rejection> {
        match subscription.state {
            SubscriptionState::Confirmed {
                authenticate_on_unsubscribe: true,
                ..
            } => return Err(Messaging::AuthenticationRequired.into()),
            SubscriptionState::Confirmed { .. } => {}
            SubscriptionState::Pending { .. } | SubscriptionState::Cancelled { .. } => {
                return Err(Messaging::PendingConfirmation.into());
            }
        }
        self.drop_deliveries(subscription.id);
        let expires = self.confirmation_expires();
        self.put(Subscription {
            state: SubscriptionState::Cancelled { expires },
            ..subscription.clone()
        });
        let content = MessageContent::UnsubscribeConfirmation;
        self.send(subscription.topic, content, &[subscription.id])
            .map(drop)
    }

    /// Takes a subscription away, with all that was to be sent to it.
    pub(super) fn delete_subscription(&mut self, id: SubscriptionId) {
        self.drop_deliveries(id);
        self.delete(Key::Subscription(id));
    }

    fn drop_deliveries(&mut self, subscription: SubscriptionId) {
        let indexes = self.state().indexes();
        let messages = indexes.deliveries_by_subscription.of(&subscription);
        for message in messages.copied().collect::<Vec<_>>() {
            self.end_delivery(DeliveryKey {
                subscription,
                message,
            });
        }
    }

    fn confirmation_expires(&self) -> Timestamp {
        self.now().plus(Duration::from_secs(CONFIRMATION_SECS))
    }
}
