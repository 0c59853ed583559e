//! Network situations, each with what it must mean.

use std::net::Ipv4Addr;

use datapath::abi::{AddressKey, AddressKind, BACKEND_TERMINATE};
use model::command::{
    DeleteVpcEndpoints, DeregisterTargets, ModifyLoadBalancerAttributes, ModifyVpcAttribute,
    RegisterTargets, RejectVpcEndpointConnections, TerminateInstances, VpcAttribute,
};
use model::load_balancer::CROSS_ZONE;
use model::target::{ObservedHealth, UnhealthyReason};
use model::{VpcEndpoint, VpcEndpointId};

use super::world::{Network, Service, World, target};
use crate::InstanceWish;
use crate::names::{Answer, Wanted, answer};

struct Link {
    world: World,
    provider: Network,
    consumer: Network,
    service: Service,
    endpoint: VpcEndpointId,
}

/// A provider's service in zone a, and a consumer's endpoint to it that nobody has accepted.
fn requested() -> Link {
    let mut world = World::new();
    let (provider, consumer) = (world.account("provider"), world.account("consumer"));
    let (provider, consumer) = (world.network(provider), world.network(consumer));
    let service = world.service(provider, &[provider.subnet]);
    world.permit(provider.account, service.id);
    let endpoint = world.endpoint(consumer, service.id, &[consumer.subnet]);
    Link {
        world,
        provider,
        consumer,
        service,
        endpoint,
    }
}

fn accepted() -> Link {
    let mut link = requested();
    link.world
        .accept(link.provider.account, link.service.id, link.endpoint);
    link
}

impl Link {
    fn endpoint(&self) -> &VpcEndpoint {
        self.world
            .state
            .tables()
            .vpc_endpoints
            .get(&self.endpoint)
            .expect("endpoint")
    }

    fn address(&self) -> Ipv4Addr {
        self.endpoint()
            .interfaces
            .values()
            .next()
            .expect("interface")
            .address
    }

    fn vni(&self) -> u32 {
        self.world
            .state
            .tables()
            .vpcs
            .get(&self.consumer.vpc)
            .expect("vpc")
            .vni
    }

    fn resolves(&self, name: &str) -> Option<Vec<Ipv4Addr>> {
        match answer(
            &self.world.compiler.plan().names,
            self.vni(),
            name,
            Wanted::Address,
            0,
        ) {
            Answer::Addresses { addresses, .. } => Some(addresses),
            Answer::Pointer { .. }
            | Answer::NoData { .. }
            | Answer::NoSuchName { .. }
            | Answer::Foreign => None,
        }
    }

    fn names(&self) -> Vec<String> {
        let names = self.endpoint().dns_names(self.world.state.settings());
        names.into_iter().map(|name| name.name).collect()
    }

    /// Whether the tables or names know the endpoint at all.
    fn is_known(&self) -> bool {
        let tables = &self.world.tables;
        let key = AddressKey {
            vni: self.vni(),
            addr: self.address().into(),
        };
        let number = self.world.number_at(self.consumer.vpc, self.address());
        tables.addresses.contains_key(&key)
            || tables.frontends.contains_key(&number)
            || tables.interfaces.contains_key(&number)
            || self
                .names()
                .iter()
                .any(|name| self.resolves(name).is_some())
    }
}

#[test]
fn a_connection_that_is_not_accepted_yields_no_entry_and_no_answer() {
    assert!(!requested().is_known());
}

#[test]
fn an_accepted_connection_leads_from_endpoint_to_backend() {
    let link = accepted();
    let tables = &link.world.tables;
    let frontend = tables.frontends[&link.world.number_at(link.consumer.vpc, link.address())];
    let listener = tables.listeners.values().next().expect("listener");
    let slots = &tables.backend_sets[&listener.backend_set];
    let backend = tables.backends[&slots[0]];
    assert_eq!(frontend.vni, link.vni());
    assert_ne!(frontend.backend_vni, frontend.vni);
    assert_eq!(backend.vni, frontend.backend_vni);
    let owner = tables.addresses[&AddressKey {
        vni: backend.vni,
        addr: backend.addr,
    }];
    assert_eq!(owner.kind(), Some(AddressKind::Workload));
    assert_eq!(link.resolves(&link.names()[0]), Some(vec![link.address()]));
    assert_eq!(link.resolves(&link.names()[1]), Some(vec![link.address()]));
    link.world.assert_whole();
}

