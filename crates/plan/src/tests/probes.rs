//! What targets are asked, and whom a change of that concerns.

use std::time::Duration;

use model::command::{
    HealthCheckSettings, ModifyListener, ModifyTargetGroup, ModifyTargetGroupAttributes, ProbeKind,
};
use model::target_group::{HealthCheckPort, StatusMatcher};

use super::world::{Network, Service, World};
use crate::{ProbeKind as Planned, ProbePlan};

/// Two accounts' services, each with one target.
fn two_services() -> (World, [(Network, Service); 2]) {
    let mut world = World::new();
    let services = ["provider-1", "provider-2"].map(|name| {
        let account = world.account(name);
        let network = world.network(account);
        let service = world.service(network, &[network.subnet]);
        (network, service)
    });
    (world, services)
}

fn probe_of(world: &World, service: &Service) -> ProbePlan {
    let plan = world.compiler.plan();
    let mut probes = plan
        .probes
        .values()
        .filter(|probe| probe.key.group == service.group);
    probes.next().expect("a probe").clone()
}

fn ask(world: &mut World, (network, service): &(Network, Service), settings: HealthCheckSettings) {
    let request = ModifyTargetGroup {
        target_group: service.group,
        health_check: settings,
    };
    world.act(network.account, request).expect("modified");
}

#[test]
fn an_http_check_asks_in_the_name_of_the_node_and_its_listener() {
    let (mut world, [provider, _]) = two_services();
    assert_eq!(probe_of(&world, &provider.1).kind, Planned::Tcp);
    let http = HealthCheckSettings {
        protocol: Some(ProbeKind::Http),
        port: Some(HealthCheckPort::Port(8080)),
        path: Some("/health?deep".to_owned()),
        matcher: StatusMatcher::new("200,204"),
        timeout_secs: Some(6),
        ..HealthCheckSettings::default()
    };
    ask(&mut world, &provider, http);
    let probe = probe_of(&world, &provider.1);
    assert_eq!((probe.port, probe.timeout), (8080, Duration::from_secs(6)));
    let Planned::Http(get) = &probe.kind else {
        panic!("{probe:?}")
    };
    assert_eq!((*get.host.ip(), get.host.port()), (probe.node_address, 80));
    assert_eq!(get.path, "/health?deep");
    assert_eq!(get.matcher.as_str(), "200,204");
    // The listener's port is a part of what is asked.
    let listeners = &world.state.indexes().listeners_by_target_group;
    let listener = *listeners.first(&provider.1.group).expect("a listener");
    let request = ModifyListener {
        listener,
        protocol: None,
        port: Some(81),
        forward: None,
    };
    world.act(provider.0.account, request).expect("modified");
    let Planned::Http(get) = probe_of(&world, &provider.1).kind else {
        panic!("not asked by HTTP")
    };
    assert_eq!(get.host.port(), 81);
    world.assert_whole();
}

#[test]
fn what_a_group_asks_concerns_its_own_targets_only() {
    let (mut world, [one, other]) = two_services();
    let settings = [
        HealthCheckSettings {
            protocol: Some(ProbeKind::Http),
            ..HealthCheckSettings::default()
        },
        HealthCheckSettings {
            path: Some("/health".to_owned()),
            ..HealthCheckSettings::default()
        },
        HealthCheckSettings {
            matcher: StatusMatcher::new("204"),
            ..HealthCheckSettings::default()
        },
        HealthCheckSettings {
            protocol: Some(ProbeKind::Tcp),
            ..HealthCheckSettings::default()
        },
    ];
    let untouched = probe_of(&world, &other.1);
    for settings in settings {
        let before = probe_of(&world, &one.1);
        ask(&mut world, &one, settings);
        assert_ne!(probe_of(&world, &one.1).kind, before.kind);
        assert_eq!(probe_of(&world, &other.1), untouched);
    }
    // And what concerns no check, changes none.
    let before = probe_of(&world, &one.1);
    let attributes = vec![(
        "deregistration_delay.timeout_seconds".to_owned(),
        "1".to_owned(),
    )];
    let request = ModifyTargetGroupAttributes {
        target_group: one.1.group,
        attributes,
    };
    world.act(one.0.account, request).expect("modified");
    assert_eq!(probe_of(&world, &one.1), before);
}
