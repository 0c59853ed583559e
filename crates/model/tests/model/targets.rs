//! Targets: registration, health, draining.

use std::net::Ipv4Addr;
use std::time::Duration;

use model::command::*;
use model::rejection::{Invalid, Limit};
use model::target::{
    InitialReason, ObservedHealth, Registration, TargetZone, UnhealthyReason, UnusedReason,
};
use model::target_group::TargetType;
use model::*;

use crate::load_balancing::{Fixture, setup};
use crate::world::*;

#[test]
fn a_target_lives_from_registering_to_drained() {
    let mut f = setup();
    let instance = f.world.instance(f.owner, f.subnets[0]);
    let group = f
        .world
        .target_group(f.owner, f.vpc, "web", TargetType::Instance);
    let register = RegisterTargets {
        target_group: group,
        targets: vec![target(instance)],
    };
    f.world.run(f.owner, register.clone()).unwrap();
    let health = |f: &Fixture| {
        let target = f.world.state.tables().targets.iter().next().unwrap();
        f.world.state.target_health(target)
    };
    assert_eq!(health(&f), TargetHealth::Unused(UnusedReason::NotInUse));
    let other_zone = f.world.load_balancer(f.owner, "front", &f.subnets[1..2]);
    f.world.listener(f.owner, other_zone, 80, group);
    assert_eq!(health(&f), TargetHealth::Unused(UnusedReason::NotInUse));
    let cross_zone = ModifyTargetGroupAttributes {
        target_group: group,
        attributes: vec![(
            "load_balancing.cross_zone.enabled".to_owned(),
            "true".to_owned(),
        )],
    };
    f.world.run(f.owner, cross_zone).unwrap();
    assert_eq!(
        health(&f),
        TargetHealth::Initial(InitialReason::RegistrationInProgress)
    );

    let known = Target::clone(f.world.state.tables().targets.iter().next().unwrap());
    let observe = |health| TargetHealthObserved {
        target: known.key,
        number: known.number,
        health,
    };
    f.world.report(observe(ObservedHealth::Healthy));
    assert_eq!(health(&f), TargetHealth::Healthy);
    let timeout = UnhealthyReason::Timeout;
    f.world.report(observe(ObservedHealth::Unhealthy(timeout)));
    assert_eq!(health(&f), TargetHealth::Unhealthy(timeout));
    let stale = TargetHealthObserved {
        number: 999,
        ..observe(ObservedHealth::Healthy)
    };
    f.world.report(stale);
    assert_eq!(health(&f), TargetHealth::Unhealthy(timeout));

    let deregister = DeregisterTargets {
        target_group: group,
        targets: vec![target(instance)],
    };
    f.world.run(f.owner, deregister.clone()).unwrap();
    assert_eq!(health(&f), TargetHealth::Draining);
    f.world.run(f.owner, register).unwrap();
    assert_eq!(
        f.world
            .state
            .tables()
            .targets
            .get(&known.key)
            .unwrap()
            .number,
        known.number
    );
    f.world.run(f.owner, deregister.clone()).unwrap();
    f.world.pass(Duration::from_secs(299));
    assert_eq!(health(&f), TargetHealth::Draining);
    f.world.pass(Duration::from_secs(1));
    assert!(f.world.state.tables().targets.is_empty());
    assert_eq!(f.world.run(f.owner, deregister), Ok(Reply::Done));
}

