//! Load balancers, listeners, target groups.

use std::time::Duration;

use model::command::*;
use model::listener::{Forward, Protocol};
use model::load_balancer::Scheme;
use model::rejection::{Conflict, Invalid};
use model::target_group::{HealthCheckPort, Probe, StatusMatcher, TargetType};
use model::*;

use crate::world::*;

/// A VPC with a subnet in each zone.
pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) owner: AccountId,
    pub(crate) vpc: VpcId,
    pub(crate) subnets: Vec<SubnetId>,
}

pub(crate) fn setup() -> Fixture {
    let mut world = World::new();
    let owner = account(PROVIDER);
    let vpc = world.vpc(owner);
    let subnets = (0..3)
        .map(|number| world.subnet(owner, vpc, number))
        .collect();
    Fixture {
        world,
        owner,
        vpc,
        subnets,
    }
}

#[test]
fn a_load_balancer_has_a_node_per_subnet_and_aws_s_names() {
    let mut f = setup();
    let id = f.world.load_balancer(f.owner, "front", &f.subnets[..2]);
    let balancer = f.world.state.tables().load_balancers.get(&id).unwrap();
    assert_eq!(balancer.nodes.len(), 2);
    assert!(!balancer.cross_zone());
    let settings = f.world.state.settings();
    assert_eq!(
        balancer.arn(settings).as_str(),
        format!(
            "arn:aws:elasticloadbalancing:us-east-1:{}:loadbalancer/net/front/{id}",
            f.owner
        )
    );
    assert_eq!(
        balancer.dns_name(settings),
        format!("front-{id}.elb.us-east-1.amazonaws.com")
    );
    for node in balancer.nodes.values() {
        let interface = &node.network_interface;
        let interface = f
            .world
            .state
            .tables()
            .network_interfaces
            .get(interface)
            .unwrap();
        assert_eq!(interface.description, format!("ELB net/front/{id}"));
        assert_eq!(interface.kind.interface_type(), "network_load_balancer");
    }
}

#[test]
fn creating_a_load_balancer_again_is_the_same_unless_settings_differ() {
    let mut f = setup();
    let create = balancer("front", &f.subnets[..2]);
    let first = f.world.run(f.owner, create.clone()).unwrap();
    assert_eq!(f.world.run(f.owner, create), Ok(first));
    let other = balancer("front", &f.subnets[..1]);
    let expected = Conflict::LoadBalancerName(other.name.clone());
    assert_eq!(f.world.run(f.owner, other), Err(expected.into()));
}

#[test]
fn subnets_that_do_not_fit_are_refused() {
    let mut f = setup();
    let other_vpc = f.world.vpc(f.owner);
    let foreign = f.world.subnet(f.owner, other_vpc, 1);
    let same_zone = f.world.subnet(f.owner, f.vpc, 3);
    let tight = CreateSubnet {
        vpc: f.vpc,
        cidr: net("10.0.100.0/28"),
        zone: ZoneChoice::Any,
        tags: Tags::new(),
    };
    let Ok(Reply::Subnet(tight)) = f.world.run(f.owner, tight) else {
        panic!()
    };
    for _ in 0..4 {
        f.world.instance(f.owner, tight);
    }
    let first = f.subnets[0];
    for (subnets, expected) in [
        (vec![], Invalid::LoadBalancerWithoutSubnets),
        (
            vec![first, foreign],
            Invalid::LoadBalancerSubnetsInDifferentVpcs,
        ),
        (
            vec![first, same_zone],
            Invalid::LoadBalancerSubnetsInSameZone,
        ),
        (vec![tight], Invalid::LoadBalancerSubnetFull(tight)),
    ] {
        let result = f.world.run(f.owner, balancer("front", &subnets));
        assert_eq!(result, Err(expected.into()));
    }
    let public = CreateLoadBalancer {
        scheme: Scheme::InternetFacing,
        ..balancer("p", &[first])
    };
    let expected = Invalid::NoInternetGateway(f.vpc);
    assert_eq!(f.world.run(f.owner, public), Err(expected.into()));
}

