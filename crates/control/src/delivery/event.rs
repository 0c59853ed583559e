//! Events of connections: each is published to its topic if the topic's policy allows that then, and is a dead letter
//! otherwise.

use std::collections::{BTreeMap, BTreeSet};

use aws_wire::time::iso_millis;
use futures_util::future::join_all;
use model::command::SettleConnectionEvent;
use model::message::Notification;
use model::{
    AccountId, Change, ConnectionEvent, ConnectionEventId, ConnectionNotification,
    ConnectionNotificationId, Resource, Settings, State,
};
use serde_json::{Value, json};

use super::dead_letter::DeadLetter;
use super::{Courier, FAULT_AGAIN_AFTER};
use crate::control::{SubmitError, Update};
use crate::topic_policy;

/// Subject of the messages.
const SUBJECT: &str = "VPC Endpoint Connection Notification";

/// Events of one account that are settled before the others have their turn.
const TURN_EVENTS: usize = 16;

/// Publishes events, those of each account in the order in which they happened, until the control plane is closed.
/// Accounts take turns, and an event that cannot be settled yet keeps no other from it.
pub(super) async fn tell(courier: &Courier) {
    let mut updates = courier.control.subscribe();
    let mut lost = BTreeMap::new();
    let mut all_settled = true;
    loop {
        let update = if all_settled {
            updates.next().await
        } else {
            match tokio::time::timeout(FAULT_AGAIN_AFTER, updates.next()).await {
                Ok(update) => update,
                Err(_) => Some(Update::Snapshot(courier.control.snapshot())),
            }
        };
        match &update {
            None => return,
            Some(Update::Snapshot(snapshot)) => {
                let all = snapshot.state.tables().connection_notifications.iter();
                all.for_each(|notification| report_lost(notification, &mut lost));
            }
            Some(Update::Commit(commit)) => {
                for change in commit.changes.iter() {
                    if let Change::Put(Resource::ConnectionNotification(notification)) = change {
                        report_lost(notification, &mut lost);
                    }
                }
            }
        }
        all_settled = settle_all(courier).await.is_ok();
    }
}

/// Settles what there is, and what comes in the meantime.
///
/// # Errors
/// Something is to be tried again.
async fn settle_all(courier: &Courier) -> Result<(), Later> {
    let mut tried = BTreeSet::new();
    let mut all_settled = Ok(());
    loop {
        let state = courier.control.snapshot().state.clone();
        tried.retain(|id| state.tables().connection_events.contains(id));
        let turns = next_turns(&state, &tried);
        if turns.is_empty() {
            return all_settled;
        }
        tried.extend(turns.values().flatten().map(|event| event.id));
        let turns = turns.values().map(async |events| {
            let mut all_settled = Ok(());
            for event in events {
                all_settled = all_settled.and(settle(courier, event).await);
            }
            all_settled
        });
        all_settled = join_all(turns)
            .await
            .into_iter()
            .fold(all_settled, Result::and);
    }
}

/// The oldest events of each account, but for those that were tried.
pub(super) fn next_turns<'s>(
    state: &'s State,
    tried: &BTreeSet<ConnectionEventId>,
) -> BTreeMap<AccountId, Vec<&'s ConnectionEvent>> {
    let mut turns: BTreeMap<AccountId, Vec<&ConnectionEvent>> = BTreeMap::new();
    for (_, id) in state.indexes().connection_events_by_time.iter() {
        let event = state.tables().connection_events.get(id);
        let Some(event) = event.filter(|event| !tried.contains(&event.id)) else {
            continue;
        };
        let turn = turns.entry(event.owner).or_default();
        if turn.len() < TURN_EVENTS {
            turn.push(event);
        }
    }
    turns
}

/// Says in the log when events of a notification were not recorded. `known` has those that this is so of.
fn report_lost(
    notification: &ConnectionNotification,
    known: &mut BTreeMap<ConnectionNotificationId, u64>,
) {
    let lost = notification.lost;
    if lost > 0 && known.insert(notification.id, lost) != Some(lost) {
        tracing::error!(
            notification = %notification.id,
            lost,
            "events of connections were not recorded: too many were waiting"
        );
    }
}

/// An event could not be settled; it is to be tried again.
struct Later;

/// Publishes an event or gives it up, and records that. What is settled already changes nothing.
async fn settle(courier: &Courier, event: &ConnectionEvent) -> Result<(), Later> {
    let state = courier.control.snapshot().state.clone();
    if !state.tables().connection_events.contains(&event.id) {
        return Ok(());
    }
    let admitted = topic_policy::admits_events(&state, &event.topic, event.subject, event.owner);
    let refused = match admitted {
        Ok(()) => {
            let publish = Some(notification(state.settings(), event));
            let event = event.id;
            match courier
                .record(SettleConnectionEvent { event, publish })
                .await
            {
                Ok(()) => return Ok(()),
                // The event stays for the next start.
                Err(SubmitError::Closed) => return Ok(()),
                Err(error) => error.to_string(),
            }
        }
        Err(why) => why,
    };
    give_up(courier, state.settings(), event, refused).await
}

async fn give_up(
    courier: &Courier,
    settings: &Settings,
    event: &ConnectionEvent,
    reason: String,
) -> Result<(), Later> {
    tracing::info!(notification = %event.notification, %reason, "an event of a connection is not published");
    let now = courier.control.clock().now();
    let topic = event.topic.arn(settings).to_string();
    let letter = DeadLetter::event(now, topic, description(settings, event), reason);
    if let Err(error) = courier.dead_letters.append(event.owner, letter).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "cannot write a dead letter"
        );
        return Err(Later);
    }
    let (event, publish) = (event.id, None);
    match courier
        .record(SettleConnectionEvent { event, publish })
        .await
    {
        Ok(()) | Err(SubmitError::Closed) => Ok(()),
        Err(_) => Err(Later),
    }
}

/// The event as the message tells it. AWS documents no form.
fn description(settings: &Settings, event: &ConnectionEvent) -> Value {
    json!({
        "connectionNotificationId": event.notification.to_string(),
        "event": event.kind.as_aws_str(),
        "region": settings.region,
        "serviceId": event.service.to_string(),
        "timestamp": iso_millis(event.at),
        "vpcEndpointId": event.endpoint.to_string(),
        "vpcEndpointOwner": event.endpoint_owner.to_string(),
        "vpcEndpointState": event.state.as_aws_str(),
    })
}

fn notification(settings: &Settings, event: &ConnectionEvent) -> Notification {
    Notification {
        subject: Some(SUBJECT.to_owned()),
        body: description(settings, event).to_string(),
        body_by_protocol: BTreeMap::new(),
        attributes: BTreeMap::new(),
    }
}
