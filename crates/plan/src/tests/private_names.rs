//! Private names of endpoints: where they resolve, to what, and until when; and what each state of a connection means.

use std::net::Ipv4Addr;

use model::command::{
    DeleteVpcEndpoints, EndpointFailed, Housekeep, RejectVpcEndpointConnections,
    StartVpcEndpointServicePrivateDnsVerification, VpcAttribute,
};
use model::target::{ObservedHealth, UnhealthyReason};
use model::{Command, VpcEndpointId, VpcEndpointState};

use super::world::{Network, Service, World, nobody};
use crate::names::{Answer, Wanted, answer};

/// A service with a verified private name, and an endpoint that is accepted.
struct Link {
    world: World,
    provider: Network,
    consumer: Network,
    service: Service,
    endpoint: VpcEndpointId,
}

impl Link {
    fn requested(name: &str) -> Self {
        let mut world = World::new();
        let (provider, consumer) = (world.account("provider"), world.account("consumer"));
        let (provider, consumer) = (world.network(provider), world.network(consumer));
        let service = world.service(provider, &[provider.subnet]);
        world.permit(provider.account, service.id);
        world.give_name(provider.account, service.id, name);
        world.set_attribute(consumer, VpcAttribute::EnableDnsHostnames(true));
        let endpoint = world.endpoint(consumer, service.id, &[consumer.subnet]);
        Self {
            world,
            provider,
            consumer,
            service,
            endpoint,
        }
    }

    fn accepted(name: &str) -> Self {
        let mut link = Self::requested(name);
        link.world
            .accept(link.provider.account, link.service.id, link.endpoint);
        link
    }

    fn enabled(name: &str) -> Self {
        let mut link = Self::accepted(name);
        link.switch(true);
        link
    }

    fn switch(&mut self, enabled: bool) {
        self.world
            .switch_private_dns(self.consumer, self.endpoint, enabled);
        self.world.assert_whole();
    }

    fn act(&mut self, network: Network, command: impl Into<Command>) {
        self.world.act(network.account, command).expect("done");
        self.world.assert_whole();
    }

    fn reject(&mut self) {
        let command = RejectVpcEndpointConnections {
            service: self.service.id,
            endpoints: vec![self.endpoint],
        };
        self.act(self.provider, command);
    }

    fn delete(&mut self) {
        let endpoints = vec![self.endpoint];
        self.act(self.consumer, DeleteVpcEndpoints { endpoints });
    }

    fn state(&self) -> VpcEndpointState {
        let endpoints = &self.world.state.tables().vpc_endpoints;
        endpoints.get(&self.endpoint).expect("endpoint").state
    }

    fn vni(&self, network: Network) -> u32 {
        let vpcs = &self.world.state.tables().vpcs;
        vpcs.get(&network.vpc).expect("vpc").vni
    }

    fn ask(&self, network: Network, name: &str, wanted: Wanted) -> Answer<'_> {
        let names = &self.world.compiler.plan().names;
        answer(names, self.vni(network), name, wanted, 0)
    }

    /// What the consumer's resolver says to a question for an address.
    fn resolve(&self, name: &str) -> Answer<'_> {
        self.ask(self.consumer, name, Wanted::Address)
    }

    fn own_address(&self) -> Answer<'static> {
        let endpoints = &self.world.state.tables().vpc_endpoints;
        let endpoint = endpoints.get(&self.endpoint).expect("endpoint");
        let interface = endpoint.interfaces.values().next().expect("interface");
        Answer::Addresses {
            ttl_secs: 60,
            addresses: vec![interface.address],
        }
    }

    /// How many ways lead out of a network.
    fn ways(&self) -> usize {
        self.world.tables.frontends.len()
    }
}

#[test]
fn a_private_name_resolves_in_the_endpoints_vpc_alone() {
    let link = Link::enabled("api.example.com");
    assert_eq!(link.resolve("api.example.com"), link.own_address());
    for elsewhere in [link.provider, link.consumer] {
        let other = link.ask(elsewhere, "example.com", Wanted::Address);
        assert_eq!(other, Answer::Foreign);
    }
    let other = link.ask(link.provider, "api.example.com", Wanted::Address);
    assert_eq!(other, Answer::Foreign);
}

