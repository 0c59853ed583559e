//! Topics, subscriptions and messages.

use std::collections::BTreeMap;
use std::time::Duration;

use model::command::*;
use model::limits::{CONFIRMATION_SECS, MESSAGE_BYTES_MAX};
use model::message::{MessageContent, Notification};
use model::rejection::Messaging;
use model::subscription::{Protocol, SubscriptionState};
use model::topic::TopicAddress;
use model::*;

use crate::world::*;

const URL: &str = "http://192.0.2.1/inbox";

fn owner() -> AccountId {
    account(PROVIDER)
}

impl World {
    pub(crate) fn topic(&mut self, caller: AccountId, name: &str) -> TopicId {
        let create = CreateTopic {
            name: name.parse().unwrap(),
            display_name: None,
            policy: None,
            tags: Tags::new(),
        };
        let Ok(Reply::Topic(id)) = self.run(caller, create) else {
            panic!("no topic")
        };
        id
    }

    pub(crate) fn address(&self, topic: TopicId) -> TopicAddress {
        self.state.tables().topics.get(&topic).unwrap().address()
    }

    pub(crate) fn subscribe(&mut self, caller: AccountId, topic: TopicId) -> SubscriptionId {
        let Ok(Reply::Subscription(id)) = self.run(caller, subscribe(topic)) else {
            panic!("no subscription")
        };
        id
    }

    fn subscription(&self, id: SubscriptionId) -> &Subscription {
        self.state.tables().subscriptions.get(&id).unwrap()
    }

    pub(crate) fn confirm(&mut self, id: SubscriptionId) -> Result<Reply, Rejection> {
        let subscription = self.subscription(id);
        let confirm = ConfirmSubscription {
            topic: self.address(subscription.topic),
            token: subscription.token.clone(),
            authenticated: false,
            authenticate_on_unsubscribe: false,
        };
        self.run(account(0), confirm)
    }

    /// A topic with a subscription that has confirmed and has nothing to get.
    fn listening(&mut self) -> (TopicId, SubscriptionId) {
        let topic = self.topic(owner(), "alerts");
        let subscription = self.subscribe(owner(), topic);
        self.confirm(subscription).unwrap();
        self.deliver();
        (topic, subscription)
    }

    /// What is still to be delivered, in any order.
    pub(crate) fn waiting(&self) -> Vec<MessageContent> {
        let tables = self.state.tables();
        let messages = tables.messages.iter();
        messages.map(|message| message.content.clone()).collect()
    }

    /// Everything arrives.
    pub(crate) fn deliver(&mut self) {
        let deliveries = self.state.tables().deliveries.iter();
        let deliveries = deliveries.map(|delivery| delivery.key).collect();
        self.report(EndDeliveries { deliveries });
        assert_eq!(self.waiting(), []);
    }

    fn publish(&mut self, topic: TopicId, body: &str) -> Result<Reply, Rejection> {
        let notification = notification(body);
        self.run(
            owner(),
            Publish {
                topic,
                notification,
            },
        )
    }
}

fn subscribe(topic: TopicId) -> Subscribe {
    Subscribe {
        topic,
        protocol: Protocol::Http,
        endpoint: URL.to_owned(),
        raw_message_delivery: false,
    }
}

pub(crate) fn notification(body: &str) -> Notification {
    Notification {
        subject: None,
        body: body.to_owned(),
        body_by_protocol: BTreeMap::new(),
        attributes: BTreeMap::new(),
    }
}

#[test]
fn a_topic_made_again_is_the_same_unless_it_differs() {
    let mut world = World::new();
    let topic = world.topic(owner(), "alerts");
    assert_eq!(world.topic(owner(), "alerts"), topic);
    assert_ne!(world.topic(account(CONSUMER), "alerts"), topic);
    let again = CreateTopic {
        name: "alerts".parse().unwrap(),
        display_name: Some("Alerts".to_owned()),
        policy: None,
        tags: Tags::new(),
    };
    let refused = world.run(owner(), again.clone());
    assert_eq!(refused, Err(Messaging::TopicAttributesDiffer.into()));
    let tags = Tags::from_pairs([("k".to_owned(), "v".to_owned())]).unwrap();
    let tagged = CreateTopic {
        display_name: None,
        tags,
        ..again
    };
    let refused = world.run(owner(), tagged);
    assert_eq!(refused, Err(Messaging::TopicTagsDiffer.into()));
    let delete = DeleteTopic {
        topic: world.address(topic),
    };
    let refused = world.run(account(CONSUMER), delete.clone());
    assert_eq!(refused, Err(Messaging::NoTopic.into()));
    world.run(owner(), delete.clone()).unwrap();
    let again = world.run(owner(), delete);
    assert_eq!(
        again,
        Ok(Reply::Done),
        "it is gone, which is what is wanted"
    );
}