#[test]
fn setting_subnets_keeps_the_nodes_that_stay() {
    let mut f = setup();
    let id = f.world.load_balancer(f.owner, "front", &f.subnets[..2]);
    let node = |f: &Fixture, subnet| {
        f.world
            .state
            .tables()
            .load_balancers
            .get(&id)
            .unwrap()
            .nodes
            .get(&subnet)
            .cloned()
    };
    let kept = node(&f, f.subnets[1]);
    let set = |subnets: &[SubnetId]| SetSubnets {
        load_balancer: id,
        subnets: balancer("x", subnets).subnets,
    };
    f.world.run(f.owner, set(&f.subnets[1..])).unwrap();
    assert_eq!(node(&f, f.subnets[1]), kept);
    assert!(node(&f, f.subnets[0]).is_none() && node(&f, f.subnets[2]).is_some());
    assert_eq!(f.world.state.tables().network_interfaces.len(), 2);
    let same_zone = f.world.subnet(f.owner, f.vpc, 4);
    let swap = set(&[same_zone, f.subnets[2]]);
    let expected = Invalid::LoadBalancerSubnetReplaced;
    assert_eq!(f.world.run(f.owner, swap), Err(expected.into()));
}

#[test]
fn a_subnet_stays_while_endpoints_are_connected() {
    let mut link = Link::new(true);
    link.connect();
    let subnets = balancer("front", &link.provider_subnets[1..]).subnets;
    let command = SetSubnets {
        load_balancer: link.load_balancer,
        subnets,
    };
    let expected = Conflict::LoadBalancerSubnetInUse(link.provider_subnets[0]);
    assert_eq!(link.world.run(link.provider, command), Err(expected.into()));
}

#[test]
fn groups_are_for_good_or_never() {
    let mut f = setup();
    let group = f.world.group(f.owner, f.vpc, "front");
    let bare = f.world.load_balancer(f.owner, "bare", &f.subnets[..1]);
    let create = CreateLoadBalancer {
        security_groups: vec![group],
        ..balancer("clad", &f.subnets[..1])
    };
    let Ok(Reply::LoadBalancer(clad)) = f.world.run(f.owner, create) else {
        panic!()
    };
    let set = |load_balancer, security_groups| SetSecurityGroups {
        load_balancer,
        security_groups,
        enforce_inbound_rules_on_private_link: Some(false),
    };
    let expected: Rejection = Invalid::LoadBalancerGroups.into();
    assert_eq!(
        f.world.run(f.owner, set(bare, vec![group])),
        Err(expected.clone())
    );
    assert_eq!(f.world.run(f.owner, set(clad, vec![])), Err(expected));
    let other = f.world.group(f.owner, f.vpc, "other");
    f.world.run(f.owner, set(clad, vec![other])).unwrap();
    let balancer = f.world.state.tables().load_balancers.get(&clad).unwrap();
    assert!(!balancer.enforce_inbound_rules_on_private_link);
    f.world.run(f.owner, DeleteSecurityGroup { group }).unwrap();
}

#[test]
fn a_protected_load_balancer_stays_and_an_unknown_one_is_gone_already() {
    let mut f = setup();
    let id = f.world.load_balancer(f.owner, "front", &f.subnets[..1]);
    let protect = |value: &str| ModifyLoadBalancerAttributes {
        load_balancer: id,
        attributes: vec![("deletion_protection.enabled".to_owned(), value.to_owned())],
    };
    f.world.run(f.owner, protect("true")).unwrap();
    let delete = DeleteLoadBalancer { load_balancer: id };
    assert!(matches!(
        f.world.run(f.owner, delete.clone()),
        Err(Rejection::Conflict(Conflict::DeletionProtection(_)))
    ));
    assert_eq!(
        f.world.run(account(CONSUMER), delete.clone()),
        Ok(Reply::Done)
    );
    f.world.run(f.owner, protect("false")).unwrap();
    f.world.run(f.owner, delete.clone()).unwrap();
    assert_eq!(f.world.run(f.owner, delete), Ok(Reply::Done));
    assert!(f.world.state.tables().network_interfaces.is_empty());
}

#[test]
fn attributes_take_only_what_has_its_effect() {
    let mut f = setup();
    let group = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    let set = |key: &str, value: &str| ModifyTargetGroupAttributes {
        target_group: group,
        attributes: vec![(key.to_owned(), value.to_owned())],
    };
    for (key, value, accepted) in [
        ("deregistration_delay.timeout_seconds", "0", true),
        ("deregistration_delay.timeout_seconds", "3601", false),
        (
            "load_balancing.cross_zone.enabled",
            "use_load_balancer_configuration",
            true,
        ),
        ("load_balancing.cross_zone.enabled", "maybe", false),
        ("proxy_protocol_v2.enabled", "false", true),
        ("proxy_protocol_v2.enabled", "true", false),
        ("stickiness.enabled", "true", false),
        ("no.such.key", "true", false),
    ] {
        let result = f.world.run(f.owner, set(key, value));
        assert_eq!(result.is_ok(), accepted, "{key}={value}: {result:?}");
    }
}

