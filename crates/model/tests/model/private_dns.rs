//! Private DNS names: who may have one, how it is verified, and what endpoints make of it.

use std::time::Duration;

use model::command::*;
use model::private_dns::{DomainRecord, DomainVerification, Proof};
use model::rejection::{Conflict, Invalid};
use model::*;

use crate::world::*;

const PROVED: DomainVerification = DomainVerification::Verified(Proof::Record);
const PROVED_BY_OTHER: DomainVerification = DomainVerification::Verified(Proof::OtherName);

fn name(text: &str) -> PrivateDnsName {
    text.parse().unwrap()
}

fn change(service: EndpointServiceId, change: PrivateDnsNameChange) -> Command {
    ModifyVpcEndpointServiceConfiguration {
        service,
        acceptance_required: None,
        add_load_balancers: vec![],
        remove_load_balancers: vec![],
        private_dns_name: change,
    }
    .into()
}

impl Link {
    fn set_name(&mut self, text: &str) {
        let command = change(self.service, PrivateDnsNameChange::Set(name(text)));
        self.world.run(self.provider, command).unwrap();
    }

    /// Another service of the provider's.
    fn another_service(&mut self) -> EndpointServiceId {
        self.world
            .endpoint_service(self.provider, &[self.load_balancer], false)
    }

    fn record_of(&self, service: EndpointServiceId) -> DomainRecord {
        let services = &self.world.state.tables().endpoint_services;
        let own = services.get(&service).unwrap().private_dns.as_ref();
        own.unwrap().record.clone()
    }

    fn verification_of(&self, service: EndpointServiceId) -> DomainVerification {
        let services = &self.world.state.tables().endpoint_services;
        let own = services.get(&service).unwrap().private_dns.as_ref();
        own.unwrap().verification
    }

    fn start(&mut self, service: EndpointServiceId) {
        let command = StartVpcEndpointServicePrivateDnsVerification { service };
        self.world.run(self.provider, command).unwrap();
    }

    fn found(&mut self, service: EndpointServiceId) {
        let record = self.record_of(service);
        self.world
            .report(PrivateDnsNameVerified { service, record });
    }

    /// A verified name, and a VPC where private names resolve.
    fn with_verified_name(text: &str) -> Self {
        let mut link = Self::new(false);
        link.set_name(text);
        link.start(link.service);
        link.found(link.service);
        link.set_hostnames(true);
        link
    }

    fn set_hostnames(&mut self, value: bool) {
        let command = ModifyVpcAttribute {
            vpc: self.vpc,
            attribute: VpcAttribute::EnableDnsHostnames(value),
        };
        self.world.run(self.consumer, command).unwrap();
    }

    fn private_request(&self) -> CreateVpcEndpoint {
        CreateVpcEndpoint {
            private_dns_enabled: true,
            ..self.request()
        }
    }

    fn connect_privately(&mut self) -> VpcEndpointId {
        let request = self.private_request();
        let Ok(Reply::VpcEndpoint(id)) = self.world.run(self.consumer, request) else {
            panic!("no endpoint")
        };
        id
    }

    fn private_name(&self, endpoint: VpcEndpointId) -> Option<&str> {
        let own = self.world.endpoint(endpoint).private_dns.as_ref();
        own.map(|own| own.name.as_str())
    }

    fn switch(&mut self, endpoint: VpcEndpointId, enabled: bool) -> Result<Reply, Rejection> {
        let command = ModifyVpcEndpoint {
            endpoint,
            add_subnets: vec![],
            remove_subnets: vec![],
            add_groups: vec![],
            remove_groups: vec![],
            policy: PolicyChange::Keep,
            private_dns_enabled: Some(enabled),
        };
        self.world.run(self.consumer, command)
    }
}

#[test]
fn a_new_name_waits_until_its_verification_is_asked_for() {
    let mut link = Link::new(false);
    let service = link.service;
    link.set_name("api.example.com");
    let unasked = DomainVerification::Pending { until: None };
    assert_eq!(link.verification_of(service), unasked);
    link.found(service);
    assert_eq!(link.verification_of(service), unasked);
    assert_eq!(link.world.state.next_due(), None);

    link.start(service);
    link.found(service);
    assert_eq!(link.verification_of(service), PROVED);
}

#[test]
fn a_record_of_an_earlier_name_verifies_nothing() {
    let mut link = Link::new(false);
    let service = link.service;
    link.set_name("api.example.com");
    let old = link.record_of(service);
    link.set_name("other.example.com");
    link.start(service);
    assert_ne!(link.record_of(service), old);
    link.world.report(PrivateDnsNameVerified {
        service,
        record: old,
    });
    assert!(matches!(
        link.verification_of(service),
        DomainVerification::Pending { .. }
    ));
}