#[test]
fn that_checks_have_begun_says_nothing_of_a_judged_target() {
    let mut f = setup();
    let balancer = f.world.load_balancer(f.owner, "front", &f.subnets[..1]);
    let group = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    f.world.listener(f.owner, balancer, 80, group);
    let register = RegisterTargets {
        target_group: group,
        targets: vec![target(Ipv4Addr::new(10, 0, 0, 9))],
    };
    f.world.run(f.owner, register).unwrap();
    let known = Target::clone(f.world.state.tables().targets.iter().next().unwrap());
    let checking = TargetHealth::Initial(InitialReason::InitialHealthChecking);
    // The last was told before the one that it follows, and overtaken on its way.
    for (reported, expected) in [
        (ObservedHealth::Checking, checking),
        (ObservedHealth::Healthy, TargetHealth::Healthy),
        (ObservedHealth::Checking, TargetHealth::Healthy),
    ] {
        f.world.report(TargetHealthObserved {
            target: known.key,
            number: known.number,
            health: reported,
        });
        let target = f.world.state.tables().targets.get(&known.key).unwrap();
        assert_eq!(f.world.state.target_health(target), expected);
    }
}

#[test]
fn health_that_was_observed_in_another_use_says_nothing() {
    let mut f = setup();
    let balancer = f.world.load_balancer(f.owner, "front", &f.subnets[..1]);
    let group = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    let first = f.world.listener(f.owner, balancer, 80, group);
    let targets = vec![target(Ipv4Addr::new(10, 0, 0, 9))];
    let register = RegisterTargets {
        target_group: group,
        targets,
    };
    f.world.run(f.owner, register).unwrap();
    let known = Target::clone(f.world.state.tables().targets.iter().next().unwrap());
    f.world.report(TargetHealthObserved {
        target: known.key,
        number: known.number,
        health: ObservedHealth::Healthy,
    });
    f.world.listener(f.owner, balancer, 81, group);
    let delete = DeleteListener { listener: first };
    f.world.run(f.owner, delete).unwrap();
    let health = |f: &Fixture| {
        let target = f.world.state.tables().targets.get(&known.key).unwrap();
        f.world.state.target_health(target)
    };
    assert_eq!(health(&f), TargetHealth::Healthy);
    let second = *f
        .world
        .state
        .indexes()
        .listeners_by_target_group
        .first(&group)
        .unwrap();
    f.world
        .run(f.owner, DeleteListener { listener: second })
        .unwrap();
    f.world.listener(f.owner, balancer, 80, group);
    let expected = InitialReason::RegistrationInProgress;
    assert_eq!(health(&f), TargetHealth::Initial(expected));
}

#[test]
fn with_connection_termination_a_drained_target_is_severed_until_no_flow_is_left() {
    let mut f = setup();
    let balancer = f.world.load_balancer(f.owner, "front", &f.subnets[..1]);
    let group = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    f.world.listener(f.owner, balancer, 80, group);
    let set = ModifyTargetGroupAttributes {
        target_group: group,
        attributes: vec![
            (
                "deregistration_delay.connection_termination.enabled".to_owned(),
                "true".to_owned(),
            ),
            (
                "deregistration_delay.timeout_seconds".to_owned(),
                "0".to_owned(),
            ),
        ],
    };
    f.world.run(f.owner, set).unwrap();
    let targets = vec![target(Ipv4Addr::new(10, 0, 0, 9))];
    let register = RegisterTargets {
        target_group: group,
        targets: targets.clone(),
    };
    f.world.run(f.owner, register.clone()).unwrap();
    f.world
        .run(
            f.owner,
            DeregisterTargets {
                target_group: group,
                targets,
            },
        )
        .unwrap();
    let severed = Target::clone(f.world.state.tables().targets.iter().next().unwrap());
    assert!(matches!(severed.registration, Registration::Severed { .. }) && !severed.is_listed());
    f.world.pass(Duration::from_secs(349));
    assert_eq!(f.world.state.tables().targets.len(), 1);
    f.world.pass(Duration::from_secs(1));
    assert!(f.world.state.tables().targets.is_empty());
    f.world.run(f.owner, register).unwrap();
    let anew = f.world.state.tables().targets.iter().next().unwrap();
    assert_ne!(anew.number, severed.number);
}

