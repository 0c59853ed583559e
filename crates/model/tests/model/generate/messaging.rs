//! Topics, subscriptions, messages and notifications of connections.

use std::collections::BTreeMap;

use model::command::*;
use model::connection_notification::{ConnectionEventKind, NotificationSubject};
use model::message::Notification;
use model::subscription::Protocol;
use model::*;

use super::{Dice, tags};

pub(super) fn messaging(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let tables = state.tables();
    let topic = dice.pick(tables.topics.iter()).cloned();
    match dice.below(14) {
        0 | 1 => {
            let create = CreateTopic {
                name: format!("topic-{}", dice.below(3)).parse().unwrap(),
                display_name: None,
                policy: None,
                tags: tags(dice),
            };
            Some((dice.account(), create.into()))
        }
        2 => {
            let topic = topic?;
            let attribute = if dice.chance(50) {
                TopicAttribute::DisplayName(dice.name())
            } else {
                TopicAttribute::Policy(dice.chance(50).then(|| "{}".to_owned()))
            };
            let set = SetTopicAttribute {
                topic: topic.id,
                attribute,
            };
            Some((topic.owner, set.into()))
        }
        3 => {
            let topic = topic?;
            let (owner, topic) = (topic.owner, topic.address());
            Some((owner, DeleteTopic { topic }.into()))
        }
        4 | 5 => {
            let subscribe = Subscribe {
                topic: topic?.id,
                protocol: Protocol::Http,
                endpoint: format!("http://192.0.2.{}/", dice.below(3)),
                raw_message_delivery: dice.chance(30),
            };
            Some((dice.account(), subscribe.into()))
        }
        6 | 7 => {
            let notification = Notification {
                subject: None,
                body: "random".to_owned(),
                body_by_protocol: BTreeMap::new(),
                attributes: BTreeMap::new(),
            };
            let topic = topic?.id;
            Some((
                dice.account(),
                Publish {
                    topic,
                    notification,
                }
                .into(),
            ))
        }
        8 | 9 => Some((dice.account(), courier(state, dice)?)),
        10 | 11 => connection_notification(state, dice),
        _ => subscription(state, dice),
    }
}

fn subscription(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let tables = state.tables();
    let subscription = dice.pick(tables.subscriptions.iter())?;
    let (owner, id) = (subscription.owner, subscription.id);
    let command = match dice.below(8) {
        0..=4 => ConfirmSubscription {
            topic: tables.topics.get(&subscription.topic)?.address(),
            token: subscription.token.clone(),
            authenticated: dice.chance(50),
            authenticate_on_unsubscribe: dice.chance(30),
        }
        .into(),
        5 => SetSubscriptionAttribute {
            subscription: id,
            raw_message_delivery: dice.chance(50),
        }
        .into(),
        _ => {
            let by = if dice.chance(60) {
                UnsubscribedBy::Link
            } else {
                UnsubscribedBy::Caller
            };
            let subscription = id;
            Unsubscribe { subscription, by }.into()
        }
    };
    Some((owner, command))
}

fn courier(state: &State, dice: &mut Dice) -> Option<Command> {
    let tables = state.tables();
    if let Some(event) = dice.pick(tables.connection_events.iter()) {
        let publish = dice.chance(70).then(|| Notification {
            subject: Some("random".to_owned()),
            body: "{}".to_owned(),
            body_by_protocol: BTreeMap::new(),
            attributes: BTreeMap::new(),
        });
        return Some(
            SettleConnectionEvent {
                event: event.id,
                publish,
            }
            .into(),
        );
    }
    let keys = tables.deliveries.iter().map(|delivery| delivery.key);
    let deliveries = dice.some(keys, 3);
    Some(EndDeliveries { deliveries }.into())
}

fn connection_notification(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let tables = state.tables();
    let known = dice.pick(tables.connection_notifications.iter()).cloned();
    let topic = dice.pick(tables.topics.iter()).map(|one| one.address());
    let events = dice.some(ConnectionEventKind::ALL, 4).into_iter();
    let events = events.chain([ConnectionEventKind::Connect]).collect();
    match (dice.below(6), known) {
        (0, Some(known)) => {
            let modify = ModifyVpcEndpointConnectionNotification {
                notification: known.id,
                topic,
                events,
            };
            Some((known.owner, modify.into()))
        }
        (1, Some(known)) => {
            let notifications = vec![known.id];
            let delete = DeleteVpcEndpointConnectionNotifications { notifications };
            Some((known.owner, delete.into()))
        }
        _ => {
            let service = dice.pick(tables.endpoint_services.iter());
            let endpoint = dice.pick(tables.vpc_endpoints.iter());
            let (owner, subject) = match (service, endpoint) {
                (Some(one), _) if dice.chance(70) => {
                    (one.owner, NotificationSubject::Service(one.id))
                }
                (_, endpoint) => {
                    let one = endpoint?;
                    (one.owner, NotificationSubject::Endpoint(one.id))
                }
            };
            let create = CreateVpcEndpointConnectionNotification {
                subject,
                topic: topic?,
                events,
                client_token: dice.token(),
            };
            Some((owner, create.into()))
        }
    }
}
