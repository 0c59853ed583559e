//! Security groups and their rules.

use model::command::*;
use model::rejection::{Conflict, Invalid, Limit, NotFound};
use model::security_group::{Direction, IcmpMatch, Peer, PortRange, Traffic};
use model::*;

use crate::network::interface;
use crate::world::*;

const OWNER: u64 = CONSUMER;

#[test]
fn a_new_group_lets_everything_out_and_nothing_in() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let id = world.group(owner, vpc, "web");
    let group = world.state.tables().security_groups.get(&id).unwrap();
    assert_eq!(group.rules_of(Direction::Ingress).count(), 0);
    let (rule_id, rule) = group.rules_of(Direction::Egress).next().unwrap();
    assert_eq!(
        (rule.traffic, rule.peer),
        (Traffic::All, Peer::Cidr("0.0.0.0/0".parse().unwrap()))
    );

    let revoke = |spec| RevokeSecurityGroupRules {
        group: id,
        direction: Direction::Egress,
        rules: Revocation::ByContent(vec![spec]),
    };
    let all = |cidr: &str| RuleSpec {
        traffic: Traffic::All,
        peer: Peer::Cidr(cidr.parse().unwrap()),
        description: None,
    };
    assert_eq!(
        world.run(owner, revoke(all("0.0.0.0/0"))),
        Ok(Reply::SecurityGroupRules(vec![rule_id]))
    );
    assert_eq!(
        world.run(owner, revoke(all("::/0"))),
        Err(NotFound::Permission.into())
    );
}

#[test]
fn a_rule_is_there_once() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let id = world.group(owner, vpc, "web");
    let one = rule("tcp", 80, 80, "10.0.0.9/24");
    let same = rule("6", 80, 80, "10.0.0.0/24");
    let twice = authorize(id, Direction::Ingress, vec![one.clone(), same.clone()]);
    assert_eq!(
        world.run(owner, twice),
        Err(Invalid::DuplicatePermission.into())
    );
    world
        .run(owner, authorize(id, Direction::Ingress, vec![one]))
        .unwrap();
    let again = authorize(id, Direction::Ingress, vec![same]);
    assert_eq!(
        world.run(owner, again).unwrap_err().to_string(),
        r#"the specified rule "peer: 10.0.0.0/24, TCP, from port: 80, to port: 80, ALLOW" already exists"#
    );
}

#[test]
fn a_rule_that_is_there_is_told_in_ec2_s_words() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let id = world.group(owner, vpc, "web");
    for (protocol, first, last, words) in [
        ("tcp", 80, 81, "TCP, from port: 80, to port: 81"),
        ("icmp", -1, -1, "ICMP, type: ALL, code: ALL"),
        ("icmp", 8, -1, "ICMP, type: 8, code: ALL"),
        ("50", -1, -1, "protocol: 50"),
        ("-1", -1, -1, "ALL"),
    ] {
        let one = rule(protocol, first, last, "10.0.0.0/24");
        let rules = authorize(id, Direction::Ingress, vec![one]);
        world.run(owner, rules.clone()).unwrap();
        let told = world.run(owner, rules).unwrap_err().to_string();
        let expected =
            format!(r#"the specified rule "peer: 10.0.0.0/24, {words}, ALLOW" already exists"#);
        assert_eq!(told, expected);
    }
}

#[test]
fn a_group_holds_sixty_rules_in_each_direction() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let id = world.group(owner, vpc, "web");
    let rules = |range: std::ops::Range<i32>, cidr: &str| {
        range
            .map(|port| rule("tcp", port, port, cidr))
            .collect::<Vec<_>>()
    };
    let full: Rejection = Limit::RulesPerSecurityGroup.into();
    let too_many = authorize(id, Direction::Ingress, rules(0..61, "2001:db8::/32"));
    assert_eq!(world.run(owner, too_many), Err(full.clone()));
    let too_many = authorize(id, Direction::Ingress, rules(0..61, "10.0.0.0/8"));
    assert_eq!(world.run(owner, too_many), Err(full.clone()));
    world
        .run(
            owner,
            authorize(id, Direction::Ingress, rules(0..60, "10.0.0.0/8")),
        )
        .unwrap();
    let one_more = authorize(id, Direction::Ingress, rules(60..61, "10.0.0.0/8"));
    assert_eq!(world.run(owner, one_more), Err(full));
    let ipv6_too = authorize(id, Direction::Ingress, rules(0..60, "2001:db8::/32"));
    world.run(owner, ipv6_too).unwrap();
    world
        .run(
            owner,
            authorize(id, Direction::Egress, rules(0..59, "10.0.0.0/8")),
        )
        .unwrap();
}

