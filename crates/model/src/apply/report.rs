//! What agents report. A report that says nothing new, comes too late or is about what is gone changes nothing: it
//! is no fault of the agent's.

use litemap::LiteMap;

use super::{Execute, Transaction};
use crate::command::{
    EndpointApplied, EndpointFailed, EndpointRemoved, InstanceObservation, InstanceObserved,
    LoadBalancerApplied, LoadBalancerFailed, TargetHealthObserved,
};
use crate::id::{LoadBalancerId, VpcEndpointId};
use crate::instance::{Instance, InstanceEvent, InstanceState};
use crate::load_balancer::{LoadBalancer, LoadBalancerState};
use crate::network_interface::{NetworkInterface, NetworkInterfaceKind};
use crate::outcome::Reply;
use crate::rejection::Rejection;
use crate::resource::Key;
use crate::security_group::SecurityGroupIds;
use crate::target::{ObservedHealth, Target};
use crate::vpc_endpoint::{VpcEndpoint, VpcEndpointEvent};

impl Execute for EndpointApplied {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        tx.follow(
            self.endpoint,
            self.generation,
            VpcEndpointEvent::Applied,
            None,
        );
        Ok(Reply::Done)
    }
}

impl Execute for EndpointFailed {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        tx.follow(
            self.endpoint,
            self.generation,
            VpcEndpointEvent::Fault,
            Some(self.error.into()),
        );
        Ok(Reply::Done)
    }
}

impl Execute for EndpointRemoved {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let endpoint = tx
            .state()
            .tables()
            .vpc_endpoints
            .get(&self.endpoint)
            .cloned();
        let removed = VpcEndpointEvent::Removed { at: tx.now() };
        let Some((endpoint, state)) =
            endpoint.and_then(|known| known.state.on(removed).ok().map(|state| (known, state)))
        else {
            return Ok(Reply::Done);
        };
        for interface in endpoint.interfaces.values() {
            tx.delete(Key::NetworkInterface(interface.network_interface));
        }
        tx.put(VpcEndpoint {
            state,
            interfaces: LiteMap::new(),
            groups: SecurityGroupIds::new(),
            private_dns: None,
            ..VpcEndpoint::clone(&endpoint)
        });
        Ok(Reply::Done)
    }
}

impl Execute for LoadBalancerApplied {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        tx.settle(self.load_balancer, LoadBalancerState::Active);
        Ok(Reply::Done)
    }
}

impl Execute for LoadBalancerFailed {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        tx.settle(
            self.load_balancer,
            LoadBalancerState::Failed {
                reason: self.reason,
            },
        );
        Ok(Reply::Done)
    }
}

impl Execute for TargetHealthObserved {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let target = tx.state().tables().targets.get(&self.target).cloned();
        // Reports may overtake each other: that checks have begun is no news of a target that they have judged.
        let is_news = |known: &Target| {
            self.health != ObservedHealth::Checking || known.observed == ObservedHealth::Registering
        };
        if let Some(target) = target.filter(|known| known.number == self.number && is_news(known)) {
            tx.put(Target {
                observed: self.health,
                ..Target::clone(&target)
            });
        }
        Ok(Reply::Done)
    }
}

impl Execute for InstanceObserved {
    fn execute(self, tx: &mut Transaction<'_, '_>) -> Result<Reply, Rejection> {
        let Some(known) = tx.state().tables().instances.get(&self.instance) else {
            return Ok(Reply::Done);
        };
        let mut instance = Instance::clone(known);
        let event = match self.observation {
            InstanceObservation::Starting => InstanceEvent::Starting,
            InstanceObservation::Running => InstanceEvent::Started,
            InstanceObservation::Terminated => InstanceEvent::Removed { at: tx.now() },
            InstanceObservation::Failed(reason) => {
                if matches!(
                    instance.state,
                    InstanceState::Pending | InstanceState::Running
                ) {
                    instance.failure = Some(reason);
                }
                InstanceEvent::Failed
            }
        };
        instance.state = instance.state.on(event);
        if matches!(instance.state, InstanceState::Terminated { .. }) {
            tx.disconnect(&mut instance);
        }
        tx.put(instance);
        Ok(Reply::Done)
    }
}

impl Transaction<'_, '_> {
    fn follow(
        &mut self,
        endpoint: VpcEndpointId,
        generation: u64,
        event: VpcEndpointEvent,
        last_error: Option<Box<str>>,
    ) {
        let endpoint = self.state().tables().vpc_endpoints.get(&endpoint).cloned();
        let current = endpoint.filter(|known| known.generation == generation);
        let Some((endpoint, state)) =
            current.and_then(|known| known.state.on(event).ok().map(|state| (known, state)))
        else {
            return;
        };
        self.put(VpcEndpoint {
            state,
            last_error,
            ..VpcEndpoint::clone(&endpoint)
        });
    }

    fn settle(&mut self, balancer: LoadBalancerId, state: LoadBalancerState) {
        if let Some(known) = self.state().tables().load_balancers.get(&balancer).cloned() {
            self.put(LoadBalancer {
                state,
                ..LoadBalancer::clone(&known)
            });
        }
    }

    /// Takes from an instance that is gone what it had: its interface and its registrations as target.
    fn disconnect(&mut self, instance: &mut Instance) {
        let Some(network) = instance.network.take() else {
            return;
        };
        let interface = self
            .state()
            .tables()
            .network_interfaces
            .get(&network.network_interface)
            .cloned();
        match interface.map(|interface| NetworkInterface::clone(&interface)) {
            Some(NetworkInterface {
                id,
                kind:
                    NetworkInterfaceKind::Instance {
                        delete_on_termination: true,
                        ..
                    },
                ..
            }) => self.delete(Key::NetworkInterface(id)),
            Some(interface) => {
                self.put(NetworkInterface {
                    kind: NetworkInterfaceKind::Detached,
                    ..interface
                });
            }
            None => {}
        }
        let targets: Vec<_> = self
            .state()
            .indexes()
            .targets_by_instance
            .of(&instance.id)
            .copied()
            .collect();
        for target in targets {
            self.delete(Key::Target(target));
        }
    }
}