#[test]
fn nothing_but_the_question_is_sent_before_the_confirmation() {
    let mut world = World::new();
    let topic = world.topic(owner(), "alerts");
    let subscription = world.subscribe(owner(), topic);
    assert_eq!(world.waiting(), [MessageContent::SubscriptionConfirmation]);
    world.publish(topic, "too early").unwrap();
    assert_eq!(world.waiting(), [MessageContent::SubscriptionConfirmation]);
    world.deliver();
    world.confirm(subscription).unwrap();
    world.publish(topic, "hello").unwrap();
    let hello = MessageContent::Notification(notification("hello"));
    assert_eq!(world.waiting(), [hello]);
}

#[test]
fn a_wrong_or_late_token_confirms_nothing() {
    let mut world = World::new();
    let (topic, other) = (
        world.topic(owner(), "alerts"),
        world.topic(owner(), "other"),
    );
    let subscription = world.subscribe(owner(), topic);
    let elsewhere = ConfirmSubscription {
        topic: world.address(other),
        token: world.subscription(subscription).token.clone(),
        authenticated: false,
        authenticate_on_unsubscribe: false,
    };
    let refused = world.run(account(0), elsewhere);
    assert_eq!(refused, Err(Messaging::Token.into()));
    world.now = world.now.plus(Duration::from_secs(CONFIRMATION_SECS));
    assert_eq!(
        world.confirm(subscription),
        Err(Messaging::Token.into()),
        "it is too late"
    );
    world.pass(Duration::ZERO);
    assert!(!world.state.tables().subscriptions.contains(&subscription));
    assert_eq!(world.waiting(), [], "the question is gone, too");
}

#[test]
fn subscribing_again_asks_again_until_it_is_confirmed() {
    let mut world = World::new();
    let topic = world.topic(owner(), "alerts");
    let subscription = world.subscribe(owner(), topic);
    assert_eq!(world.subscribe(owner(), topic), subscription);
    assert_eq!(world.waiting().len(), 2);
    world.confirm(subscription).unwrap();
    assert_eq!(world.waiting(), [], "the question is answered");
    assert_eq!(world.subscribe(owner(), topic), subscription);
    assert_eq!(world.waiting(), []);
    let raw = Subscribe {
        raw_message_delivery: true,
        ..subscribe(topic)
    };
    let refused = world.run(owner(), raw);
    assert_eq!(refused, Err(Messaging::SubscriptionAttributesDiffer.into()));
    let stranger = world.subscribe(account(CONSUMER), topic);
    assert_ne!(stranger, subscription, "another account has its own");
}

#[test]
fn a_subscription_that_ends_takes_what_it_was_to_get_along() {
    let mut world = World::new();
    let (topic, subscription) = world.listening();
    world.publish(topic, "never arrives").unwrap();
    let by = UnsubscribedBy::Caller;
    let unsubscribe = Unsubscribe { subscription, by };
    let stranger = world.run(account(CONSUMER), unsubscribe.clone());
    assert_eq!(stranger, Err(Messaging::NoSubscription.into()));
    for _ in 0..2 {
        world.run(owner(), unsubscribe.clone()).unwrap();
        assert_eq!(world.waiting(), []);
    }

    let (topic, _) = world.listening();
    world.publish(topic, "never arrives").unwrap();
    let topic = world.address(topic);
    world.run(owner(), DeleteTopic { topic }).unwrap();
    assert_eq!(world.waiting(), []);
    assert!(world.state.tables().subscriptions.is_empty());
}