#[test]
fn a_record_that_is_not_found_in_time_fails_the_verification_which_can_be_asked_for_again() {
    let mut link = Link::new(false);
    let service = link.service;
    let mut settings = link.world.state.settings().clone();
    settings.verification_secs = 60;
    link.world.report(Configure { settings });
    link.set_name("api.example.com");
    link.start(service);
    link.world.pass(Duration::from_secs(59));
    assert!(matches!(
        link.verification_of(service),
        DomainVerification::Pending { .. }
    ));
    link.world.pass(Duration::from_secs(1));
    assert_eq!(link.verification_of(service), DomainVerification::Failed);
    link.found(service);
    assert_eq!(link.verification_of(service), DomainVerification::Failed);

    link.start(service);
    link.found(service);
    assert_eq!(link.verification_of(service), PROVED);
}

#[test]
fn a_verified_domain_of_the_account_verifies_what_is_below_it() {
    let mut link = Link::new(false);
    let (above, below) = (link.service, link.another_service());
    link.set_name("*.example.com");
    let inside = PrivateDnsNameChange::Set(name("a.example.com"));
    let command = change(below, inside.clone());
    link.world.run(link.provider, command).unwrap();
    link.start(below);
    link.start(above);
    link.found(above);
    assert_eq!(link.verification_of(below), PROVED_BY_OTHER);

    let late = link.another_service();
    link.world.run(link.provider, change(late, inside)).unwrap();
    link.start(late);
    assert_eq!(link.verification_of(late), PROVED_BY_OTHER);

    // It is the account's own word that counts.
    let stranger = link.consumer;
    let subnets = vec![link.subnets[0]];
    let balancer = link.world.load_balancer(stranger, "theirs", &subnets);
    let theirs = link.world.endpoint_service(stranger, &[balancer], false);
    let command = change(theirs, PrivateDnsNameChange::Set(name("b.example.com")));
    link.world.run(stranger, command).unwrap();
    let command = StartVpcEndpointServicePrivateDnsVerification { service: theirs };
    link.world.run(stranger, command).unwrap();
    assert!(matches!(
        link.verification_of(theirs),
        DomainVerification::Pending { until: Some(_) }
    ));
}

#[test]
fn names_do_not_prove_each_other_without_any_record() {
    let mut link = Link::new(false);
    let (first, second) = (link.service, link.another_service());
    link.set_name("example.com");
    let wildcard = PrivateDnsNameChange::Set(name("*.example.com"));
    link.world
        .run(link.provider, change(second, wildcard))
        .unwrap();
    link.start(first);
    link.found(first);
    link.start(second);
    assert_eq!(link.verification_of(second), PROVED_BY_OTHER);
    // The record is gone: the second name is no proof of the first, nor then the first of the second.
    link.start(first);
    assert!(matches!(
        link.verification_of(first),
        DomainVerification::Pending { .. }
    ));
    link.start(second);
    assert!(matches!(
        link.verification_of(second),
        DomainVerification::Pending { .. }
    ));
}

#[test]
fn a_service_without_a_name_has_nothing_to_verify() {
    let mut link = Link::new(false);
    let service = link.service;
    let command = StartVpcEndpointServicePrivateDnsVerification { service };
    let expected = Invalid::NothingToVerify(service).into();
    assert_eq!(link.world.run(link.provider, command), Err(expected));
}

#[test]
fn a_name_that_stays_keeps_its_verification_and_one_with_connections_stays() {
    let mut link = Link::with_verified_name("api.example.com");
    let service = link.service;
    link.set_name("api.example.com");
    assert_eq!(link.verification_of(service), PROVED);

    let endpoint = link.connect();
    let in_use = Rejection::from(Conflict::ExistingVpcEndpointConnections(service));
    for other in [
        PrivateDnsNameChange::Remove,
        PrivateDnsNameChange::Set(name("other.example.com")),
    ] {
        let command = change(service, other);
        assert_eq!(link.world.run(link.provider, command), Err(in_use.clone()));
    }
    link.reject(endpoint);
    let command = change(service, PrivateDnsNameChange::Remove);
    link.world.run(link.provider, command.clone()).unwrap();
    link.world.run(link.provider, command).unwrap();
    let services = &link.world.state.tables().endpoint_services;
    assert_eq!(services.get(&service).unwrap().private_dns, None);
}

#[test]
fn a_service_with_connections_can_get_its_first_name() {
    let mut link = Link::new(false);
    link.connect();
    link.set_name("api.example.com");
}

