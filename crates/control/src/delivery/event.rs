//! Events of connections: each is published to its topic if the topic's policy allows that then, and is a dead letter
//! otherwise.

use std::collections::BTreeMap;

use aws_wire::time::iso_millis;
use model::command::SettleConnectionEvent;
use model::message::Notification;
use model::{
    Change, ConnectionEvent, ConnectionNotification, ConnectionNotificationId, Resource, Settings,
};
use serde_json::{Value, json};

use super::dead_letter::DeadLetter;
use super::{Courier, FAULT_AGAIN_AFTER};
use crate::control::{SubmitError, Update};
use crate::topic_policy;

/// Subject of the messages.
const SUBJECT: &str = "VPC Endpoint Connection Notification";

/// Publishes events in the order in which they happened, until the control plane is closed. One that cannot be settled
/// yet keeps no other from it.
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
        let state = match &update {
            None => return,
            Some(Update::Snapshot(snapshot)) => {
                let all = snapshot.state.tables().connection_notifications.iter();
                all.for_each(|notification| report_lost(notification, &mut lost));
                &snapshot.state
            }
            Some(Update::Commit(commit)) => {
                for change in commit.changes.iter() {
                    if let Change::Put(Resource::ConnectionNotification(notification)) = change {
                        report_lost(notification, &mut lost);
                    }
                }
                &commit.state
            }
        };
        all_settled = true;
        let events = state.indexes().connection_events_by_time.iter();
        for (_, id) in events {
            if let Some(event) = state.tables().connection_events.get(id) {
                all_settled &= settle(courier, event).await.is_ok();
            }
        }
    }
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
    if let Err(error) = courier.dead_letters.append(letter).await {
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
