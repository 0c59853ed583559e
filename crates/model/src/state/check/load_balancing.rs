//! Load balancers, listeners, target groups and targets.

use std::collections::BTreeSet;

use super::Checker;
use crate::counter::CounterKind;
use crate::load_balancer::LoadBalancer;
use crate::network_interface::NetworkInterfaceKind;
use crate::resource::Key;
use crate::target::{TargetId, TargetZone};
use crate::target_group::{HealthCheck, TargetType};

impl Checker<'_> {
    pub(super) fn check_load_balancing(&mut self) {
        let tables = self.tables;
        for balancer in tables.load_balancers.iter() {
            self.check_load_balancer(balancer);
        }
        let names = tables.load_balancers.iter();
        let names = names.map(|one| ((one.owner, one.name.clone()), Key::LoadBalancer(one.id)));
        self.require_distinct(names, "its name is its own in the account");
        self.check_listeners();
        self.check_target_groups();
        self.check_targets();
    }

    fn check_load_balancer(&mut self, balancer: &LoadBalancer) {
        let tables = self.tables;
        let key = Key::LoadBalancer(balancer.id);
        self.require(!balancer.nodes.is_empty(), key.clone(), "it has a node");
        let zones: BTreeSet<_> = balancer.zones().collect();
        self.require(
            zones.len() == balancer.nodes.len(),
            key.clone(),
            "it has one node per zone",
        );
        for (subnet, node) in &balancer.nodes {
            let agrees = tables
                .network_interfaces
                .get(&node.network_interface)
                .is_some_and(|interface| {
                    let of_balancer = match interface.kind {
                        NetworkInterfaceKind::LoadBalancer { load_balancer, .. } => {
                            load_balancer == balancer.id
                        }
                        NetworkInterfaceKind::Detached
                        | NetworkInterfaceKind::Instance { .. }
                        | NetworkInterfaceKind::VpcEndpoint { .. } => false,
                    };
                    of_balancer
                        && interface.subnet == *subnet
                        && interface.vpc == balancer.vpc
                        && (&interface.zone, interface.address) == (&node.zone, node.address)
                        && interface.groups == balancer.security_groups
                });
            self.require(agrees, key.clone(), "its nodes' interfaces are as it says");
        }
    }

    fn check_listeners(&mut self) {
        let tables = self.tables;
        for listener in tables.listeners.iter() {
            let balancer = tables.load_balancers.get(&listener.load_balancer);
            let group = tables.target_groups.get(&listener.forward.target_group);
            let agrees = balancer.zip(group).is_some_and(|(balancer, group)| {
                balancer.owner == listener.owner
                    && group.owner == listener.owner
                    && balancer.vpc == group.vpc
                    && balancer.name == listener.load_balancer_name
                    && listener.protocol.forwards_to(group.protocol)
            });
            self.require(agrees, Key::Listener(listener.id), "its ends exist and fit");
        }
        let ports = tables.listeners.iter();
        let ports = ports.map(|one| ((one.load_balancer, one.port), Key::Listener(one.id)));
        self.require_distinct(ports, "its port is its own");
    }

    fn check_target_groups(&mut self) {
        let tables = self.tables;
        for group in tables.target_groups.iter() {
            let key = Key::TargetGroup(group.id);
            let vpc = tables.vpcs.get(&group.vpc);
            let own = vpc.is_some_and(|vpc| vpc.owner == group.owner);
            self.require(own, key.clone(), "its VPC exists");
            let users: BTreeSet<_> = tables
                .listeners
                .iter()
                .filter(|listener| listener.forward.target_group == group.id)
                .map(|listener| listener.load_balancer)
                .collect();
            self.require(users.len() <= 1, key.clone(), "one load balancer uses it");
            let HealthCheck {
                interval_secs,
                timeout_secs,
                ..
            } = group.health_check;
            let sane =
                (5..=300).contains(&interval_secs) && (2..=interval_secs).contains(&timeout_secs);
            self.require(sane, key, "its health check is within bounds");
        }
        let all = || tables.target_groups.iter();
        let names = all().map(|one| ((one.owner, one.name.clone()), Key::TargetGroup(one.id)));
        self.require_distinct(names, "its name is its own in the account");
        let numbers = all()
            .map(|one| (one.number, Key::TargetGroup(one.id)))
            .collect();
        self.require_numbers(CounterKind::TargetGroup, numbers);
    }

    fn check_targets(&mut self) {
        let tables = self.tables;
        for target in tables.targets.iter() {
            let key = Key::Target(target.key);
            let group = tables.target_groups.get(&target.key.group);
            let (target_type, alive) = match target.key.id {
                TargetId::Ip(_) => (TargetType::Ip, true),
                TargetId::Instance(id) => {
                    let network = tables
                        .instances
                        .get(&id)
                        .and_then(|instance| instance.network);
                    let here = network
                        .zip(group)
                        .is_some_and(|(net, group)| net.vpc == group.vpc);
                    (TargetType::Instance, here)
                }
            };
            let fits = group.is_some_and(|group| group.target_type == target_type);
            self.require(fits, key.clone(), "its group exists and takes its kind");
            self.require(
                alive,
                key.clone(),
                "its instance is in the VPC of the group",
            );
            let zone_fits = match target.zone {
                TargetZone::All => matches!(target.key.id, TargetId::Ip(_)),
                TargetZone::Zone(_) => true,
            };
            self.require(zone_fits, key, "only an address has every zone");
        }
        let numbers = tables
            .targets
            .iter()
            .map(|one| (one.number, Key::Target(one.key)))
            .collect();
        self.require_numbers(CounterKind::Target, numbers);
    }
}