#[test]
fn whatever_else_is_in_the_hidden_zone_does_not_exist() {
    let link = Link::enabled("api.example.com");
    let apex = "api.example.com";
    assert_eq!(
        link.resolve("x.api.example.com"),
        Answer::NoSuchName { apex }
    );
    let other = link.ask(link.consumer, apex, Wanted::Other);
    assert_eq!(other, Answer::NoData { apex });
    assert_eq!(link.resolve("xapi.example.com"), Answer::Foreign);
}

#[test]
fn a_wildcard_stands_for_all_names_below_its_domain_but_not_for_the_domain() {
    let link = Link::enabled("*.example.com");
    for name in ["a.example.com", "x.y.example.com", "*.example.com"] {
        assert_eq!(link.resolve(name), link.own_address(), "{name}");
    }
    let apex = "example.com";
    assert_eq!(link.resolve(apex), Answer::NoData { apex });
    let other = link.ask(link.consumer, "a.example.com", Wanted::Other);
    assert_eq!(other, Answer::NoData { apex });
}

#[test]
fn of_two_private_names_the_longer_one_answers() {
    let mut link = Link::enabled("*.example.com");
    let (provider, consumer) = (link.provider, link.consumer);
    let inner = link.world.service(provider, &[provider.subnet]);
    link.world.permit(provider.account, inner.id);
    link.world
        .give_name(provider.account, inner.id, "a.example.com");
    let endpoint = link.world.endpoint(consumer, inner.id, &[consumer.subnet]);
    link.world.accept(provider.account, inner.id, endpoint);
    assert_eq!(link.resolve("x.a.example.com"), link.own_address());
    link.world.switch_private_dns(consumer, endpoint, true);
    assert_ne!(link.resolve("a.example.com"), link.own_address());
    let apex = "a.example.com";
    assert_eq!(link.resolve("x.a.example.com"), Answer::NoSuchName { apex });
    assert_eq!(link.resolve("b.example.com"), link.own_address());
}

#[test]
fn a_private_name_takes_nothing_from_the_names_of_endpoints() {
    let link = Link::enabled("*.amazonaws.com");
    let endpoints = &link.world.state.tables().vpc_endpoints;
    let endpoint = endpoints.get(&link.endpoint).expect("endpoint");
    let regional = endpoint
        .dns_names(link.world.state.settings())
        .swap_remove(0);
    let apex = "us-east-1.vpce.amazonaws.com";
    assert_eq!(link.resolve(&regional.name), link.own_address());
    assert_eq!(
        link.resolve(&format!("x.{apex}")),
        Answer::NoSuchName { apex }
    );
    assert_eq!(link.resolve("s3.amazonaws.com"), link.own_address());
}

#[test]
fn a_private_name_gives_healthy_zones_in_turn_as_the_regional_name_does() {
    let mut world = World::new();
    let (provider, consumer) = (world.account("provider"), world.account("consumer"));
    let (provider, consumer) = (world.network(provider), world.network(consumer));
    let second = |world: &mut World, it: Network| {
        world.subnet(it.account, it.vpc, "10.0.2.0/24", "us-east-1b")
    };
    let (provider_b, consumer_b) = (second(&mut world, provider), second(&mut world, consumer));
    let service = world.service(provider, &[provider.subnet, provider_b]);
    world.permit(provider.account, service.id);
    world.give_name(provider.account, service.id, "api.example.com");
    world.set_attribute(consumer, VpcAttribute::EnableDnsHostnames(true));
    let endpoint = world.endpoint(consumer, service.id, &[consumer.subnet, consumer_b]);
    world.accept(provider.account, service.id, endpoint);
    world.switch_private_dns(consumer, endpoint, true);
    let mut link = Link {
        world,
        provider,
        consumer,
        service,
        endpoint,
    };
    let all = |link: &Link, turn| -> Vec<Ipv4Addr> {
        let names = &link.world.compiler.plan().names;
        let vni = link.vni(link.consumer);
        let found = answer(names, vni, "api.example.com", Wanted::Address, turn);
        let Answer::Addresses { addresses, .. } = found else {
            panic!("{found:?}")
        };
        addresses
    };
    assert_eq!(all(&link, 0).len(), 1, "zone b has no target");
    let group = link.service.group;
    let sick = ObservedHealth::Unhealthy(UnhealthyReason::Timeout);
    link.world.health(group, sick);
    assert_eq!(all(&link, 0).len(), 2, "with none healthy, all are given");
    assert_ne!(all(&link, 0), all(&link, 1));
}