#[test]
fn an_instance_target_runs_in_the_vpc_of_the_group() {
    let mut f = setup();
    let target_group = f
        .world
        .target_group(f.owner, f.vpc, "i", TargetType::Instance);
    let other_vpc = f.world.vpc(f.owner);
    let other_subnet = f.world.subnet(f.owner, other_vpc, 0);
    let foreign = f.world.instance(f.owner, other_subnet);
    let stopping = f.world.instance(f.owner, f.subnets[0]);
    let instances = vec![stopping];
    f.world
        .run(f.owner, TerminateInstances { instances })
        .unwrap();
    let address = target(Ipv4Addr::new(10, 0, 0, 9));
    for (target, expected) in [
        (target(foreign), Invalid::TargetInstance(foreign)),
        (target(stopping), Invalid::TargetNotRunning(stopping)),
        (address.clone(), Invalid::TargetKind(address.id)),
    ] {
        let targets = vec![target];
        let result = f.world.run(
            f.owner,
            RegisterTargets {
                target_group,
                targets,
            },
        );
        assert_eq!(result, Err(expected.into()));
    }
}

#[test]
fn an_address_target_lies_in_a_subnet_or_in_a_private_range_outside() {
    let mut f = setup();
    let target_group = f.world.target_group(f.owner, f.vpc, "a", TargetType::Ip);
    let zone = |name: &str| TargetZoneChoice::Name(name.to_owned());
    let (own, all) = (TargetZoneChoice::Own, TargetZoneChoice::All);
    let wrong_address: fn(Ipv4Addr) -> Invalid = Invalid::TargetAddress;
    let wrong_zone: fn(Ipv4Addr) -> Invalid = Invalid::TargetZone;
    for (address, zone, expected) in [
        ("10.0.0.9", own.clone(), None),
        ("10.0.1.9", zone("us-east-1b"), None),
        ("10.0.1.8", zone("us-east-1a"), Some(wrong_zone)),
        ("10.0.1.8", all.clone(), Some(wrong_zone)),
        ("10.0.0.1", own.clone(), Some(wrong_address)),
        ("10.0.99.9", own.clone(), Some(wrong_address)),
        ("192.168.1.1", all.clone(), None),
        ("100.64.0.1", all.clone(), None),
        ("192.168.1.2", own, Some(wrong_zone)),
        ("203.0.113.1", all, Some(wrong_address)),
    ] {
        let address: Ipv4Addr = address.parse().unwrap();
        let expected = expected.map_or(Ok(Reply::Done), |invalid| Err(invalid(address).into()));
        let targets = vec![TargetDescription {
            zone,
            ..target(address)
        }];
        let result = f.world.run(
            f.owner,
            RegisterTargets {
                target_group,
                targets,
            },
        );
        assert_eq!(result, expected, "{address}");
    }
    let targets = &f.world.state.tables().targets;
    assert_eq!(
        targets
            .iter()
            .filter(|one| one.zone == TargetZone::All)
            .count(),
        2
    );
}

#[test]
fn a_mismatch_says_which_status_came() {
    let health = TargetHealth::Unhealthy(UnhealthyReason::ResponseCodeMismatch(404));
    assert_eq!(health.aws_reason(), Some("Target.ResponseCodeMismatch"));
    let description = health.aws_description();
    let expected = "Health checks failed with these codes: [404]";
    assert_eq!(description.as_deref(), Some(expected));
}

#[test]
fn a_group_holds_as_many_targets_as_its_quota() {
    let mut f = setup();
    let mut settings = f.world.state.settings().clone();
    settings.quotas.targets_per_target_group = 2;
    f.world.report(Configure { settings });
    let group = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    let targets = |range: std::ops::Range<u8>| {
        range
            .map(|n| target(Ipv4Addr::new(10, 0, 0, n)))
            .collect::<Vec<_>>()
    };
    let register = |targets| RegisterTargets {
        target_group: group,
        targets,
    };
    assert_eq!(
        f.world.run(f.owner, register(targets(10..13))),
        Err(Limit::Targets.into())
    );
    f.world.run(f.owner, register(targets(10..12))).unwrap();
    f.world.run(f.owner, register(targets(10..12))).unwrap();
}