#[test]
fn private_dns_needs_a_verified_name_and_both_attributes() {
    let mut link = Link::new(false);
    let request = link.private_request();
    let service = link.service_name();
    let refused = |link: &mut Link| {
        let Err(Rejection::Invalid(reason)) = link.world.run(link.consumer, request.clone()) else {
            panic!("not refused")
        };
        reason.to_string()
    };
    assert_eq!(
        refused(&mut link),
        format!(
            "Private DNS can't be enabled because the service {service} does not provide a private DNS name."
        )
    );
    link.set_name("api.example.com");
    assert_eq!(
        refused(&mut link),
        format!(
            "Private DNS can't be enabled because the service {service} has not verified the private DNS name."
        )
    );
    let id = link.service;
    link.start(id);
    link.found(id);
    let vpc = link.vpc;
    assert_eq!(
        refused(&mut link),
        format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc}"
        )
    );
    link.set_hostnames(true);
    let endpoint = link.connect_privately();
    assert_eq!(link.private_name(endpoint), Some("api.example.com"));
}

#[test]
fn private_dns_comes_after_acceptance() {
    let mut link = Link::with_verified_name("api.example.com");
    let command = ModifyVpcEndpointServiceConfiguration {
        service: link.service,
        acceptance_required: Some(true),
        add_load_balancers: vec![],
        remove_load_balancers: vec![],
        private_dns_name: PrivateDnsNameChange::Keep,
    };
    link.world.run(link.provider, command).unwrap();
    let early = Rejection::from(Invalid::PrivateDnsBeforeAcceptance(link.service_name()));
    let request = link.private_request();
    assert_eq!(link.world.run(link.consumer, request), Err(early.clone()));
    let endpoint = link.connect();
    assert_eq!(link.switch(endpoint, true), Err(early));
    link.accept(endpoint);
    link.switch(endpoint, true).unwrap();
    assert_eq!(link.private_name(endpoint), Some("api.example.com"));
}

#[test]
fn one_endpoint_of_a_vpc_answers_for_a_domain() {
    let mut link = Link::with_verified_name("*.example.com");
    let first = link.connect_privately();
    let (request, vpc) = (link.private_request(), link.vpc);
    let conflict = Conflict::PrivateDnsDomain {
        domain: "example.com".to_owned(),
        vpc,
    };
    assert_eq!(
        conflict.to_string(),
        format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for example.com in the VPC {vpc}"
        )
    );
    let conflict = Rejection::from(conflict);
    assert_eq!(
        link.world.run(link.consumer, request.clone()),
        Err(conflict.clone())
    );
    let second = link.connect();
    assert_eq!(link.switch(second, true), Err(conflict.clone()));
    // One that may come back keeps what is its own; one that is being deleted does not.
    link.reject(first);
    assert_eq!(link.switch(second, true), Err(conflict));
    let endpoints = vec![first];
    link.world
        .run(link.consumer, DeleteVpcEndpoints { endpoints })
        .unwrap();
    link.switch(second, true).unwrap();
    link.switch(second, false).unwrap();
    link.world.run(link.consumer, request).unwrap();
}

#[test]
fn switching_private_dns_passes_through_pending_and_twice_is_once() {
    let mut link = Link::with_verified_name("api.example.com");
    let endpoint = link.connect();
    link.applied(endpoint);
    for (enabled, generation) in [(true, 2), (true, 2), (false, 3), (false, 3), (true, 4)] {
        link.switch(endpoint, enabled).unwrap();
        assert_eq!(link.world.endpoint(endpoint).generation, generation);
        link.applied(endpoint);
        assert_eq!(link.state_of(endpoint), VpcEndpointState::Available);
    }
}

#[test]
fn a_verification_that_is_lost_keeps_connections_and_gives_the_name_to_nobody_else() {
    let mut link = Link::with_verified_name("api.example.com");
    let endpoint = link.connect_privately();
    link.applied(endpoint);
    link.start(link.service);
    let wait = Duration::from_secs(link.world.state.settings().verification_secs);
    link.world.pass(wait);
    assert_eq!(
        link.verification_of(link.service),
        DomainVerification::Failed
    );
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Available);
    assert_eq!(link.private_name(endpoint), Some("api.example.com"));
    link.switch(endpoint, false).unwrap();
    let refused = Invalid::UnverifiedPrivateDnsName(link.service_name());
    assert_eq!(link.switch(endpoint, true), Err(refused.into()));
}

#[test]
fn an_endpoint_that_is_accepted_again_has_the_name_only_if_its_service_has_it() {
    let mut link = Link::with_verified_name("api.example.com");
    let endpoint = link.connect_privately();
    link.reject(endpoint);
    link.accept(endpoint);
    assert_eq!(link.private_name(endpoint), Some("api.example.com"));
    link.reject(endpoint);
    link.set_name("other.example.com");
    link.accept(endpoint);
    assert_eq!(link.private_name(endpoint), None);
}

#[test]
fn a_deleted_endpoint_has_no_private_name() {
    let mut link = Link::with_verified_name("api.example.com");
    let endpoint = link.connect_privately();
    let endpoints = vec![endpoint];
    link.world
        .run(link.consumer, DeleteVpcEndpoints { endpoints })
        .unwrap();
    link.world.report(EndpointRemoved { endpoint });
    assert_eq!(link.private_name(endpoint), None);
}
