//! VPCs, subnets, route tables, network ACLs, security groups, interfaces and instances.

use std::collections::BTreeSet;

use super::Checker;
use crate::counter::CounterKind;
use crate::instance::InstanceState;
use crate::limits::{SECURITY_GROUP_RULES_MAX, SECURITY_GROUPS_PER_INTERFACE_MAX};
use crate::network_interface::{NetworkInterface, NetworkInterfaceKind};
use crate::resource::Key;
use crate::route_table::RouteTableUser;
use crate::security_group::{Direction, Peer, SecurityGroup};

impl Checker<'_> {
    pub(super) fn check_network(&mut self) {
        self.check_vpcs();
        self.check_subnets();
        self.check_route_tables();
        for group in self.tables.security_groups.iter() {
            self.check_security_group(group);
        }
        let numbers = |group: &SecurityGroup| (group.number, Key::SecurityGroup(group.id));
        let numbers = self
            .tables
            .security_groups
            .iter()
            .map(|group| numbers(group))
            .collect();
        self.require_numbers(CounterKind::SecurityGroup, numbers);
        let names = self.tables.security_groups.iter();
        let names = names.map(|group| {
            (
                (group.vpc, group.name.clone()),
                Key::SecurityGroup(group.id),
            )
        });
        self.require_distinct(names.collect::<Vec<_>>(), "its name is its own in the VPC");
    }

    fn check_vpcs(&mut self) {
        let tables = self.tables;
        for vpc in tables.vpcs.iter() {
            let key = Key::Vpc(vpc.id);
            let main = tables.route_tables.get(&vpc.main_route_table);
            let main = main.is_some_and(|table| table.vpc == vpc.id && table.is_main());
            self.require(main, key.clone(), "its main route table is one");
            let group = tables.security_groups.get(&vpc.default_security_group);
            let group = group.is_some_and(|group| group.vpc == vpc.id && group.is_default());
            self.require(group, key.clone(), "its default security group is one");
            let acl = tables.network_acls.get(&vpc.default_network_acl);
            self.require(
                acl.is_some_and(|acl| acl.vpc == vpc.id),
                key,
                "its network ACL is its own",
            );
        }
        for acl in tables.network_acls.iter() {
            let of_vpc = tables
                .vpcs
                .get(&acl.vpc)
                .is_some_and(|vpc| vpc.default_network_acl == acl.id);
            self.require(of_vpc, Key::NetworkAcl(acl.id), "it is its VPC's default");
        }
        let vnis = tables
            .vpcs
            .iter()
            .map(|vpc| (vpc.vni, Key::Vpc(vpc.id)))
            .collect();
        self.require_numbers(CounterKind::Vni, vnis);
    }

    fn check_subnets(&mut self) {
        let tables = self.tables;
        for subnet in tables.subnets.iter() {
            let key = Key::Subnet(subnet.id);
            let within = tables.vpcs.get(&subnet.vpc).is_some_and(|vpc| {
                vpc.owner == subnet.owner
                    && vpc.cidr.contains(&subnet.cidr)
                    && vpc.default_network_acl == subnet.network_acl
            });
            self.require(within, key.clone(), "it lies within its VPC");
            let alone = tables.subnets.iter().all(|other| {
                other.id == subnet.id
                    || other.vpc != subnet.vpc
                    || !(other.cidr.contains(&subnet.cidr) || subnet.cidr.contains(&other.cidr))
            });
            self.require(alone, key, "it overlaps no other subnet");
        }
    }

    fn check_route_tables(&mut self) {
        let tables = self.tables;
        let mut users = Vec::new();
        for table in tables.route_tables.iter() {
            let key = Key::RouteTable(table.id);
            let vpc = tables.vpcs.get(&table.vpc);
            self.require(vpc.is_some(), key.clone(), "its VPC exists");
            for user in table.associations.values() {
                let same_vpc = match user {
                    RouteTableUser::Main => vpc.is_some_and(|vpc| vpc.main_route_table == table.id),
                    RouteTableUser::Subnet(id) => tables
                        .subnets
                        .get(id)
                        .is_some_and(|subnet| subnet.vpc == table.vpc),
                };
                self.require(same_vpc, key.clone(), "its users are of its VPC");
                users.push(((table.vpc, *user), key.clone()));
            }
        }
        self.require_distinct(users, "its users use no other table");
        let numbers = tables
            .route_tables
            .iter()
            .map(|table| (table.number, Key::RouteTable(table.id)));
        self.require_numbers(CounterKind::RouteTable, numbers.collect());
    }

    fn check_security_group(&mut self, group: &SecurityGroup) {
        let tables = self.tables;
        let key = Key::SecurityGroup(group.id);
        let vpc = tables.vpcs.get(&group.vpc);
        let default_is_vpcs =
            vpc.is_some_and(|vpc| group.is_default() == (vpc.default_security_group == group.id));
        self.require(
            default_is_vpcs,
            key.clone(),
            "it is its VPC's default or none",
        );
        let peers_exist = group.rules.values().all(|rule| match rule.peer {
            Peer::Cidr(net) => net == net.trunc(),
            Peer::Group(peer) => tables
                .security_groups
                .get(&peer)
                .is_some_and(|peer| peer.vpc == group.vpc),
        });
        self.require(peers_exist, key.clone(), "its rules name groups of its VPC");
        for direction in [Direction::Ingress, Direction::Egress] {
            let count = group.rules_of(direction).count();
            self.require(
                count <= SECURITY_GROUP_RULES_MAX,
                key.clone(),
                "its rules fit",
            );
        }
        let rules: BTreeSet<_> = group
            .rules
            .values()
            .map(|rule| (rule.direction, rule.traffic, rule.peer))
            .collect();
        self.require(rules.len() == group.rules.len(), key, "its rules differ");
    }

    pub(super) fn check_interfaces(&mut self) {
        let tables = self.tables;
        for interface in tables.network_interfaces.iter() {
            self.check_interface(interface);
        }
        let all = || tables.network_interfaces.iter();
        let numbers = all()
            .map(|one| (one.number, Key::NetworkInterface(one.id)))
            .collect();
        self.require_numbers(CounterKind::NetworkInterface, numbers);
        let addresses = all().map(|one| ((one.vpc, one.address), Key::NetworkInterface(one.id)));
        self.require_distinct(addresses, "its address is its own in the VPC");
        for instance in tables.instances.iter() {
            let key = Key::Instance(instance.id);
            let terminated = matches!(instance.state, InstanceState::Terminated { .. });
            let connected = instance.network.is_some();
            self.require(
                connected != terminated,
                key.clone(),
                "it is connected until terminated",
            );
            let Some(network) = instance.network else {
                continue;
            };
            let interface = tables.network_interfaces.get(&network.network_interface);
            let agrees = interface.is_some_and(|interface| {
                interface.instance() == Some(instance.id)
                    && interface.owner == instance.owner
                    && interface.zone == instance.zone
                    && (interface.vpc, interface.subnet) == (network.vpc, network.subnet)
                    && interface.address == network.address
            });
            self.require(agrees, key, "its interface is as it says");
        }
    }

    fn check_interface(&mut self, interface: &NetworkInterface) {
        let tables = self.tables;
        let key = Key::NetworkInterface(interface.id);
        let placed = tables.subnets.get(&interface.subnet).is_some_and(|subnet| {
            subnet.vpc == interface.vpc
                && subnet.owner == interface.owner
                && subnet.zone == interface.zone
                && subnet.allows(interface.address)
        });
        self.require(
            placed,
            key.clone(),
            "its address is one that its subnet gives",
        );
        let groups_exist = interface.groups.iter().all(|id| {
            tables
                .security_groups
                .get(id)
                .is_some_and(|group| group.vpc == interface.vpc)
        });
        self.require(groups_exist, key.clone(), "its groups are of its VPC");
        let ascend = interface.groups.is_sorted_by(|one, next| one < next);
        self.require(ascend, key.clone(), "its groups ascend");
        let of_balancer = matches!(interface.kind, NetworkInterfaceKind::LoadBalancer { .. });
        let min = usize::from(!of_balancer);
        let fits = (min..=SECURITY_GROUPS_PER_INTERFACE_MAX).contains(&interface.groups.len());
        self.require(fits, key.clone(), "it has one to sixteen groups");
        let owner_knows = match interface.kind {
            NetworkInterfaceKind::Detached => true,
            NetworkInterfaceKind::Instance { instance, .. } => {
                let network = tables
                    .instances
                    .get(&instance)
                    .and_then(|instance| instance.network);
                network.is_some_and(|network| network.network_interface == interface.id)
            }
            NetworkInterfaceKind::VpcEndpoint { endpoint, .. } => {
                let endpoint = tables.vpc_endpoints.get(&endpoint);
                let own = endpoint.and_then(|endpoint| endpoint.interfaces.get(&interface.subnet));
                own.is_some_and(|own| own.network_interface == interface.id)
            }
            NetworkInterfaceKind::LoadBalancer { load_balancer, .. } => {
                let balancer = tables.load_balancers.get(&load_balancer);
                let node = balancer.and_then(|balancer| balancer.nodes.get(&interface.subnet));
                node.is_some_and(|node| node.network_interface == interface.id)
            }
        };
        self.require(owner_knows, key, "whom it is for knows it");
    }
}
