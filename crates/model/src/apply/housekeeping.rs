//! What time alone brings about.

use super::{Execute, Transaction};
use crate::command::Housekeep;
use crate::connection_notification::NotificationSubject;
use crate::limits::HOUSEKEEPING_BATCH_MAX;
use crate::outcome::Reply;
use crate::rejection::Rejection;
use crate::resource::Key;
use crate::target::Registration;
use crate::vpc_endpoint::VpcEndpointEvent;

impl Execute for Housekeep {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let now = tx.now();
        let due = tx
            .state()
            .indexes()
            .due
            .iter()
            .take_while(|(at, _)| **at <= now);
        let keys: Vec<Key> = due
            .map(|(_, key)| key.clone())
            .take(self.records_max.clamp(1, HOUSEKEEPING_BATCH_MAX))
            .collect();
        for key in keys {
            tx.expire(key);
        }
        Ok(Reply::Done)
    }
}

impl Transaction<'_, '_> {
    /// Does what is due about one record.
    fn expire(&mut self, key: Key) {
        let tables = self.state().tables();
        match &key {
            Key::Target(target) => {
                let Some(target) = tables.targets.get(target).cloned() else {
                    return;
                };
                match target.registration {
                    Registration::Draining { .. } => self.end_draining(&target),
                    Registration::Severed { .. } => self.delete(key),
                    Registration::Registered { .. } => {}
                }
            }
            Key::VpcEndpoint(id) => {
                let Some(endpoint) = tables.vpc_endpoints.get(id).cloned() else {
                    return;
                };
                if endpoint.state.is_deleted() {
                    self.delete_notifications_of(NotificationSubject::Endpoint(*id));
                    self.delete(key);
                    return;
                }
                // Otherwise only endpoints that wait for acceptance are ever due, and these can expire.
                let expired = self.transition(&endpoint, VpcEndpointEvent::Expire);
                debug_assert!(expired.is_ok());
            }
            Key::EndpointService(id) => self.end_verification(*id),
            Key::Subscription(id) => self.delete_subscription(*id),
            Key::Instance(_) | Key::ClientToken(_) => self.delete(key),
            Key::Settings(_)
            | Key::Counter(_)
            | Key::Account(_)
            | Key::User(_)
            | Key::Role(_)
            | Key::ManagedPolicy(_)
            | Key::Vpc(_)
            | Key::Subnet(_)
            | Key::RouteTable(_)
            | Key::NetworkAcl(_)
            | Key::SecurityGroup(_)
            | Key::NetworkInterface(_)
            | Key::LoadBalancer(_)
            | Key::Listener(_)
            | Key::TargetGroup(_)
            | Key::Topic(_)
            | Key::Message(_)
            | Key::Delivery(_)
            | Key::ConnectionNotification(_)
            | Key::ConnectionEvent(_) => {}
        }
    }
}
