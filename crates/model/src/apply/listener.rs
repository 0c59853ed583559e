//! Listeners: one per port, and one load balancer per target group.

use super::lookup::within_quota;
use super::{Execute, Transaction};
use crate::attribute::Attributes;
use crate::command::{CreateListener, DeleteListener, ModifyListener, ModifyListenerAttributes};
use crate::id::{LoadBalancerId, TargetGroupId};
use crate::listener::{Listener, Protocol};
use crate::load_balancer::LoadBalancer;
use crate::outcome::Reply;
use crate::rejection::{Conflict, Invalid, Limit, Rejection};
use crate::resource::Key;
use crate::target::{ObservedHealth, Target};
use crate::target_group::TargetGroup;

impl Execute for CreateListener {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let balancer = tx.load_balancer(self.load_balancer)?;
        let group = tx.target_group(self.forward.target_group)?;
        if let Some(other) = tx.listener_on(balancer.id, self.port) {
            let same = other.protocol == self.protocol && other.forward == self.forward;
            return if same {
                Ok(Reply::Listener(other.id))
            } else {
                Err(Conflict::DuplicateListener.into())
            };
        }
        tx.check_forwarding(&balancer, &group, self.protocol, self.port)?;
        let present = tx
            .state()
            .indexes()
            .listeners_by_load_balancer
            .count(&balancer.id);
        within_quota(
            present,
            tx.settings().quotas.listeners_per_load_balancer,
            Limit::Listeners,
        )?;

        let id = tx.fresh_id(|state, id| state.tables().listeners.contains(&id))?;
        tx.begin_checking(group.id);
        tx.put(Listener {
            id,
            owner: balancer.owner,
            load_balancer: balancer.id,
            load_balancer_name: balancer.name.clone(),
            protocol: self.protocol,
            port: self.port,
            forward: self.forward,
            attributes: Attributes::defaults(Listener::attribute_specs(self.protocol)),
            tags: self.tags,
        });
        Ok(Reply::Listener(id))
    }
}

impl Execute for ModifyListener {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut listener = Listener::clone(&*tx.listener(self.listener)?);
        let balancer = tx.load_balancer(listener.load_balancer)?;
        let forward = self.forward.unwrap_or(listener.forward);
        let group = tx.target_group(forward.target_group)?;
        let protocol = self.protocol.unwrap_or(listener.protocol);
        let port = self.port.unwrap_or(listener.port);
        if tx
            .listener_on(balancer.id, port)
            .is_some_and(|other| other.id != listener.id)
        {
            return Err(Conflict::DuplicateListener.into());
        }
        tx.check_forwarding(&balancer, &group, protocol, port)?;
        if protocol.has_tcp() != listener.protocol.has_tcp() {
            listener.attributes = Attributes::defaults(Listener::attribute_specs(protocol));
        }
        listener.protocol = protocol;
        listener.port = port;
        listener.forward = forward;
        tx.begin_checking(group.id);
        tx.put(listener);
        Ok(Reply::Done)
    }
}

impl Execute for ModifyListenerAttributes {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let mut listener = Listener::clone(&*tx.listener(self.listener)?);
        let specs = Listener::attribute_specs(listener.protocol);
        for (key, value) in &self.attributes {
            listener
                .attributes
                .set(specs, key, value)
                .map_err(Invalid::Attribute)?;
        }
        tx.put(listener);
        Ok(Reply::Done)
    }
}

impl Execute for DeleteListener {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let listener = tx.listener(self.listener)?;
        tx.delete(Key::Listener(listener.id));
        Ok(Reply::Done)
    }
}

impl Transaction<'_, '_> {
    fn listener_on(&self, balancer: LoadBalancerId, port: u16) -> Option<Listener> {
        let state = self.state();
        let mut listeners = state
            .indexes()
            .listeners_by_load_balancer
            .of(&balancer)
            .filter_map(|id| state.tables().listeners.get(id));
        listeners
            .find(|listener| listener.port == port)
            .map(|listener| Listener::clone(listener))
    }

    /// Whether a listener of that protocol and port may forward to the group.
    fn check_forwarding(
        &self,
        balancer: &LoadBalancer,
        group: &TargetGroup,
        listener: Protocol,
        port: u16,
    ) -> Result<(), Rejection> {
        if port == 0 {
            return Err(Invalid::Port.into());
        }
        if !listener.forwards_to(group.protocol) {
            return Err(Invalid::IncompatibleProtocols {
                listener,
                targets: group.protocol,
            }
            .into());
        }
        if group.vpc != balancer.vpc {
            return Err(Invalid::TargetGroupOtherVpc(group.id).into());
        }
        let user = self.state().load_balancer_of_target_group(group);
        if user.is_some_and(|user| user.id != balancer.id) {
            let arn = group.arn(self.settings()).to_string();
            return Err(Conflict::TargetGroupAssociated(arn).into());
        }
        Ok(())
    }

    /// When a group comes into use, what was once observed of its targets says nothing any more.
    fn begin_checking(&mut self, group: TargetGroupId) {
        let state = self.state();
        if state.indexes().listeners_by_target_group.count(&group) > 0 {
            return;
        }
        let targets: Vec<Target> = state
            .indexes()
            .targets_by_group
            .of(&group)
            .filter_map(|key| state.tables().targets.get(key))
            .map(|target| Target {
                observed: ObservedHealth::Registering,
                ..Target::clone(target)
            })
            .collect();
        for target in targets {
            self.put(target);
        }
    }
}
