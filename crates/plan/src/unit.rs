//! Units: the parts of the state that compile by themselves, and which of them a change touches.
//!
//! Invariant: whatever a unit's fragment is made from, a change of it touches the unit. The property test
//! `incremental_equals_whole` holds this against random histories.

use std::collections::BTreeSet;

use model::State;
use model::network_interface::NetworkInterfaceKind;
use model::{
    EndpointServiceId, InstanceId, LoadBalancerId, RouteTableId, SecurityGroupId, SubnetId,
    TargetGroupId, VpcEndpointId, VpcId,
};
use model::{Key, Resource};

/// A part of the state that compiles by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A VPC's resolver.
    Vpc(VpcId),
    /// A subnet's router.
    Subnet(SubnetId),
    /// A route table's routes.
    RouteTable(RouteTableId),
    /// A security group's rules.
    SecurityGroup(SecurityGroupId),
    /// An instance and its interface.
    Instance(InstanceId),
    /// A load balancer's nodes and listeners.
    LoadBalancer(LoadBalancerId),
    /// A target group's backends and probes.
    TargetGroup(TargetGroupId),
    /// An endpoint's interfaces and where they lead.
    VpcEndpoint(VpcEndpointId),
}

/// Every unit of a state.
pub(crate) fn all(state: &State) -> impl Iterator<Item = Unit> {
    let tables = state.tables();
    let vpcs = tables.vpcs.iter().map(|vpc| Unit::Vpc(vpc.id));
    let subnets = tables.subnets.iter().map(|subnet| Unit::Subnet(subnet.id));
    let route_tables = tables.route_tables.iter();
    let groups = tables.security_groups.iter();
    let instances = tables.instances.iter();
    let balancers = tables.load_balancers.iter();
    let target_groups = tables.target_groups.iter();
    let endpoints = tables.vpc_endpoints.iter();
    vpcs.chain(subnets)
        .chain(route_tables.map(|table| Unit::RouteTable(table.id)))
        .chain(groups.map(|group| Unit::SecurityGroup(group.id)))
        .chain(instances.map(|instance| Unit::Instance(instance.id)))
        .chain(balancers.map(|balancer| Unit::LoadBalancer(balancer.id)))
        .chain(target_groups.map(|group| Unit::TargetGroup(group.id)))
        .chain(endpoints.map(|endpoint| Unit::VpcEndpoint(endpoint.id)))
}

/// Adds the units that a change of the resource under `key` touches, as far as `state` (the one before or after the
/// change) tells. `None`: all.
pub(crate) fn touched(state: &State, key: &Key, units: &mut BTreeSet<Unit>) -> Option<()> {
    let Some(resource) = state.tables().resource(key) else {
        return Some(());
    };
    let mut touch = Touch { state, units };
    match &resource {
        Resource::Settings(_) => return None,
        Resource::Counter(_)
        | Resource::Account(_)
        | Resource::User(_)
        | Resource::Role(_)
        | Resource::ManagedPolicy(_)
        | Resource::NetworkAcl(_)
        | Resource::Topic(_)
        | Resource::Subscription(_)
        | Resource::Message(_)
        | Resource::Delivery(_)
        | Resource::ConnectionNotification(_)
        | Resource::ConnectionEvent(_)
        | Resource::ClientToken(_) => {}
        Resource::Vpc(vpc) => {
            touch.unit(Unit::Vpc(vpc.id));
            // Private names resolve or not by the VPC's attributes.
            for endpoint in state.indexes().endpoints_by_vpc.of(&vpc.id) {
                touch.unit(Unit::VpcEndpoint(*endpoint));
            }
        }
        Resource::Subnet(subnet) => touch.unit(Unit::Subnet(subnet.id)),
        Resource::RouteTable(table) => {
            touch.unit(Unit::RouteTable(table.id));
            // Who uses which table may have changed for every interface of the VPC.
            for interface in state.indexes().interfaces_by_vpc.of(&table.vpc) {
                touch.interface(*interface);
            }
        }
        Resource::SecurityGroup(group) => touch.unit(Unit::SecurityGroup(group.id)),
        Resource::NetworkInterface(interface) => touch.interface(interface.id),
        Resource::Instance(instance) => touch.instance(instance.id),
        Resource::LoadBalancer(balancer) => {
            touch.load_balancer(balancer.id);
            for service in state.indexes().services_by_load_balancer.of(&balancer.id) {
                touch.service(*service);
            }
        }
        Resource::Listener(listener) => {
            touch.load_balancer(listener.load_balancer);
            touch.target_group(listener.forward.target_group);
        }
        Resource::TargetGroup(group) => touch.target_group(group.id),
        Resource::Target(target) => touch.target_group(target.key.group),
        Resource::EndpointService(service) => touch.service(service.id),
        Resource::VpcEndpoint(endpoint) => touch.unit(Unit::VpcEndpoint(endpoint.id)),
    }
    Some(())
}

struct Touch<'a> {
    state: &'a State,
    units: &'a mut BTreeSet<Unit>,
}

impl Touch<'_> {
    fn unit(&mut self, unit: Unit) {
        self.units.insert(unit);
    }

    fn interface(&mut self, id: model::NetworkInterfaceId) {
        let Some(interface) = self.state.tables().network_interfaces.get(&id) else {
            return;
        };
        match interface.kind {
            NetworkInterfaceKind::Detached => {}
            NetworkInterfaceKind::Instance { instance, .. } => self.instance(instance),
            NetworkInterfaceKind::VpcEndpoint { endpoint, .. } => {
                self.unit(Unit::VpcEndpoint(endpoint))
            }
            NetworkInterfaceKind::LoadBalancer { load_balancer, .. } => {
                self.load_balancer(load_balancer)
            }
        }
        // A target may be registered by its address alone.
        for group in self.state.indexes().target_groups_by_vpc.of(&interface.vpc) {
            let has_it = |key: &&model::target::TargetKey| {
                key.id == model::target::TargetId::Ip(interface.address)
            };
            if self
                .state
                .indexes()
                .targets_by_group
                .of(group)
                .any(|key| has_it(&key))
            {
                self.units.insert(Unit::TargetGroup(*group));
            }
        }
    }

    fn instance(&mut self, id: InstanceId) {
        self.unit(Unit::Instance(id));
        for target in self.state.indexes().targets_by_instance.of(&id) {
            self.target_group(target.group);
        }
    }

    /// A load balancer, and the groups whose targets its nodes use.
    fn load_balancer(&mut self, id: LoadBalancerId) {
        self.unit(Unit::LoadBalancer(id));
        for listener in self.state.indexes().listeners_by_load_balancer.of(&id) {
            if let Some(listener) = self.state.tables().listeners.get(listener) {
                self.units
                    .insert(Unit::TargetGroup(listener.forward.target_group));
            }
        }
    }

    /// A target group, and the load balancers that forward to it.
    fn target_group(&mut self, id: TargetGroupId) {
        self.unit(Unit::TargetGroup(id));
        for listener in self.state.indexes().listeners_by_target_group.of(&id) {
            if let Some(listener) = self.state.tables().listeners.get(listener) {
                self.units
                    .insert(Unit::LoadBalancer(listener.load_balancer));
            }
        }
    }

    fn service(&mut self, id: EndpointServiceId) {
        for endpoint in self.state.indexes().endpoints_by_service.of(&id) {
            self.units.insert(Unit::VpcEndpoint(*endpoint));
        }
    }
}