#[test]
fn defaults_of_a_target_group_depend_on_protocol_and_type() {
    let mut f = setup();
    for (name, protocol, target_type, preserved, terminates) in [
        ("a", Protocol::Tcp, TargetType::Ip, false, false),
        ("b", Protocol::Tcp, TargetType::Instance, true, false),
        ("c", Protocol::Udp, TargetType::Ip, true, true),
    ] {
        let create = CreateTargetGroup {
            protocol,
            ..target_group(f.vpc, name, target_type)
        };
        let Ok(Reply::TargetGroup(id)) = f.world.run(f.owner, create) else {
            panic!()
        };
        let group = f.world.state.tables().target_groups.get(&id).unwrap();
        assert_eq!(
            group.attributes.is_true("preserve_client_ip.enabled"),
            preserved
        );
        assert_eq!(group.terminates_deregistered(), terminates);
        assert_eq!(group.deregistration_delay(), Duration::from_secs(300));
        let check = &group.health_check;
        assert_eq!(
            (&check.probe, check.port),
            (&Probe::Tcp, HealthCheckPort::Traffic)
        );
        assert_eq!((check.interval_secs, check.timeout_secs), (30, 10));
        assert_eq!((check.healthy_threshold, check.unhealthy_threshold), (5, 2));
    }
}

#[test]
fn a_health_check_out_of_bounds_is_refused() {
    let mut f = setup();
    let target_group = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    let none = HealthCheckSettings::default;
    for health_check in [
        HealthCheckSettings {
            interval_secs: Some(4),
            ..none()
        },
        HealthCheckSettings {
            interval_secs: Some(301),
            ..none()
        },
        HealthCheckSettings {
            timeout_secs: Some(1),
            ..none()
        },
        HealthCheckSettings {
            timeout_secs: Some(31),
            ..none()
        },
        HealthCheckSettings {
            healthy_threshold: Some(11),
            ..none()
        },
        HealthCheckSettings {
            path: Some("/x".to_owned()),
            ..none()
        },
        HealthCheckSettings {
            port: Some(HealthCheckPort::Port(0)),
            ..none()
        },
    ] {
        let modify = ModifyTargetGroup {
            target_group,
            health_check,
        };
        let result = f.world.run(f.owner, modify.clone());
        assert!(
            matches!(result, Err(Rejection::Invalid(_))),
            "{modify:?}: {result:?}"
        );
    }
}

#[test]
fn a_health_check_changes_in_part() {
    let mut f = setup();
    let target_group = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    let none = HealthCheckSettings::default;
    let (path, matcher) = (Some("/healthy".to_owned()), StatusMatcher::new("200,204"));
    for health_check in [
        HealthCheckSettings {
            interval_secs: Some(10),
            timeout_secs: Some(10),
            ..none()
        },
        HealthCheckSettings {
            protocol: Some(ProbeKind::Http),
            path,
            matcher,
            ..none()
        },
        HealthCheckSettings {
            healthy_threshold: Some(2),
            ..none()
        },
    ] {
        let modify = ModifyTargetGroup {
            target_group,
            health_check,
        };
        f.world.run(f.owner, modify).unwrap();
    }
    let group = f
        .world
        .state
        .tables()
        .target_groups
        .get(&target_group)
        .unwrap();
    let check = &group.health_check;
    assert_eq!((check.interval_secs, check.timeout_secs), (10, 10));
    assert_eq!((check.healthy_threshold, check.unhealthy_threshold), (2, 2));
    let http = check.probe.http().unwrap();
    assert_eq!(http.path, "/healthy");
    assert!(http.matcher.matches(204) && !http.matcher.matches(201));
}

#[test]
fn a_short_interval_shortens_the_default_timeout() {
    let mut f = setup();
    let health_check = HealthCheckSettings {
        interval_secs: Some(5),
        ..Default::default()
    };
    let create = CreateTargetGroup {
        health_check,
        ..target_group(f.vpc, "s", TargetType::Ip)
    };
    let Ok(Reply::TargetGroup(id)) = f.world.run(f.owner, create) else {
        panic!()
    };
    let group = f.world.state.tables().target_groups.get(&id).unwrap();
    assert_eq!(group.health_check.timeout_secs, 5);
}

