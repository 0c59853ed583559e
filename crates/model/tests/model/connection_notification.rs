//! Notifications of connections, and the events that they tell of.

use std::collections::BTreeSet;
use std::time::Duration;

use model::command::*;
use model::connection_notification::{ConnectionEventKind as Event, NotificationSubject};
use model::limits::{ACCEPTANCE_SECS, DELETED_ENDPOINT_SECS, Quotas, WAITING_EVENTS_MAX};
use model::rejection::Messaging;
use model::*;

use crate::messaging::notification;
use crate::world::*;

impl World {
    /// What events there are, by kind.
    fn events(&self) -> Vec<Event> {
        let events = self.state.indexes().connection_events_by_time.iter();
        let tables = self.state.tables();
        events
            .map(|(_, id)| tables.connection_events.get(id).unwrap().kind)
            .collect()
    }

    fn settle_all(&mut self) {
        let events = self.state.tables().connection_events.iter();
        for event in events.map(|event| event.id).collect::<Vec<_>>() {
            self.report(SettleConnectionEvent {
                event,
                publish: None,
            });
        }
    }
}

/// A link, a topic, and a notification of all events of the service.
fn noticed(acceptance_required: bool) -> (Link, ConnectionNotificationId) {
    let mut link = Link::new(acceptance_required);
    let topic = link.world.topic(link.provider, "alerts");
    let create = CreateVpcEndpointConnectionNotification {
        subject: NotificationSubject::Service(link.service),
        topic: link.world.address(topic),
        events: BTreeSet::from(Event::ALL),
        client_token: None,
    };
    let reply = link.world.run(link.provider, create);
    let Ok(Reply::ConnectionNotification(id)) = reply else {
        panic!("{reply:?}")
    };
    (link, id)
}

#[test]
fn the_provider_is_told_what_happens_to_a_connection_once_each() {
    let (mut link, _) = noticed(true);
    let endpoint = link.connect();
    for _ in 0..2 {
        link.accept(endpoint);
        link.world.now = link.world.now.plus(Duration::from_secs(1));
    }
    link.applied(endpoint);
    for _ in 0..2 {
        link.reject(endpoint);
        link.world.now = link.world.now.plus(Duration::from_secs(1));
    }
    let endpoints = vec![endpoint];
    link.world
        .run(link.consumer, DeleteVpcEndpoints { endpoints })
        .unwrap();
    let told = link.world.events();
    let mut sorted = told.clone();
    sorted.sort();
    assert_eq!(sorted, Event::ALL);
    assert_eq!(told[2..], [Event::Reject, Event::Delete]);
    let event = link.world.state.tables().connection_events.iter().next();
    let event = event.unwrap();
    assert_eq!(
        (event.owner, event.endpoint, event.endpoint_owner),
        (link.provider, endpoint, link.consumer)
    );
}

#[test]
fn what_time_and_the_data_plane_do_is_not_told() {
    let (mut link, _) = noticed(true);
    let endpoint = link.connect();
    link.world.settle_all();
    link.world.pass(Duration::from_secs(ACCEPTANCE_SECS));
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Expired);
    assert_eq!(link.world.events(), []);
}

#[test]
fn a_consumer_is_told_of_its_own_endpoint_alone_and_of_the_events_it_chose() {
    let mut link = Link::new(true);
    let (first, second) = (link.connect(), link.connect());
    let topic = link.world.topic(link.consumer, "mine");
    let create = CreateVpcEndpointConnectionNotification {
        subject: NotificationSubject::Endpoint(first),
        topic: link.world.address(topic),
        events: BTreeSet::from([Event::Accept]),
        client_token: None,
    };
    let refused = link.world.run(link.provider, create.clone());
    assert!(refused.is_err(), "it is the consumer's endpoint");
    let empty = CreateVpcEndpointConnectionNotification {
        events: BTreeSet::new(),
        ..create.clone()
    };
    let refused = link.world.run(link.consumer, empty);
    assert_eq!(refused, Err(Messaging::NoConnectionEvents.into()));
    link.world.run(link.consumer, create).unwrap();
    link.accept(second);
    assert_eq!(link.world.events(), []);
    link.accept(first);
    link.reject(first);
    assert_eq!(link.world.events(), [Event::Accept]);
}

