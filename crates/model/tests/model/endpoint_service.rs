//! Endpoint services and their providers' decisions.

use std::time::Duration;

use model::command::*;
use model::rejection::{Conflict, Invalid, NotFound};
use model::*;

use crate::world::*;

#[test]
fn an_endpoint_waits_for_acceptance_and_is_available_once_the_data_plane_follows() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    assert_eq!(link.state_of(endpoint), VpcEndpointState::PendingAcceptance);
    link.applied(endpoint);
    assert_eq!(link.state_of(endpoint), VpcEndpointState::PendingAcceptance);

    assert_eq!(link.accept(endpoint), Reply::UnsuccessfulEndpoints(vec![]));
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);
    assert_eq!(link.world.endpoint(endpoint).generation, 2);
    link.world.report(EndpointApplied {
        endpoint,
        generation: 1,
    });
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);
    link.applied(endpoint);
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Available);
}

#[test]
fn without_acceptance_an_endpoint_is_pending_at_once() {
    let mut link = Link::new(false);
    let endpoint = link.connect();
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);
}

#[test]
fn a_rejected_endpoint_stays_with_its_consumer_and_may_be_accepted_later() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    link.accept(endpoint);
    link.applied(endpoint);
    let before = link.world.endpoint(endpoint).clone();
    link.reject(endpoint);
    let after = link.world.endpoint(endpoint);
    assert_eq!(after.state, VpcEndpointState::Rejected);
    assert!(!after.state.is_connected());
    assert_eq!(after.interfaces, before.interfaces);
    assert_eq!(after.generation, before.generation + 1);
    link.accept(endpoint);
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);
}

#[test]
fn a_decision_may_be_repeated() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    link.accept(endpoint);
    assert_eq!(link.accept(endpoint), Reply::UnsuccessfulEndpoints(vec![]));
    assert_eq!(link.world.endpoint(endpoint).generation, 2);
    link.reject(endpoint);
    assert_eq!(link.reject(endpoint), Reply::UnsuccessfulEndpoints(vec![]));
    assert_eq!(link.world.endpoint(endpoint).generation, 3);
}

#[test]
fn an_unknown_endpoint_fails_alone() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    let unknown = VpcEndpointId::from_bits(u128::MAX);
    let endpoints = vec![unknown, endpoint];
    let command = AcceptVpcEndpointConnections {
        service: link.service,
        endpoints,
    };
    let rejection = NotFound::VpcEndpoint(unknown).into();
    let expected = Reply::UnsuccessfulEndpoints(vec![Unsuccessful {
        id: unknown,
        rejection,
    }]);
    assert_eq!(link.world.run(link.provider, command), Ok(expected));
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Pending);
}

#[test]
fn only_the_provider_decides() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    let (service, endpoints) = (link.service, vec![endpoint]);
    let command = AcceptVpcEndpointConnections { service, endpoints };
    let missing = NotFound::VpcEndpointServiceId(service).into();
    assert_eq!(link.world.run(link.consumer, command), Err(missing));
}

#[test]
fn nobody_acting_lets_an_endpoint_expire() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    link.world.pass(Duration::from_secs(167 * 3600));
    assert_eq!(link.state_of(endpoint), VpcEndpointState::PendingAcceptance);
    link.world.pass(Duration::from_secs(3600));
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Expired);
    let Reply::UnsuccessfulEndpoints(failed) = link.accept(endpoint) else {
        panic!()
    };
    assert!(matches!(
        failed[0].rejection,
        Rejection::Conflict(Conflict::EndpointState(_))
    ));
}

#[test]
fn a_request_waits_as_long_as_was_set_when_it_was_made() {
    let mut link = Link::new(true);
    let old = link.connect();
    let mut settings = link.world.state.settings().clone();
    settings.acceptance_secs = 60;
    link.world.report(Configure { settings });
    let new = link.connect();
    link.world.pass(Duration::from_secs(60));
    assert_eq!(link.state_of(new), VpcEndpointState::Expired);
    assert_eq!(link.state_of(old), VpcEndpointState::PendingAcceptance);
    link.accept(old);
    link.world.pass(Duration::from_secs(168 * 3600));
    assert_eq!(link.state_of(old), VpcEndpointState::Pending);
    assert_eq!(link.state_of(new), VpcEndpointState::Expired);
}