#[test]
fn rejection_and_deletion_take_every_entry_away() {
    let mut link = accepted();
    let reject = RejectVpcEndpointConnections {
        service: link.service.id,
        endpoints: vec![link.endpoint],
    };
    link.world
        .act(link.provider.account, reject)
        .expect("rejected");
    assert!(!link.is_known());

    let mut link = accepted();
    link.world
        .act(
            link.consumer.account,
            DeleteVpcEndpoints {
                endpoints: vec![link.endpoint],
            },
        )
        .expect("deleted");
    assert!(!link.is_known());
    link.world.settle();
    let endpoint = link.world.state.tables().vpc_endpoints.get(&link.endpoint);
    assert!(endpoint.is_some_and(|endpoint| endpoint.state.is_deleted()));
    link.world.assert_whole();
}

#[test]
fn a_deregistered_target_gets_no_new_flows_and_keeps_its_old_ones() {
    let mut link = accepted();
    let other = link
        .world
        .instance(link.provider.account, link.provider.subnet);
    let group = link.service.group;
    let targets = vec![target(other)];
    link.world
        .act(
            link.provider.account,
            RegisterTargets {
                target_group: group,
                targets,
            },
        )
        .expect("registered");
    link.world.health(group, ObservedHealth::Healthy);
    let users = |link: &Link| {
        let slots = link
            .world
            .tables
            .backend_sets
            .values()
            .next()
            .expect("set")
            .clone();
        slots
            .iter()
            .copied()
            .collect::<std::collections::BTreeSet<u32>>()
            .len()
    };
    assert_eq!(users(&link), 2);
    let targets = vec![target(link.service.server)];
    link.world
        .act(
            link.provider.account,
            DeregisterTargets {
                target_group: group,
                targets,
            },
        )
        .expect("deregistered");
    assert_eq!(users(&link), 1);
    let backends = &link.world.tables.backends;
    assert_eq!(backends.len(), 2);
    assert!(
        backends
            .values()
            .all(|backend| backend.flags & BACKEND_TERMINATE == 0)
    );
    link.world.assert_whole();
}

#[test]
fn an_unhealthy_target_is_cut_off_unless_all_are_unhealthy() {
    let mut link = accepted();
    let group = link.service.group;
    link.world
        .health(group, ObservedHealth::Unhealthy(UnhealthyReason::Timeout));
    let tables = &link.world.tables;
    assert_eq!(
        tables.backend_sets.len(),
        1,
        "with none healthy, the unhealthy ones serve"
    );
    assert!(tables.backends.values().all(|backend| backend.flags == 0));
    let other = link
        .world
        .instance(link.provider.account, link.provider.subnet);
    let targets = vec![target(other)];
    link.world
        .act(
            link.provider.account,
            RegisterTargets {
                target_group: group,
                targets,
            },
        )
        .expect("registered");
    link.world.health(group, ObservedHealth::Healthy);
    let sick = *link
        .world
        .state
        .indexes()
        .targets_by_group
        .of(&group)
        .next()
        .expect("target");
    let number = link
        .world
        .state
        .tables()
        .targets
        .get(&sick)
        .expect("target")
        .number;
    let health = ObservedHealth::Unhealthy(UnhealthyReason::Timeout);
    let report = model::command::TargetHealthObserved {
        target: sick,
        number,
        health,
    };
    link.world
        .act(super::world::nobody(), report)
        .expect("reported");
    assert_eq!(link.world.tables.backends[&number].flags, BACKEND_TERMINATE);
    link.world.assert_whole();
}

#[test]
fn a_zone_without_healthy_target_leaves_the_regional_name_only() {
    let mut world = World::new();
    let (provider, consumer) = (world.account("provider"), world.account("consumer"));
    let (provider, consumer) = (world.network(provider), world.network(consumer));
    let provider_b = world.subnet(provider.account, provider.vpc, "10.0.2.0/24", "us-east-1b");
    let consumer_b = world.subnet(consumer.account, consumer.vpc, "10.0.2.0/24", "us-east-1b");
    let service = world.service(provider, &[provider.subnet, provider_b]);
    world.permit(provider.account, service.id);
    let endpoint = world.endpoint(consumer, service.id, &[consumer.subnet, consumer_b]);
    world.accept(provider.account, service.id, endpoint);
    let mut link = Link {
        world,
        provider,
        consumer,
        service,
        endpoint,
    };
    let [regional, _, zonal_b] = &link.names()[..] else {
        panic!("three names")
    };
    let (regional, zonal_b) = (regional.clone(), zonal_b.clone());
    let in_name = |link: &Link| link.resolves(&regional).map(|found| found.len());
    assert_eq!(in_name(&link), Some(1), "zone b has no target");
    let other = link.world.instance(link.provider.account, provider_b);
    let register = RegisterTargets {
        target_group: link.service.group,
        targets: vec![target(other)],
    };
    let registered = link.world.act(link.provider.account, register);
    registered.expect("registered");
    assert_eq!(in_name(&link), Some(1), "zone b has no healthy target yet");
    assert_eq!(
        link.resolves(&zonal_b).map(|found| found.len()),
        Some(1),
        "a zonal name never fails over"
    );
    link.world
        .health(link.service.group, ObservedHealth::Healthy);
    assert_eq!(in_name(&link), Some(2));
    let cross = ModifyLoadBalancerAttributes {
        load_balancer: link.service.balancer,
        attributes: vec![(CROSS_ZONE.to_owned(), "true".to_owned())],
    };
    assert_eq!(link.world.tables.backend_sets.len(), 2);
    link.world
        .act(link.provider.account, cross)
        .expect("changed");
    assert_eq!(
        link.world.tables.backend_sets.len(),
        1,
        "every zone has the same targets"
    );
    link.world.assert_whole();
}