#[test]
fn one_who_was_unsubscribed_by_a_link_can_take_it_back() {
    let mut world = World::new();
    let (topic, subscription) = world.listening();
    world.publish(topic, "never arrives").unwrap();
    let by = UnsubscribedBy::Link;
    let unsubscribe = Unsubscribe { subscription, by };
    world.report(unsubscribe.clone());
    assert_eq!(world.waiting(), [MessageContent::UnsubscribeConfirmation]);
    world.report(unsubscribe);
    world.deliver();
    world.publish(topic, "to nobody").unwrap();
    assert_eq!(world.waiting(), []);
    world.confirm(subscription).unwrap();
    world.publish(topic, "hello").unwrap();
    assert_eq!(world.waiting().len(), 1);
}

#[test]
fn a_link_does_not_end_what_only_the_owner_may_end() {
    let mut world = World::new();
    let topic = world.topic(owner(), "alerts");
    let subscription = world.subscribe(owner(), topic);
    let (link, caller) = (UnsubscribedBy::Link, UnsubscribedBy::Caller);
    let unsubscribe = |by| Unsubscribe { subscription, by };
    for by in [link, caller] {
        let refused = world.run(owner(), unsubscribe(by));
        assert_eq!(refused, Err(Messaging::PendingConfirmation.into()));
    }
    let confirm = ConfirmSubscription {
        topic: world.address(topic),
        token: world.subscription(subscription).token.clone(),
        authenticated: true,
        authenticate_on_unsubscribe: true,
    };
    world.run(owner(), confirm).unwrap();
    let expected = SubscriptionState::Confirmed {
        authenticated: true,
        authenticate_on_unsubscribe: true,
    };
    assert_eq!(world.subscription(subscription).state, expected);
    let refused = world.run(account(0), unsubscribe(link));
    assert_eq!(refused, Err(Messaging::AuthenticationRequired.into()));
    world.run(owner(), unsubscribe(caller)).unwrap();
}

#[test]
fn a_message_is_kept_until_its_last_delivery_has_ended() {
    let mut world = World::new();
    let (topic, first) = world.listening();
    let second = world.subscribe(account(CONSUMER), topic);
    world.confirm(second).unwrap();
    world.deliver();
    let Ok(Reply::Message(message)) = world.publish(topic, "hello") else {
        panic!("no message")
    };
    for (subscription, left) in [(first, 1), (first, 1), (second, 0)] {
        let deliveries = vec![DeliveryKey {
            subscription,
            message,
        }];
        world.report(EndDeliveries { deliveries });
        assert_eq!(world.waiting().len(), left);
    }
}

#[test]
fn messages_and_subscriptions_are_bounded() {
    let mut world = World::new();
    let mut settings = Settings::default();
    settings.quotas.topics = 1;
    settings.quotas.subscriptions_per_topic = 1;
    settings.quotas.undelivered_per_topic = 2;
    world.state = State::new(settings);
    let (topic, _) = world.listening();
    let another = CreateTopic {
        name: "another".parse().unwrap(),
        display_name: None,
        policy: None,
        tags: Tags::new(),
    };
    assert_eq!(
        world.run(owner(), another),
        Err(Messaging::TopicQuota.into())
    );
    let another = Subscribe {
        endpoint: "http://192.0.2.2/".to_owned(),
        ..subscribe(topic)
    };
    let refused = world.run(owner(), another);
    assert_eq!(refused, Err(Messaging::SubscriptionQuota.into()));
    world.publish(topic, "one").unwrap();
    world.publish(topic, "two").unwrap();
    let refused = world.publish(topic, "three");
    assert_eq!(refused, Err(Messaging::UndeliveredQuota.into()));
    world.deliver();
    world
        .publish(topic, &"x".repeat(MESSAGE_BYTES_MAX))
        .unwrap();
    for body in ["", &"x".repeat(MESSAGE_BYTES_MAX + 1)] {
        let refused = world.publish(topic, body);
        let Err(Rejection::Messaging(Messaging::Notification(_))) = refused else {
            panic!("{refused:?}")
        };
    }
    for subject in ["", " x", "a\nb", &"x".repeat(100)] {
        let notification = Notification {
            subject: Some(subject.to_owned()),
            ..notification("hello")
        };
        let refused = world.run(
            owner(),
            Publish {
                topic,
                notification,
            },
        );
        let expected = Messaging::Notification("Invalid parameter: Subject");
        assert_eq!(refused, Err(expected.into()), "{subject}");
    }
}