#[test]
fn waiting_times_are_a_second_to_a_year() {
    let mut link = Link::new(true);
    let settings = link.world.state.settings().clone();
    for secs in [0, 366 * 24 * 3600 + 1] {
        for settings in [
            Settings {
                acceptance_secs: secs,
                ..settings.clone()
            },
            Settings {
                verification_secs: secs,
                ..settings.clone()
            },
        ] {
            let refused = link.world.run(account(0), Configure { settings });
            assert!(matches!(
                refused,
                Err(Rejection::Invalid(Invalid::Settings(_)))
            ));
        }
    }
}

#[test]
fn a_service_that_does_not_allow_the_caller_does_not_exist() {
    let mut link = Link::new(true);
    let stranger = account(333_333_333_333);
    let vpc = link.world.vpc(stranger);
    let request = CreateVpcEndpoint {
        vpc,
        subnets: vec![],
        ..link.request()
    };
    let name = request.service_name.clone();
    let missing = Rejection::from(NotFound::ServiceName(name.clone()));
    assert_eq!(
        missing.to_string(),
        format!("The Vpc Endpoint Service '{name}' does not exist")
    );
    assert_eq!(link.world.run(stranger, request.clone()), Err(missing));

    link.world.allow(link.provider, link.service, "*");
    assert!(link.world.run(stranger, request).is_ok());
}

#[test]
fn a_service_s_owner_needs_no_permission() {
    let mut link = Link::new(true);
    let vpc = link.world.vpc(link.provider);
    let request = CreateVpcEndpoint {
        vpc,
        subnets: vec![],
        ..link.request()
    };
    assert!(link.world.run(link.provider, request).is_ok());
}

#[test]
fn taking_a_permission_away_keeps_connections() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    link.accept(endpoint);
    link.applied(endpoint);
    let remove = vec![
        format!("arn:aws:iam::{}:root", link.consumer)
            .parse()
            .unwrap(),
    ];
    let service = link.service;
    let command = ModifyVpcEndpointServicePermissions {
        service,
        add: vec![],
        remove,
    };
    link.world.run(link.provider, command).unwrap();
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Available);
    let request = link.request();
    assert!(matches!(
        link.world.run(link.consumer, request),
        Err(Rejection::NotFound(NotFound::ServiceName(_)))
    ));
}