#[test]
fn the_regional_name_rotates() {
    let link = accepted();
    let names = &link.world.compiler.plan().names;
    for turn in [0, 1, usize::MAX] {
        let found = answer(names, link.vni(), &link.names()[0], Wanted::Address, turn);
        assert!(matches!(found, Answer::Addresses { ttl_secs: 60, .. }));
    }
}

#[test]
fn names_below_adits_zones_exist_or_do_not_and_others_are_foreign() {
    let link = accepted();
    let names = &link.world.compiler.plan().names;
    let ask = |name: &str, wanted| answer(names, link.vni(), name, wanted, 0);
    let base = "us-east-1.vpce.amazonaws.com";
    assert_eq!(
        ask(&format!("nothing.{base}"), Wanted::Address),
        Answer::NoSuchName { apex: base }
    );
    assert_eq!(ask(base, Wanted::Address), Answer::NoData { apex: base });
    assert_eq!(
        ask(&format!("{}.{base}", link.service.id), Wanted::Address),
        Answer::NoData { apex: base }
    );
    assert_eq!(
        ask(&link.names()[0], Wanted::Other),
        Answer::NoData { apex: base }
    );
    for foreign in [
        "example.com",
        "amazonaws.com",
        "xus-east-1.vpce.amazonaws.com",
        "",
    ] {
        assert_eq!(ask(foreign, Wanted::Address), Answer::Foreign);
    }
}

#[test]
fn instance_names_stay_in_their_vpc() {
    let link = accepted();
    let names = &link.world.compiler.plan().names;
    let stranger = link.vni() + 100;
    let server = link
        .world
        .state
        .tables()
        .instances
        .get(&link.service.server)
        .expect("server");
    let [a, b, c, d] = server.network.as_ref().expect("network").address.octets();
    let (name, reverse) = (
        format!("ip-{a}-{b}-{c}-{d}.ec2.internal"),
        format!("{d}.{c}.{b}.{a}.in-addr.arpa"),
    );
    let (name, reverse) = (name.as_str(), reverse.as_str());
    let own = link
        .world
        .state
        .tables()
        .vpcs
        .get(&link.provider.vpc)
        .expect("vpc")
        .vni;
    assert!(matches!(
        answer(names, own, name, Wanted::Address, 0),
        Answer::Addresses { .. }
    ));
    assert!(matches!(
        answer(names, own, reverse, Wanted::Pointer, 0),
        Answer::Pointer { .. }
    ));
    assert!(matches!(
        answer(names, stranger, name, Wanted::Address, 0),
        Answer::NoSuchName { .. }
    ));
    assert_eq!(
        answer(names, stranger, reverse, Wanted::Pointer, 0),
        Answer::Foreign
    );
}

#[test]
fn switching_dns_support_off_takes_the_resolver_away() {
    let mut link = accepted();
    let resolver = AddressKey {
        vni: link.vni(),
        addr: Ipv4Addr::new(10, 0, 0, 2).into(),
    };
    assert!(link.world.tables.addresses.contains_key(&resolver));
    let attribute = VpcAttribute::EnableDnsSupport(false);
    let request = ModifyVpcAttribute {
        vpc: link.consumer.vpc,
        attribute,
    };
    link.world
        .act(link.consumer.account, request)
        .expect("changed");
    assert!(!link.world.tables.addresses.contains_key(&resolver));
}

#[test]
fn a_terminated_instance_leaves_the_tables_and_is_to_go_from_the_host() {
    let mut link = accepted();
    let server = link.service.server;
    assert!(matches!(
        link.world.compiler.plan().instances[&server],
        InstanceWish::Run(_)
    ));
    let request = TerminateInstances {
        instances: vec![server],
    };
    link.world
        .act(link.provider.account, request)
        .expect("terminated");
    let plan = link.world.compiler.plan();
    assert!(matches!(
        plan.instances[&server],
        InstanceWish::Gone { interface: Some(_) }
    ));
    assert!(
        link.world
            .tables
            .addresses
            .values()
            .all(|address| address.kind() != Some(AddressKind::Workload))
    );
    assert!(plan.probes.is_empty());
    link.world.assert_whole();
}
