//! Several load balancers behind one service: which of them an endpoint's interface uses, and that it stays.

use std::collections::{BTreeMap, BTreeSet};

use model::command::{
    Configure, LoadBalancerApplied, LoadBalancerFailed, ModifyVpcEndpointServiceConfiguration,
    PrivateDnsNameChange, RejectVpcEndpointConnections, SetSubnets,
};
use model::{LoadBalancerId, NetworkInterfaceId, Rejection, Reply, SubnetId, VpcEndpointId};
use proptest::prelude::*;

use super::world::{Network, Service, World, mappings, nobody};

/// A service in zones a and b with one load balancer, and a consumer with a subnet in each.
struct Link {
    world: World,
    provider: Network,
    provider_subnets: [SubnetId; 2],
    consumer: Network,
    consumer_subnets: [SubnetId; 2],
    service: Service,
    endpoints: Vec<VpcEndpointId>,
}

/// The load balancer that each endpoint's interface uses.
type Choices = BTreeMap<NetworkInterfaceId, LoadBalancerId>;

impl Link {
    fn new() -> Self {
        let mut world = World::new();
        let (provider, consumer) = (world.account("provider"), world.account("consumer"));
        let (provider, consumer) = (world.network(provider), world.network(consumer));
        let mut second =
            |of: Network| world.subnet(of.account, of.vpc, "10.0.2.0/24", "us-east-1b");
        let provider_subnets = [provider.subnet, second(provider)];
        let consumer_subnets = [consumer.subnet, second(consumer)];
        let service = world.service(provider, &provider_subnets);
        world.permit(provider.account, service.id);
        let mut link = Self {
            world,
            provider,
            provider_subnets,
            consumer,
            consumer_subnets,
            service,
            endpoints: Vec::new(),
        };
        let mut settings = link.world.state.settings().clone();
        settings.quotas.interface_endpoints_per_vpc = 1000;
        link.world
            .act(nobody(), Configure { settings })
            .expect("configured");
        link
    }

    /// A new endpoint in both zones, accepted.
    fn connect(&mut self) {
        let endpoint = self
            .world
            .endpoint(self.consumer, self.service.id, &self.consumer_subnets);
        self.endpoints.push(endpoint);
        self.accept(endpoint);
    }

    fn accept(&mut self, endpoint: VpcEndpointId) {
        self.world
            .accept(self.provider.account, self.service.id, endpoint);
    }

    fn modify(
        &mut self,
        add: &[LoadBalancerId],
        remove: &[LoadBalancerId],
    ) -> Result<Reply, Rejection> {
        let modify = ModifyVpcEndpointServiceConfiguration {
            service: self.service.id,
            acceptance_required: None,
            add_load_balancers: add.to_vec(),
            remove_load_balancers: remove.to_vec(),
            private_dns_name: PrivateDnsNameChange::Keep,
        };
        self.world.act(self.provider.account, modify)
    }

    /// A further load balancer of the service, with nodes in these of its zones.
    fn attach(&mut self, zones: &[usize]) -> LoadBalancerId {
        let name = format!("more-{}", self.world.state.tables().load_balancers.len());
        let subnets: Vec<_> = zones.iter().map(|at| self.provider_subnets[*at]).collect();
        let balancer = self.world.balancer(self.provider.account, &name, &subnets);
        self.modify(&[balancer], &[]).expect("attached");
        balancer
    }

    /// Gives a load balancer nodes in all zones.
    fn widen(&mut self, load_balancer: LoadBalancerId) {
        let subnets = mappings(&self.provider_subnets);
        let command = SetSubnets {
            load_balancer,
            subnets,
        };
        self.world
            .act(self.provider.account, command)
            .expect("widened");
    }

    /// Takes a load balancer from the service, which AWS allows between connections only.
    fn remove(&mut self, balancer: LoadBalancerId) {
        let (service, endpoints) = (self.service.id, self.endpoints.clone());
        let reject = RejectVpcEndpointConnections { service, endpoints };
        self.world
            .act(self.provider.account, reject)
            .expect("rejected");
        self.modify(&[], &[balancer]).expect("removed");
        for endpoint in self.endpoints.clone() {
            self.accept(endpoint);
        }
    }

    fn attached(&self) -> Vec<LoadBalancerId> {
        let services = &self.world.state.tables().endpoint_services;
        let service = services.get(&self.service.id).expect("service");
        service.load_balancers.keys().copied().collect()
    }

    fn choices(&self) -> Choices {
        let state = &self.world.state;
        let interface_of = |number: &u32| {
            *state
                .indexes()
                .interface_of_number
                .first(number)
                .expect("an interface")
        };
        let frontends = self.world.tables.frontends.iter();
        frontends
            .map(|(number, frontend)| {
                let node = interface_of(&frontend.node);
                let balancers = state.tables().load_balancers.iter();
                let mut own = balancers.filter(|balancer| {
                    let mut nodes = balancer.nodes.values();
                    nodes.any(|known| known.network_interface == node)
                });
                (interface_of(number), own.next().expect("its owner").id)
            })
            .collect()
    }

    fn all_at(&self, balancer: LoadBalancerId) -> bool {
        self.choices().values().all(|choice| *choice == balancer)
    }
}

fn used(choices: &Choices) -> BTreeSet<LoadBalancerId> {
    choices.values().copied().collect()
}

#[test]
fn adding_load_balancers_moves_no_endpoint_even_if_the_clock_stands_still_or_was_set_back() {
    for set_back in [0, 1, 3_600_000] {
        let mut link = Link::new();
        (0..8).for_each(|_| link.connect());
        assert_eq!(link.choices().len(), 16, "an interface in each zone");
        link.world.now -= set_back;
        for _ in 0..3 {
            link.attach(&[0, 1]);
            assert!(link.all_at(link.service.balancer));
        }
    }
}