#[test]
fn allowing_a_principal_twice_keeps_its_permission() {
    let mut link = Link::new(true);
    let principal: principal::Principal = "*".parse().unwrap();
    let add = vec![principal.clone(), principal];
    let service = link.service;
    let command = ModifyVpcEndpointServicePermissions {
        service,
        add,
        remove: vec![],
    };
    let first = link.world.run(link.provider, command.clone()).unwrap();
    assert_eq!(link.world.run(link.provider, command), Ok(first.clone()));
    let Reply::ServicePermissions(ids) = first else {
        panic!()
    };
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn principals_of_another_partition_or_with_a_path_are_not_allowed() {
    let mut link = Link::new(true);
    let id = link.consumer;
    for (text, allowed) in [
        ("*".to_owned(), true),
        ("monitoring.amazonaws.com".to_owned(), true),
        (format!("arn:aws:iam::{id}:root"), true),
        (format!("arn:aws:iam::{id}:user/alice"), true),
        (format!("arn:aws:iam::{id}:role/deploy"), true),
        (format!("arn:aws-cn:iam::{id}:root"), false),
        (format!("arn:aws-cn:iam::{id}:user/alice"), false),
        (format!("arn:aws-us-gov:iam::{id}:role/deploy"), false),
        (format!("arn:aws:iam::{id}:user/team/alice"), false),
        (format!("arn:aws:iam::{id}:role/aws-service-role/x"), false),
    ] {
        let command = ModifyVpcEndpointServicePermissions {
            service: link.service,
            add: vec![text.parse().unwrap()],
            remove: vec![],
        };
        let done = link.world.run(link.provider, command);
        if allowed {
            assert!(done.is_ok(), "{text}");
        } else {
            assert_eq!(done, Err(Invalid::Principal(text).into()));
        }
    }
}

#[test]
fn a_service_with_connections_stays_and_keeps_its_load_balancer() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    let service = link.service;
    let delete = DeleteVpcEndpointServiceConfigurations {
        services: vec![service],
    };
    let rejection = Rejection::from(Conflict::ExistingVpcEndpointConnections(service));
    assert_eq!(
        rejection.to_string(),
        "Service has existing active VPC Endpoint connections!"
    );
    let failed = vec![Unsuccessful {
        id: service,
        rejection: rejection.clone(),
    }];
    let refused = Ok(Reply::UnsuccessfulServices(failed));
    assert_eq!(link.world.run(link.provider, delete.clone()), refused);

    let modify = ModifyVpcEndpointServiceConfiguration {
        service,
        acceptance_required: None,
        add_load_balancers: vec![],
        remove_load_balancers: vec![link.load_balancer],
        private_dns_name: PrivateDnsNameChange::Keep,
    };
    assert_eq!(link.world.run(link.provider, modify), Err(rejection));
    let delete_balancer = DeleteLoadBalancer {
        load_balancer: link.load_balancer,
    };
    assert!(matches!(
        link.world.run(link.provider, delete_balancer.clone()),
        Err(Rejection::Conflict(Conflict::LoadBalancerInUse(_)))
    ));

    link.reject(endpoint);
    assert_eq!(
        link.world.run(link.provider, delete),
        Ok(Reply::UnsuccessfulServices(vec![]))
    );
    assert!(link.world.run(link.provider, delete_balancer).is_ok());
    assert_eq!(link.state_of(endpoint), VpcEndpointState::Rejected);
}

#[test]
fn a_service_keeps_when_each_of_its_load_balancers_was_attached() {
    let mut link = Link::new(true);
    let (provider, service) = (link.provider, link.service);
    let subnets = link.provider_subnets.clone();
    let balancers = ["second", "third", "fourth"]
        .map(|name| link.world.load_balancer(provider, name, &subnets));
    let [first, second, third, fourth] = [&[link.load_balancer], &balancers[..]]
        .concat()
        .try_into()
        .unwrap();
    let mut modify = |passes: u64, set_back: u64, add: &[_], remove: &[_]| {
        let millis = link.world.now.as_millis() + passes - set_back;
        link.world.now = Timestamp::from_millis(millis);
        let command = ModifyVpcEndpointServiceConfiguration {
            service,
            acceptance_required: None,
            add_load_balancers: add.to_vec(),
            remove_load_balancers: remove.to_vec(),
            private_dns_name: PrivateDnsNameChange::Keep,
        };
        link.world.run(provider, command).unwrap();
        let services = &link.world.state.tables().endpoint_services;
        let service = services.get(&service).unwrap();
        let since = |id| {
            let attached: &Timestamp = service.load_balancers.get(&id)?;
            Some(attached.as_millis() - service.created.as_millis())
        };
        [first, second, third, fourth].map(since)
    };
    let [a, b] = [Some(0), Some(1000)];
    assert_eq!(modify(1000, 0, &[second], &[]), [a, b, None, None]);
    let again = modify(1000, 0, &[first, second], &[]);
    assert_eq!(again, [a, b, None, None], "what is there stays as it was");
    let set_back = modify(0, 2000, &[third], &[]);
    assert_eq!(set_back, [a, b, Some(1001), None], "after what is there");
    let moved = modify(0, 0, &[first], &[first]);
    assert_eq!(moved, [Some(1002), b, Some(1001), None], "it is a new one");
    let fresh = modify(0, 1000, &[fourth], &[first, second, third]);
    assert_eq!(fresh, [None, None, None, Some(0)], "not before its service");
}