#[test]
fn status_matchers_are_lists_and_ranges() {
    for (text, valid) in [
        ("200", true),
        ("200-399", true),
        ("200,301-302", true),
        ("", false),
        ("199", false),
        ("600", false),
        ("300-200", false),
        ("200,", false),
        ("abc", false),
    ] {
        assert_eq!(StatusMatcher::new(text).is_some(), valid, "{text}");
    }
}

#[test]
fn a_port_has_one_listener_and_a_target_group_one_load_balancer() {
    let mut f = setup();
    let one = f.world.load_balancer(f.owner, "one", &f.subnets[..1]);
    let two = f.world.load_balancer(f.owner, "two", &f.subnets[..1]);
    let web = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    let api = f.world.target_group(f.owner, f.vpc, "api", TargetType::Ip);
    let first = f.world.listener(f.owner, one, 80, web);
    assert_eq!(
        f.world.run(f.owner, listener(one, 80, web)),
        Ok(Reply::Listener(first))
    );
    let expected: Rejection = Conflict::DuplicateListener.into();
    assert_eq!(
        f.world.run(f.owner, listener(one, 80, api)),
        Err(expected.clone())
    );
    let udp = CreateListener {
        protocol: Protocol::Udp,
        ..listener(one, 80, web)
    };
    assert_eq!(f.world.run(f.owner, udp), Err(expected.clone()));
    let weighed = CreateListener {
        forward: Forward {
            weight: Some(7),
            ..web.into()
        },
        ..listener(one, 80, web)
    };
    assert_eq!(f.world.run(f.owner, weighed), Err(expected));
    assert!(matches!(
        f.world.run(f.owner, listener(two, 80, web)),
        Err(Rejection::Conflict(Conflict::TargetGroupAssociated(_)))
    ));
    f.world
        .run(f.owner, DeleteListener { listener: first })
        .unwrap();
    f.world.run(f.owner, listener(two, 80, web)).unwrap();
}

#[test]
fn listeners_forward_to_what_speaks_their_protocol() {
    use Protocol::{Tcp, TcpUdp, Udp};
    for (from, to, fits) in [
        (Tcp, Tcp, true),
        (Tcp, TcpUdp, true),
        (Tcp, Udp, false),
        (Udp, Udp, true),
        (Udp, TcpUdp, true),
        (Udp, Tcp, false),
        (TcpUdp, TcpUdp, true),
        (TcpUdp, Tcp, false),
        (TcpUdp, Udp, false),
    ] {
        assert_eq!(from.forwards_to(to), fits, "{from:?} to {to:?}");
    }
}

#[test]
fn only_tcp_listeners_have_an_idle_timeout_to_set() {
    let mut f = setup();
    let balancer = f.world.load_balancer(f.owner, "front", &f.subnets[..1]);
    let create = CreateTargetGroup {
        protocol: Protocol::TcpUdp,
        ..target_group(f.vpc, "web", TargetType::Ip)
    };
    let Ok(Reply::TargetGroup(group)) = f.world.run(f.owner, create) else {
        panic!()
    };
    let id = f.world.listener(f.owner, balancer, 80, group);
    let set = |secs: &str| ModifyListenerAttributes {
        listener: id,
        attributes: vec![("tcp.idle_timeout.seconds".to_owned(), secs.to_owned())],
    };
    f.world.run(f.owner, set("6000")).unwrap();
    assert!(f.world.run(f.owner, set("59")).is_err());
    let secs = f
        .world
        .state
        .tables()
        .listeners
        .get(&id)
        .unwrap()
        .tcp_idle_timeout_secs();
    assert_eq!(secs, 6000);
    let protocol = Some(Protocol::Udp);
    let modify = ModifyListener {
        listener: id,
        protocol,
        port: None,
        forward: None,
    };
    f.world.run(f.owner, modify).unwrap();
    assert!(f.world.run(f.owner, set("60")).is_err());
}

#[test]
fn a_target_group_in_use_stays() {
    let mut f = setup();
    let balancer = f.world.load_balancer(f.owner, "front", &f.subnets[..1]);
    let group = f.world.target_group(f.owner, f.vpc, "web", TargetType::Ip);
    f.world.listener(f.owner, balancer, 80, group);
    let delete = DeleteTargetGroup {
        target_group: group,
    };
    assert!(matches!(
        f.world.run(f.owner, delete.clone()),
        Err(Rejection::Conflict(Conflict::TargetGroupInUse(_)))
    ));
    f.world
        .run(
            f.owner,
            DeleteLoadBalancer {
                load_balancer: balancer,
            },
        )
        .unwrap();
    f.world.run(f.owner, delete).unwrap();
}
