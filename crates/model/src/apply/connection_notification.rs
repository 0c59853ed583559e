//! Notifications of connections, and the events that they tell of.

use super::lookup::over_quota;
use super::token::Repeatable;
use super::{Execute, Transaction};
use crate::client_token::{TokenAction, TokenResult};
use crate::command::{
    CreateVpcEndpointConnectionNotification, DeleteVpcEndpointConnectionNotifications,
    ModifyVpcEndpointConnectionNotification,
};
use crate::connection_notification::{
    ConnectionEvent, ConnectionEventKind, ConnectionNotification, NotificationSubject,
};
use crate::id::ConnectionNotificationId;
use crate::limits::WAITING_EVENTS_MAX;
use crate::outcome::Reply;
use crate::rejection::{Messaging, Rejection, Unsuccessful};
use crate::resource::Key;
use crate::topic::TopicAddress;
use crate::uuid::ConnectionEventId;
use crate::vpc_endpoint::VpcEndpoint;

impl Execute for CreateVpcEndpointConnectionNotification {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let token = self.client_token.as_deref();
        let create = |tx: &mut Transaction<'_, '_>| {
            let created = self.create(tx);
            created.map(TokenResult::ConnectionNotification)
        };
        tx.once(
            TokenAction::CreateConnectionNotification,
            token,
            &self,
            create,
        )
        .map(Reply::from)
    }
}

impl Repeatable for CreateVpcEndpointConnectionNotification {
    /// Events are a set already.
    fn order_sets(&mut self) {}
}

impl CreateVpcEndpointConnectionNotification {
    fn create(&self, tx: &mut Transaction<'_, '_>) -> Result<ConnectionNotificationId, Rejection> {
        match self.subject {
            NotificationSubject::Service(id) => drop(tx.endpoint_service(id)?),
            NotificationSubject::Endpoint(id) => drop(tx.vpc_endpoint(id)?),
        }
        if self.events.is_empty() {
            return Err(Messaging::NoConnectionEvents.into());
        }
        tx.check_topic(&self.topic)?;
        let owner = tx.caller();
        let indexes = tx.state().indexes();
        let present = indexes.connection_notifications_by_account.count(&owner);
        if over_quota(present, tx.settings().quotas.connection_notifications) {
            return Err(Messaging::ConnectionNotificationQuota.into());
        }
        let id = tx.fresh_id(|state, id| state.tables().connection_notifications.contains(&id))?;
        tx.put(ConnectionNotification {
            id,
            owner,
            subject: self.subject,
            events: self.events.clone(),
            topic: self.topic.clone(),
            lost: 0,
        });
        Ok(id)
    }
}

impl Execute for ModifyVpcEndpointConnectionNotification {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let known = tx.connection_notification(self.notification)?;
        let mut notification = ConnectionNotification::clone(&known);
        if let Some(topic) = self.topic {
            tx.check_topic(&topic)?;
            notification.topic = topic;
        }
        if !self.events.is_empty() {
            notification.events = self.events;
        }
        tx.put(notification);
        Ok(Reply::Done)
    }
}

impl Execute for DeleteVpcEndpointConnectionNotifications {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut unsuccessful = Vec::new();
        for id in self.notifications {
            match tx.connection_notification(id) {
                Ok(_) => tx.delete(Key::ConnectionNotification(id)),
                Err(rejection) => unsuccessful.push(Unsuccessful { id, rejection }),
            }
        }
        Ok(Reply::UnsuccessfulNotifications(unsuccessful))
    }
}

impl Transaction<'_, '_> {
    fn check_topic(&self, topic: &TopicAddress) -> Result<(), Rejection> {
        let found = self.state().topic_at(topic);
        found.map(drop).ok_or_else(|| Messaging::NoTopic.into())
    }

    /// Records an event of an endpoint for everybody who wants to know. That nobody can be told any more does not keep
    /// it from happening.
    pub(super) fn announce(&mut self, endpoint: &VpcEndpoint, kind: ConnectionEventKind) {
        let (state, indexes) = (self.state(), self.state().indexes());
        let subjects = [
            NotificationSubject::Service(endpoint.service),
            NotificationSubject::Endpoint(endpoint.id),
        ];
        let notifications = subjects
            .iter()
            .flat_map(|subject| indexes.connection_notifications_by_subject.of(subject))
            .filter_map(|id| state.tables().connection_notifications.get(id))
            .filter(|notification| notification.events.contains(&kind));
        for notification in notifications.cloned().collect::<Vec<_>>() {
            self.record_event(&notification, endpoint, kind);
        }
    }

    fn record_event(
        &mut self,
        notification: &ConnectionNotification,
        endpoint: &VpcEndpoint,
        kind: ConnectionEventKind,
    ) {
        let waiting = self
            .state()
            .indexes()
            .connection_events_by_account
            .count(&notification.owner);
        let id = self.fresh_uuid(ConnectionEventId::from_bits, |state, id| {
            state.tables().connection_events.contains(id)
        });
        let Some(id) = id.ok().filter(|_| waiting < WAITING_EVENTS_MAX) else {
            self.put(ConnectionNotification {
                lost: notification.lost.saturating_add(1),
                ..notification.clone()
            });
            return;
        };
        self.put(ConnectionEvent {
            id,
            notification: notification.id,
            owner: notification.owner,
            subject: notification.subject,
            topic: notification.topic.clone(),
            kind,
            endpoint: endpoint.id,
            endpoint_owner: endpoint.owner,
            service: endpoint.service,
            state: endpoint.state,
            at: self.now(),
        });
    }

    /// Forgets the notifications of a service or endpoint that goes. Events that have happened are told all the same.
    pub(super) fn delete_notifications_of(&mut self, subject: NotificationSubject) {
        let indexes = self.state().indexes();
        let notifications = indexes.connection_notifications_by_subject.of(&subject);
        for id in notifications.copied().collect::<Vec<_>>() {
            self.delete(Key::ConnectionNotification(id));
        }
    }
}