#[test]
fn what_is_attached_comes_after_the_interfaces_of_endpoints_by_any_clock() {
    let mut link = Link::new(true);
    link.world.pass(Duration::from_secs(1000));
    let endpoint = link.connect();
    link.world.now = Timestamp::from_millis(link.world.now.as_millis() - 500_000);
    let subnets = link.provider_subnets.clone();
    let second = link.world.load_balancer(link.provider, "second", &subnets);
    let modify = ModifyVpcEndpointServiceConfiguration {
        service: link.service,
        acceptance_required: None,
        add_load_balancers: vec![second],
        remove_load_balancers: vec![],
        private_dns_name: PrivateDnsNameChange::Keep,
    };
    link.world.run(link.provider, modify).unwrap();
    let services = &link.world.state.tables().endpoint_services;
    let attached = services.get(&link.service).unwrap().load_balancers[&second];
    assert!(attached > link.world.endpoint(endpoint).created);
}

#[test]
fn a_zone_added_to_a_load_balancer_is_served_after_the_service_is_modified() {
    let mut link = Link::new(true);
    let provider_vpc = link
        .world
        .state
        .tables()
        .subnets
        .get(&link.provider_subnets[0])
        .unwrap()
        .vpc;
    let third = link.world.subnet(link.provider, provider_vpc, 2);
    let mut subnets = balancer("front", &link.provider_subnets).subnets;
    subnets.push(SubnetMapping {
        subnet: third,
        address: None,
    });
    let command = SetSubnets {
        load_balancer: link.load_balancer,
        subnets,
    };
    link.world.run(link.provider, command).unwrap();

    let request = CreateVpcEndpoint {
        subnets: vec![at(link.subnets[2])],
        ..link.request()
    };
    assert!(link.world.run(link.consumer, request.clone()).is_err());
    let modify = ModifyVpcEndpointServiceConfiguration {
        service: link.service,
        acceptance_required: None,
        add_load_balancers: vec![],
        remove_load_balancers: vec![],
        private_dns_name: PrivateDnsNameChange::Keep,
    };
    link.world.run(link.provider, modify).unwrap();
    assert!(link.world.run(link.consumer, request).is_ok());
}

#[test]
fn a_service_is_as_available_as_its_load_balancers() {
    let mut world = World::new();
    let provider = account(PROVIDER);
    let vpc = world.vpc(provider);
    let subnet = world.subnet(provider, vpc, 0);
    let Ok(Reply::LoadBalancer(id)) = world.run(provider, balancer("front", &[subnet])) else {
        panic!()
    };
    let service = world.endpoint_service(provider, &[id], true);
    let state_of = |world: &World| {
        let service = world
            .state
            .tables()
            .endpoint_services
            .get(&service)
            .unwrap();
        world.state.service_state(service)
    };
    assert_eq!(state_of(&world), EndpointServiceState::Pending);
    world.report(LoadBalancerFailed {
        load_balancer: id,
        reason: "no room".to_owned(),
    });
    assert_eq!(state_of(&world), EndpointServiceState::Failed);
    world.report(LoadBalancerApplied { load_balancer: id });
    assert_eq!(state_of(&world), EndpointServiceState::Available);
}

#[test]
fn a_rejected_endpoint_is_not_accepted_into_a_zone_that_is_gone() {
    let mut link = Link::new(true);
    let endpoint = link.connect();
    link.reject(endpoint);
    let subnets = balancer("front", &link.provider_subnets[1..]).subnets;
    let command = SetSubnets {
        load_balancer: link.load_balancer,
        subnets,
    };
    link.world.run(link.provider, command).unwrap();
    let Reply::UnsuccessfulEndpoints(failed) = link.accept(endpoint) else {
        panic!()
    };
    assert!(matches!(
        failed[0].rejection,
        Rejection::Invalid(Invalid::ServiceZone { .. })
    ));
}
