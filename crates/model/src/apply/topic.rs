//! Topics.

use std::sync::Arc;

use super::lookup::over_quota;
use super::{Execute, Transaction};
use crate::command::{CreateTopic, DeleteTopic, SetTopicAttribute, TopicAttribute};
use crate::id::TopicId;
use crate::limits::{TOPIC_DISPLAY_NAME_CHARS_MAX, TOPIC_POLICY_CHARS_MAX};
use crate::outcome::Reply;
use crate::rejection::{Messaging, Rejection};
use crate::resource::Key;
use crate::topic::{Topic, TopicAddress};

impl Execute for CreateTopic {
    /// A topic that is there already is returned, if it is as it would be made.
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let address = TopicAddress {
            owner: tx.caller(),
            name: self.name.clone(),
        };
        if let Some(topic) = tx.state().topic_at(&address) {
            let differs = |asked: &Option<String>, present: &str| {
                asked.as_deref().is_some_and(|asked| asked != present)
            };
            if differs(&self.display_name, &topic.display_name)
                || (self.policy.is_some() && self.policy != topic.policy)
            {
                return Err(Messaging::TopicAttributesDiffer.into());
            }
            if !self.tags.is_empty() && self.tags != topic.tags {
                return Err(Messaging::TopicTagsDiffer.into());
            }
            return Ok(Reply::Topic(topic.id));
        }
        let present = tx.state().indexes().topics_by_account.count(&tx.caller());
        if over_quota(present, tx.settings().quotas.topics) {
            return Err(Messaging::TopicQuota.into());
        }
        let id = tx.fresh_id(|state, id| state.tables().topics.contains(&id))?;
        let mut topic = Topic {
            id,
            owner: tx.caller(),
            name: self.name,
            display_name: String::new(),
            policy: None,
            created: tx.now(),
            tags: self.tags,
        };
        if let Some(name) = self.display_name {
            TopicAttribute::DisplayName(name).set(&mut topic)?;
        }
        TopicAttribute::Policy(self.policy).set(&mut topic)?;
        tx.put(topic);
        Ok(Reply::Topic(id))
    }
}

impl TopicAttribute {
    fn set(self, topic: &mut Topic) -> Result<(), Rejection> {
        match self {
            Self::DisplayName(name) => {
                if name.chars().count() > TOPIC_DISPLAY_NAME_CHARS_MAX {
                    return Err(Messaging::DisplayName.into());
                }
                topic.display_name = name;
            }
            Self::Policy(policy) => {
                let fits = |policy: &String| {
                    (1..=TOPIC_POLICY_CHARS_MAX).contains(&policy.chars().count())
                };
                if !policy.as_ref().is_none_or(fits) {
                    return Err(Messaging::PolicyLength.into());
                }
                topic.policy = policy;
            }
        }
        Ok(())
    }
}

impl Execute for SetTopicAttribute {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut topic = Topic::clone(&*tx.own_topic(self.topic)?);
        self.attribute.set(&mut topic)?;
        tx.put(topic);
        Ok(Reply::Done)
    }
}

impl Execute for DeleteTopic {
    /// What was not delivered yet goes with it.
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        if self.topic.owner != tx.caller() {
            return Err(Messaging::NoTopic.into());
        }
        let Some(topic) = tx.state().topic_at(&self.topic).map(|topic| topic.id) else {
            return Ok(Reply::Done);
        };
        let indexes = tx.state().indexes();
        let subscriptions = indexes.subscriptions_by_topic.of(&topic).copied();
        for subscription in subscriptions.collect::<Vec<_>>() {
            tx.delete_subscription(subscription);
        }
        tx.delete(Key::Topic(topic));
        Ok(Reply::Done)
    }
}

impl Transaction<'_, '_> {
    /// The caller's topic with that id.
    pub(super) fn own_topic(&self, id: TopicId) -> Result<Arc<Topic>, Rejection> {
        let topic = self.topic(id)?;
        if topic.owner == self.caller() {
            return Ok(topic);
        }
        Err(Messaging::NoTopic.into())
    }

    /// Anybody's topic with that id.
    pub(super) fn topic(&self, id: TopicId) -> Result<Arc<Topic>, Rejection> {
        let found = self.state().tables().topics.get(&id);
        found.cloned().ok_or_else(|| Messaging::NoTopic.into())
    }
}