#[test]
fn a_group_in_use_stays() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let subnet = world.subnet(owner, vpc, 0);
    let (used, naming, own) = (
        world.group(owner, vpc, "used"),
        world.group(owner, vpc, "naming"),
        world.group(owner, vpc, "own"),
    );
    let create = CreateNetworkInterface {
        groups: vec![used],
        ..interface(subnet)
    };
    let Ok(Reply::NetworkInterface(network_interface)) = world.run(owner, create) else {
        panic!()
    };
    let refer = |peer| RuleSpec {
        traffic: Traffic::All,
        peer: Peer::Group(peer),
        description: None,
    };
    world
        .run(
            owner,
            authorize(naming, Direction::Ingress, vec![refer(used)]),
        )
        .unwrap();
    world
        .run(owner, authorize(own, Direction::Ingress, vec![refer(own)]))
        .unwrap();

    let delete = |group| DeleteSecurityGroup { group };
    let in_use: Rejection = Conflict::SecurityGroupInUse(used).into();
    assert_eq!(
        in_use.to_string(),
        format!("resource {used} has a dependent object")
    );
    assert_eq!(world.run(owner, delete(used)), Err(in_use.clone()));
    world
        .run(owner, DeleteNetworkInterface { network_interface })
        .unwrap();
    assert_eq!(world.run(owner, delete(used)), Err(in_use));
    world.run(owner, delete(naming)).unwrap();
    world.run(owner, delete(used)).unwrap();
    world.run(owner, delete(own)).unwrap();
    let default = world
        .state
        .tables()
        .vpcs
        .get(&vpc)
        .unwrap()
        .default_security_group;
    assert_eq!(
        world.run(owner, delete(default)),
        Err(Invalid::DefaultGroup(default).into())
    );
}

#[test]
fn an_interface_is_in_at_most_five_groups() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let subnet = world.subnet(owner, vpc, 0);
    let groups: Vec<_> = (0..6)
        .map(|n| world.group(owner, vpc, &format!("g{n}")))
        .collect();
    let create = CreateNetworkInterface {
        groups: groups.clone(),
        ..interface(subnet)
    };
    let expected = Limit::SecurityGroupsPerInterface;
    assert_eq!(world.run(owner, create), Err(expected.into()));
    let create = CreateNetworkInterface {
        groups: groups[..5].to_vec(),
        ..interface(subnet)
    };
    world.run(owner, create).unwrap();
}

#[test]
fn traffic_reads_what_it_writes() {
    let ports = |first, last| PortRange::new(first, last).unwrap();
    for traffic in [
        Traffic::All,
        Traffic::Tcp(ports(22, 80)),
        Traffic::Udp(PortRange::ALL),
        Traffic::Icmp(IcmpMatch::All),
        Traffic::Icmp(IcmpMatch::Type(8)),
        Traffic::Icmpv6(IcmpMatch::TypeCode(3, 4)),
        Traffic::Protocol(47),
    ] {
        let (from, to) = traffic.aws_ports().unzip();
        assert_eq!(
            Traffic::from_aws(&traffic.aws_protocol(), from, to),
            Some(traffic)
        );
    }
    for (protocol, from, to) in [
        ("tcp", None, None),
        ("tcp", Some(5), Some(4)),
        ("udp", Some(-1), Some(-1)),
        ("x", None, None),
        ("256", None, None),
    ] {
        assert_eq!(
            Traffic::from_aws(protocol, from, to),
            None,
            "{protocol} {from:?} {to:?}"
        );
    }
    assert_eq!(
        Traffic::from_aws("006", Some(1), Some(1)),
        Some(Traffic::Tcp(ports(1, 1)))
    );
}

#[test]
fn a_modified_rule_keeps_its_id_and_stays_different_from_the_others() {
    let mut world = World::new();
    let owner = account(OWNER);
    let vpc = world.vpc(owner);
    let id = world.group(owner, vpc, "web");
    let both = authorize(
        id,
        Direction::Ingress,
        vec![
            rule("tcp", 80, 80, "10.0.0.0/24"),
            rule("tcp", 443, 443, "10.0.0.0/24"),
        ],
    );
    let Ok(Reply::SecurityGroupRules(ids)) = world.run(owner, both) else {
        panic!("not authorised")
    };
    let modify = |changes: &[(SecurityGroupRuleId, RuleSpec)]| ModifySecurityGroupRules {
        group: id,
        rules: changes
            .iter()
            .map(|(id, spec)| RuleModification {
                id: *id,
                spec: spec.clone(),
            })
            .collect(),
    };
    let [http, https] = [
        rule("tcp", 80, 80, "10.0.0.0/24"),
        rule("tcp", 443, 443, "10.0.0.0/24"),
    ];
    assert_eq!(
        world
            .run(owner, modify(&[(ids[0], https.clone())]))
            .unwrap_err()
            .to_string(),
        r#"the specified rule "peer: 10.0.0.0/24, TCP, from port: 443, to port: 443, ALLOW" already exists"#
    );
    assert_eq!(
        world.run(owner, modify(&[(ids[0], https), (ids[1], http)])),
        Ok(Reply::Done),
        "two rules may change places"
    );
    let group = world.state.tables().security_groups.get(&id).unwrap();
    let ports = |id| group.rules[id].traffic.aws_ports().unwrap();
    assert_eq!((ports(&ids[0]), ports(&ids[1])), ((443, 443), (80, 80)));
    let unknown = SecurityGroupRuleId::from_bits(1);
    assert_eq!(
        world.run(
            owner,
            modify(&[(unknown, rule("tcp", 1, 1, "10.0.0.0/24"))])
        ),
        Err(NotFound::SecurityGroupRule(unknown).into())
    );
    assert_eq!(
        world.run(owner, modify(&[])),
        Err(Invalid::Missing("securityGroupRules").into())
    );
}