#[test]
fn switching_private_dns_off_gives_the_domain_back_to_the_world() {
    let mut link = Link::enabled("*.example.com");
    link.switch(false);
    for name in ["a.example.com", "example.com"] {
        assert_eq!(link.resolve(name), Answer::Foreign);
    }
    link.switch(true);
    assert_eq!(link.resolve("a.example.com"), link.own_address());
}

#[test]
fn either_attribute_of_the_vpc_switches_private_names_off_and_on_again() {
    let mut link = Link::enabled("api.example.com");
    for attribute in [
        VpcAttribute::EnableDnsHostnames,
        VpcAttribute::EnableDnsSupport,
    ] {
        link.world.set_attribute(link.consumer, attribute(false));
        link.world.assert_whole();
        assert_eq!(link.resolve("api.example.com"), Answer::Foreign);
        link.world.set_attribute(link.consumer, attribute(true));
        link.world.assert_whole();
        assert_eq!(link.resolve("api.example.com"), link.own_address());
    }
}

#[test]
fn an_endpoint_without_subnets_has_no_names() {
    let mut link = Link::requested("api.example.com");
    let (provider, consumer) = (link.provider, link.consumer);
    let endpoint = link.world.endpoint(consumer, link.service.id, &[]);
    link.world
        .accept(provider.account, link.service.id, endpoint);
    link.world.switch_private_dns(consumer, endpoint, true);
    link.world.assert_whole();
    assert_eq!(link.resolve("api.example.com"), Answer::Foreign);
}

#[test]
fn a_verification_that_is_lost_takes_no_name_away() {
    let mut link = Link::enabled("api.example.com");
    let service = link.service.id;
    let again = StartVpcEndpointServicePrivateDnsVerification { service };
    link.act(link.provider, again);
    link.world.now += 72 * 3600 * 1000;
    link.act(link.provider, Housekeep::default());
    assert_eq!(link.resolve("api.example.com"), link.own_address());
}

/// What an endpoint has in each state: a way out of its network, and its private name.
#[track_caller]
fn assert_state(link: &Link, state: &str, has_way: bool) {
    assert_eq!(link.state().as_aws_str(), state);
    assert_eq!(link.ways(), usize::from(has_way), "{state}");
    let private = link.resolve("api.example.com");
    assert_eq!(private == Answer::Foreign, !has_way, "{state}");
}

#[test]
fn only_connections_that_are_pending_or_available_have_a_way_and_a_name() {
    let mut link = Link::enabled("api.example.com");
    assert_state(&link, "pending", true);
    link.world.settle();
    assert_state(&link, "available", true);
    link.reject();
    assert_state(&link, "rejected", false);
    link.world
        .accept(link.provider.account, link.service.id, link.endpoint);
    assert_state(&link, "available", true);

    link.switch(false);
    link.switch(true);
    let endpoints = &link.world.state.tables().vpc_endpoints;
    let generation = endpoints.get(&link.endpoint).expect("endpoint").generation;
    let failed = EndpointFailed {
        endpoint: link.endpoint,
        generation,
        error: "no room".to_owned(),
    };
    link.world.act(nobody(), failed).expect("reported");
    assert_state(&link, "failed", false);
    link.delete();
    assert_state(&link, "deleting", false);
    link.world.settle();
    assert_state(&link, "deleted", false);
}

#[test]
fn a_request_that_nobody_answers_never_has_a_way() {
    let mut link = Link::requested("api.example.com");
    assert_state(&link, "pendingAcceptance", false);
    link.world.now += 168 * 3600 * 1000;
    link.act(link.provider, Housekeep::default());
    assert_state(&link, "expired", false);
}
