//! Events of connections: each is published to its topic if the topic's policy allows that then, and is a dead letter
//! otherwise.

use std::collections::BTreeMap;

use aws_wire::time::iso_millis;
use futures_util::future::join_all;
use model::command::SettleConnectionEvent;
use model::message::Notification;
use model::{
    AccountId, Change, ConnectionEvent, ConnectionEventId, ConnectionNotification,
    ConnectionNotificationId, Resource, Settings, State,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::dead_letter::DeadLetter;
use super::{Courier, FAULT_AGAIN_AFTER};
use crate::control::{SubmitError, Update};
use crate::topic_policy;

/// Subject of the messages.
const SUBJECT: &str = "VPC Endpoint Connection Notification";

/// Events of one account that are settled before the others have their turn.
const TURN_EVENTS: usize = 16;

/// Events that were tried, of those that are still in the state.
#[derive(Debug, Default)]
pub(super) struct Tried(BTreeMap<ConnectionEventId, Outcome>);

/// What came of an event.
#[derive(Clone, Copy, Debug)]
struct Outcome {
    /// When it is to be tried again; none when there is nothing more to do.
    again: Option<Instant>,
    /// Whether it is a dead letter, and only the record of that is missing.
    is_written: bool,
}

impl Tried {
    /// When the first event is to be tried again.
    fn next_due(&self) -> Option<Instant> {
        self.0.values().filter_map(|outcome| outcome.again).min()
    }

    /// Whether an event is to be tried now.
    fn is_due(&self, event: ConnectionEventId, now: Instant) -> bool {
        let outcome = self.0.get(&event);
        outcome.is_none_or(|outcome| outcome.again.is_some_and(|again| again <= now))
    }

    fn is_written(&self, event: ConnectionEventId) -> bool {
        self.0.get(&event).is_some_and(|outcome| outcome.is_written)
    }

    /// Takes in what came of an event that was tried now.
    pub(super) fn ended(&mut self, event: ConnectionEventId, end: Result<(), Later>, now: Instant) {
        let outcome = match end {
            Ok(()) => Outcome {
                again: None,
                is_written: false,
            },
            Err(Later { is_written }) => Outcome {
                again: Some(now + FAULT_AGAIN_AFTER),
                is_written,
            },
        };
        self.0.insert(event, outcome);
    }
}

/// Publishes events, those of each account in the order in which they happened, until the control plane is closed.
/// Accounts take turns, and an event that cannot be settled yet keeps no other from it.
pub(super) async fn tell(courier: &Courier) {
    let mut updates = courier.control.subscribe();
    let mut lost = BTreeMap::new();
    let mut tried = Tried::default();
    loop {
        let wake = tried.next_due();
        let update = tokio::select! {
            update = updates.next() => match update {
                Some(update) => Some(update),
                None => return,
            },
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => None,
        };
        match &update {
            None => {}
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
        settle_all(courier, &mut tried, Instant::now()).await;
    }
}

/// Settles what is due now, and what comes in the meantime.
pub(super) async fn settle_all(courier: &Courier, tried: &mut Tried, now: Instant) {
    loop {
        let state = courier.control.snapshot().state.clone();
        let events = &state.tables().connection_events;
        tried.0.retain(|id, _| events.contains(id));
        let turns = next_turns(&state, tried, now);
        if turns.is_empty() {
            return;
        }
        let known = &*tried;
        let turns = turns.values().map(async |events| {
            let mut ends = Vec::with_capacity(events.len());
            for event in events {
                let end = settle(courier, event, known.is_written(event.id)).await;
                ends.push((event.id, end));
            }
            ends
        });
        for (event, end) in join_all(turns).await.into_iter().flatten() {
            tried.ended(event, end, now);
        }
    }
}

/// The oldest events of each account, but for those that were tried and are not due again.
pub(super) fn next_turns<'s>(
    state: &'s State,
    tried: &Tried,
    now: Instant,
) -> BTreeMap<AccountId, Vec<&'s ConnectionEvent>> {
    let mut turns: BTreeMap<AccountId, Vec<&ConnectionEvent>> = BTreeMap::new();
    for (_, id) in state.indexes().connection_events_by_time.iter() {
        let event = state.tables().connection_events.get(id);
        let Some(event) = event.filter(|event| tried.is_due(event.id, now)) else {
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
#[derive(Debug)]
pub(super) struct Later {
    /// See [`Outcome::is_written`].
    is_written: bool,
}

/// Publishes an event or gives it up, and records that. What is settled already changes nothing. What is a dead letter
/// already is not published any more.
async fn settle(courier: &Courier, event: &ConnectionEvent, is_written: bool) -> Result<(), Later> {
    let state = courier.control.snapshot().state.clone();
    if !state.tables().connection_events.contains(&event.id) {
        return Ok(());
    }
    if is_written {
        return end(courier, event.id).await;
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
        return Err(Later { is_written: false });
    }
    end(courier, event.id).await
}

/// Records that an event is a dead letter.
async fn end(courier: &Courier, event: ConnectionEventId) -> Result<(), Later> {
    let publish = None;
    match courier
        .record(SettleConnectionEvent { event, publish })
        .await
    {
        // It ends with the process; the next one tries the event again.
        Ok(()) | Err(SubmitError::Closed) => Ok(()),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the end of an event of a connection is not recorded"
            );
            Err(Later { is_written: true })
        }
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