#[test]
fn a_notification_goes_with_its_subject_and_events_stay_to_be_told() {
    let (mut link, notification) = noticed(false);
    let endpoint = link.connect();
    let topic = link.world.topic(link.consumer, "mine");
    let create = CreateVpcEndpointConnectionNotification {
        subject: NotificationSubject::Endpoint(endpoint),
        topic: link.world.address(topic),
        events: BTreeSet::from([Event::Delete]),
        client_token: None,
    };
    link.world.run(link.consumer, create).unwrap();
    let endpoints = vec![endpoint];
    link.world
        .run(link.consumer, DeleteVpcEndpoints { endpoints })
        .unwrap();
    link.world.report(EndpointRemoved { endpoint });
    link.world.pass(Duration::from_secs(DELETED_ENDPOINT_SECS));
    let known = |link: &Link| link.world.state.tables().connection_notifications.len();
    assert_eq!(known(&link), 1, "the consumer's has gone");
    let services = vec![link.service];
    let delete = DeleteVpcEndpointServiceConfigurations { services };
    link.world.run(link.provider, delete).unwrap();
    assert_eq!(known(&link), 0);
    assert_eq!(link.world.events().len(), 3);
    let notifications = vec![notification];
    let delete = DeleteVpcEndpointConnectionNotifications { notifications };
    let Ok(Reply::UnsuccessfulNotifications(failed)) = link.world.run(link.provider, delete) else {
        panic!("another reply")
    };
    assert_eq!(
        failed[0].rejection,
        Messaging::NoConnectionNotification(notification).into()
    );
}

#[test]
fn an_event_is_published_in_one_step_with_its_end() {
    let (mut link, _) = noticed(false);
    let topic = link.world.topic(link.provider, "alerts");
    let subscription = link.world.subscribe(link.provider, topic);
    link.world.confirm(subscription).unwrap();
    link.world.deliver();
    link.connect();
    let events = link.world.state.tables().connection_events.iter();
    let event = events.map(|event| event.id).next().unwrap();
    let settle = SettleConnectionEvent {
        event,
        publish: Some(notification("{}")),
    };
    link.world.report(settle.clone());
    link.world.report(settle);
    assert_eq!(link.world.events(), []);
    assert_eq!(link.world.waiting().len(), 1, "it is published once");
    link.connect();
    let topic = link.world.address(topic);
    link.world
        .run(link.provider, DeleteTopic { topic })
        .unwrap();
    let events = link.world.state.tables().connection_events.iter();
    let event = events.map(|event| event.id).next().unwrap();
    let settle = SettleConnectionEvent {
        event,
        publish: Some(notification("{}")),
    };
    let refused = link.world.run(account(0), settle);
    assert_eq!(refused, Err(Messaging::NoTopic.into()));
    assert_eq!(link.world.events().len(), 1, "it is to be given up");
}

#[test]
fn events_beyond_the_limit_are_counted_and_hinder_nobody() {
    let (mut link, notification) = noticed(true);
    let notifications = usize::try_from(Quotas::default().connection_notifications).unwrap();
    let topic = link.world.state.tables().topics.iter().next().unwrap();
    let create = CreateVpcEndpointConnectionNotification {
        subject: NotificationSubject::Service(link.service),
        topic: topic.address(),
        events: BTreeSet::from(Event::ALL),
        client_token: None,
    };
    for _ in 1..notifications {
        link.world.run(link.provider, create.clone()).unwrap();
    }
    let lost = |link: &Link| {
        let tables = link.world.state.tables();
        let known = tables.connection_notifications.get(&notification);
        known.unwrap().lost
    };
    let endpoint = link.connect();
    for turn in 1..WAITING_EVENTS_MAX / notifications {
        if turn % 2 == 1 {
            link.accept(endpoint);
        } else {
            link.reject(endpoint);
        }
    }
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);
    assert_eq!(lost(&link), 0);
    assert_eq!(link.world.events().len(), WAITING_EVENTS_MAX);
    link.reject(endpoint);
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Rejected);
    assert_eq!(lost(&link), 1);
    assert_eq!(link.world.events().len(), WAITING_EVENTS_MAX);
}
