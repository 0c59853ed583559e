//! Endpoint services and endpoints.

use std::collections::BTreeSet;

use super::Checker;
use crate::network_interface::NetworkInterfaceKind;
use crate::resource::Key;
use crate::vpc_endpoint::VpcEndpoint;

impl Checker<'_> {
    pub(super) fn check_private_link(&mut self) {
        let tables = self.tables;
        for service in tables.endpoint_services.iter() {
            let key = Key::EndpointService(service.id);
            let balanced = !service.load_balancers.is_empty()
                && service.load_balancers.keys().all(|id| {
                    tables
                        .load_balancers
                        .get(id)
                        .is_some_and(|one| one.owner == service.owner)
                });
            self.require(balanced, key.clone(), "its load balancers exist");
            let mut attached = service.load_balancers.values();
            let since = attached.all(|time| *time >= service.created);
            self.require(since, key.clone(), "it is older than their attachment");
            let present: BTreeSet<_> = service
                .load_balancers
                .keys()
                .filter_map(|id| tables.load_balancers.get(id))
                .flat_map(|balancer| balancer.zones())
                .collect();
            let served = service.zones.iter().all(|zone| present.contains(zone));
            self.require(served, key.clone(), "its load balancers are in its zones");
            let principals: BTreeSet<_> = service
                .permissions
                .values()
                .map(|permission| &permission.principal)
                .collect();
            let differ = principals.len() == service.permissions.len();
            self.require(differ, key, "its principals differ");
        }
        for endpoint in tables.vpc_endpoints.iter() {
            self.check_endpoint(endpoint);
            self.check_endpoint_interfaces(endpoint);
        }
        let connections = tables.vpc_endpoints.iter();
        let connections = connections.map(|one| (one.connection, Key::VpcEndpoint(one.id)));
        self.require_distinct(connections, "its connection id is its own");
        let domains = tables
            .vpc_endpoints
            .iter()
            .filter(|one| one.state.holds_names());
        let domains = domains.filter_map(|one| {
            let own = one.private_dns.as_ref()?;
            Some((
                (one.vpc, own.name.domain().to_owned()),
                Key::VpcEndpoint(one.id),
            ))
        });
        self.require_distinct(domains, "its private domain is its own in its VPC");
    }

    fn check_endpoint(&mut self, endpoint: &VpcEndpoint) {
        let tables = self.tables;
        let key = Key::VpcEndpoint(endpoint.id);
        if endpoint.state.is_deleted() {
            let holds_nothing = endpoint.interfaces.is_empty()
                && endpoint.groups.is_empty()
                && endpoint.private_dns.is_none();
            self.require(holds_nothing, key, "it is deleted and holds nothing");
            return;
        }
        let placed = tables
            .vpcs
            .get(&endpoint.vpc)
            .is_some_and(|vpc| vpc.owner == endpoint.owner);
        self.require(placed, key.clone(), "its VPC exists");
        let service = tables.endpoint_services.get(&endpoint.service);
        let provided = service.is_some_and(|service| {
            let mut interfaces = endpoint.interfaces.values();
            service.owner == endpoint.service_owner
                && interfaces.all(|interface| service.zones.contains(&interface.zone))
        });
        let needs_service = endpoint.state.blocks_service_deletion();
        self.require(
            provided || !needs_service,
            key.clone(),
            "its service serves its zones",
        );
        let grouped = !endpoint.groups.is_empty()
            && endpoint.groups.iter().all(|id| {
                tables
                    .security_groups
                    .get(id)
                    .is_some_and(|group| group.vpc == endpoint.vpc)
            });
        self.require(grouped, key.clone(), "its groups are of its VPC");
        self.require(endpoint.generation > 0, key, "its generation counts from 1");
    }

    fn check_endpoint_interfaces(&mut self, endpoint: &VpcEndpoint) {
        let key = Key::VpcEndpoint(endpoint.id);
        let zones: BTreeSet<_> = endpoint.interfaces.values().map(|own| &own.zone).collect();
        let zonal = zones.len() == endpoint.interfaces.len();
        self.require(zonal, key.clone(), "it has one interface per zone");
        for (subnet, own) in &endpoint.interfaces {
            let interface = self.tables.network_interfaces.get(&own.network_interface);
            let agrees = interface.is_some_and(|interface| {
                let of_endpoint = match interface.kind {
                    NetworkInterfaceKind::VpcEndpoint { endpoint: id, .. } => id == endpoint.id,
                    NetworkInterfaceKind::Detached
                    | NetworkInterfaceKind::Instance { .. }
                    | NetworkInterfaceKind::LoadBalancer { .. } => false,
                };
                of_endpoint
                    && interface.subnet == *subnet
                    && interface.vpc == endpoint.vpc
                    && (&interface.zone, interface.address) == (&own.zone, own.address)
                    && interface.groups == endpoint.groups
            });
            self.require(agrees, key.clone(), "its interfaces are as it says");
        }
    }
}