#[test]
fn endpoints_are_spread_over_the_load_balancers_that_were_there_before_them() {
    let mut link = Link::new();
    let second = link.attach(&[0, 1]);
    link.world.now += 1000;
    let third = link.attach(&[0]);
    link.world.now += 1000;
    (0..16).for_each(|_| link.connect());
    let expected = BTreeSet::from([link.service.balancer, second, third]);
    assert_eq!(used(&link.choices()), expected);
}

#[test]
fn an_interface_that_an_endpoint_gets_later_chooses_among_what_is_there_then() {
    let mut link = Link::new();
    link.connect();
    link.world.now += 1;
    let second = link.attach(&[0, 1]);
    let before = link.choices();
    link.world.now += 1;
    let endpoint = link.endpoints[0];
    let zone = [link.consumer_subnets[1]];
    let mut fresh = BTreeSet::new();
    for _ in 0..16 {
        link.world.resubnet(link.consumer, endpoint, &[], &zone);
        link.world.resubnet(link.consumer, endpoint, &zone, &[]);
        let choices = link.choices();
        assert_eq!(choices.len(), 2);
        for (interface, choice) in choices {
            match before.get(&interface) {
                Some(old) => assert_eq!(choice, *old),
                None => _ = fresh.insert(choice),
            }
        }
    }
    assert!(
        fresh.contains(&second),
        "some are drawn to what came before them"
    );
}

#[test]
fn a_zone_that_a_load_balancer_gets_later_moves_no_endpoint() {
    let mut link = Link::new();
    let second = link.attach(&[0]);
    link.world.now += 1000;
    (0..8).for_each(|_| link.connect());
    let before = link.choices();
    // Also in the same instant.
    link.widen(second);
    assert_eq!(link.choices(), before);

    link.world.now += 1000;
    (0..8).for_each(|_| link.connect());
    let new: BTreeSet<_> = link.choices().into_keys().collect();
    assert_eq!(new.len(), 32);
    let second_zone = |(interface, choice): &(NetworkInterfaceId, LoadBalancerId)| {
        let interfaces = &link.world.state.tables().network_interfaces;
        let known = interfaces.get(interface).expect("interface");
        known.subnet == link.consumer_subnets[1] && *choice == second
    };
    let choices = link.choices();
    assert!(
        choices.into_iter().filter(second_zone).count() > 0,
        "new endpoints use it in the zone"
    );
}

#[test]
fn a_load_balancer_stays_with_its_service_while_there_are_connections() {
    let mut link = Link::new();
    link.connect();
    let second = link.attach(&[0, 1]);
    for remove in [link.service.balancer, second] {
        assert!(link.modify(&[], &[remove]).is_err());
    }
    assert!(link.all_at(link.service.balancer));
}

#[test]
fn removing_the_chosen_load_balancer_moves_endpoints_to_the_one_attached_first() {
    let mut link = Link::new();
    link.connect();
    let [second, third] = [(); 2].map(|()| {
        link.world.now += 1;
        link.attach(&[0, 1])
    });
    link.world.now += 1;
    link.remove(link.service.balancer);
    assert!(link.all_at(second));
    link.attach(&[0, 1]);
    assert!(link.all_at(second), "what is added later moves nothing");
    link.remove(third);
    assert!(link.all_at(second), "nor does removing another one");
    link.modify(&[link.service.balancer], &[])
        .expect("attached again");
    assert!(link.all_at(second), "one that comes back is a new one");
}

#[test]
fn a_load_balancer_that_fails_is_left_until_it_is_there_again() {
    let mut link = Link::new();
    link.connect();
    let (first, second) = (link.service.balancer, link.attach(&[0, 1]));
    let failed = LoadBalancerFailed {
        load_balancer: first,
        reason: "no room".to_owned(),
    };
    link.world.act(nobody(), failed).expect("reported");
    assert!(link.all_at(second));
    let applied = LoadBalancerApplied {
        load_balancer: first,
    };
    link.world.act(nobody(), applied).expect("reported");
    assert!(link.all_at(first));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn an_endpoint_moves_only_when_its_load_balancer_is_removed(
        history in prop::collection::vec((0u8..6, any::<u8>(), 1u64..3), 1..24)
    ) {
        let mut link = Link::new();
        (0..4).for_each(|_| link.connect());
        for (kind, which, passes) in history {
            link.world.now += passes;
            let before = link.choices();
            let attached = link.attached();
            let balancer = attached[usize::from(which) % attached.len()];
            let mut removed = None;
            match kind {
                0 => _ = link.attach(&[0]),
                1 => _ = link.attach(&[1]),
                2 => _ = link.attach(&[0, 1]),
                3 => link.widen(balancer),
                4 => link.connect(),
                _ if attached.len() > 1 && covers_without(&link, balancer) => {
                    link.remove(balancer);
                    removed = Some(balancer);
                }
                _ => {}
            }
            let after = link.choices();
            for (interface, old) in before {
                let new = after[&interface];
                prop_assert_eq!(new == old, removed != Some(old), "{} by {}", interface, kind);
            }
        }
    }
}

/// Whether a service's other load balancers have nodes in both zones, so that every endpoint still has a way.
fn covers_without(link: &Link, balancer: LoadBalancerId) -> bool {
    let balancers = &link.world.state.tables().load_balancers;
    let others = link.attached().into_iter().filter(|id| *id != balancer);
    let zones: BTreeSet<_> = others
        .filter_map(|id| balancers.get(&id))
        .flat_map(|other| other.zones().cloned())
        .collect();
    zones.len() == 2
}
