//! Load balancers, listeners, target groups, targets.

use model::command::*;
use model::listener::{Forward, Protocol};
use model::load_balancer::Scheme;
use model::target::TargetId;
use model::target_group::TargetType;
use model::*;

use super::{Dice, groups_of, subnets_of, tags};

pub(super) fn mappings(state: &State, dice: &mut Dice, vpc: VpcId) -> Vec<SubnetMapping> {
    let mut zones = std::collections::BTreeSet::new();
    let careless = dice.chance(10);
    let subnets = dice.some(subnets_of(state, vpc), 4).into_iter();
    let fitting = subnets.filter(|id| {
        let zone = state
            .tables()
            .subnets
            .get(id)
            .map(|subnet| subnet.zone.clone());
        zones.insert(zone) || careless
    });
    fitting
        .map(|subnet| SubnetMapping {
            subnet,
            address: None,
        })
        .collect()
}

pub(super) fn balancing(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let tables = state.tables();
    let vpc = dice.pick(tables.vpcs.iter())?.clone();
    let balancer = dice
        .pick(state.indexes().load_balancers_by_vpc.of(&vpc.id))
        .copied();
    let group = dice
        .pick(state.indexes().target_groups_by_vpc.of(&vpc.id))
        .copied();
    let protocol = [Protocol::Tcp, Protocol::Udp, Protocol::TcpUdp][dice.below(3)];
    let port = u16::try_from(80 + dice.below(3)).unwrap();
    let command = match dice.below(16) {
        0..=2 => {
            let security_groups = dice.some(groups_of(state, vpc.id), 1);
            let subnets = mappings(state, dice, vpc.id);
            let (name, scheme, tags) = (dice.name().parse().unwrap(), Scheme::Internal, tags(dice));
            CreateLoadBalancer {
                name,
                scheme,
                subnets,
                security_groups,
                tags,
            }
            .into()
        }
        3 => DeleteLoadBalancer {
            load_balancer: balancer?,
        }
        .into(),
        4 => SetSubnets {
            load_balancer: balancer?,
            subnets: mappings(state, dice, vpc.id),
        }
        .into(),
        5 => SetSecurityGroups {
            load_balancer: balancer?,
            security_groups: dice.some(groups_of(state, vpc.id), 2),
            enforce_inbound_rules_on_private_link: None,
        }
        .into(),
        6 => {
            let attributes = attribute(dice, "load_balancing.cross_zone.enabled");
            ModifyLoadBalancerAttributes {
                load_balancer: balancer?,
                attributes,
            }
            .into()
        }
        7..=9 => create_target_group(dice, vpc.id, protocol, port).into(),
        10 | 11 => {
            let (load_balancer, forward, tags) = (balancer?, forward(dice, group?), tags(dice));
            CreateListener {
                load_balancer,
                protocol,
                port,
                forward,
                tags,
            }
            .into()
        }
        12 => listeners(state, dice, balancer?, group, port)?,
        _ => return target_groups(state, dice, group?),
    };
    Some((vpc.owner, command))
}

fn forward(dice: &mut Dice, target_group: TargetGroupId) -> Forward {
    Forward {
        weight: dice.chance(50).then_some(1),
        ..target_group.into()
    }
}

fn create_target_group(
    dice: &mut Dice,
    vpc: VpcId,
    protocol: Protocol,
    port: u16,
) -> CreateTargetGroup {
    CreateTargetGroup {
        name: dice.name().parse().unwrap(),
        vpc,
        protocol,
        port,
        target_type: if dice.chance(50) {
            TargetType::Ip
        } else {
            TargetType::Instance
        },
        health_check: HealthCheckSettings::default(),
        tags: tags(dice),
    }
}

fn attribute(dice: &mut Dice, key: &str) -> Vec<(String, String)> {
    let flag = if dice.chance(50) { "true" } else { "false" };
    vec![(key.to_owned(), flag.to_owned())]
}

fn listeners(
    state: &State,
    dice: &mut Dice,
    balancer: LoadBalancerId,
    target_group: Option<TargetGroupId>,
    port: u16,
) -> Option<Command> {
    let listener = *dice.pick(state.indexes().listeners_by_load_balancer.of(&balancer))?;
    Some(match dice.below(3) {
        0 => ModifyListener {
            listener,
            protocol: None,
            port: Some(port),
            forward: target_group.map(|group| forward(dice, group)),
        }
        .into(),
        1 => {
            let attributes = vec![("tcp.idle_timeout.seconds".to_owned(), "60".to_owned())];
            ModifyListenerAttributes {
                listener,
                attributes,
            }
            .into()
        }
        _ => DeleteListener { listener }.into(),
    })
}

fn target_groups(
    state: &State,
    dice: &mut Dice,
    target_group: TargetGroupId,
) -> Option<(AccountId, Command)> {
    let owner = state.tables().target_groups.get(&target_group)?.owner;
    let command = match dice.below(6) {
        0 => {
            let interval_secs = Some(u32::try_from(dice.below(40)).unwrap());
            let health_check = HealthCheckSettings {
                interval_secs,
                ..Default::default()
            };
            ModifyTargetGroup {
                target_group,
                health_check,
            }
            .into()
        }
        1 => {
            let key = "deregistration_delay.connection_termination.enabled";
            ModifyTargetGroupAttributes {
                target_group,
                attributes: attribute(dice, key),
            }
            .into()
        }
        2 => DeleteTargetGroup { target_group }.into(),
        _ => return targets(state, dice, target_group),
    };
    Some((owner, command))
}

fn targets(
    state: &State,
    dice: &mut Dice,
    target_group: TargetGroupId,
) -> Option<(AccountId, Command)> {
    let group = state.tables().target_groups.get(&target_group)?;
    let describe = |id| TargetDescription {
        id,
        port: None,
        zone: TargetZoneChoice::Own,
    };
    let registered: Vec<_> = state.indexes().targets_by_group.of(&target_group).collect();
    if dice.chance(40) && !registered.is_empty() {
        let targets = dice
            .some(registered, 2)
            .into_iter()
            .map(|key| describe(key.id))
            .collect();
        return Some((
            group.owner,
            DeregisterTargets {
                target_group,
                targets,
            }
            .into(),
        ));
    }
    let candidates: Vec<TargetId> = match group.target_type {
        TargetType::Ip => {
            let interfaces = state.indexes().interfaces_by_vpc.of(&group.vpc);
            let interfaces = interfaces.filter_map(|id| state.tables().network_interfaces.get(id));
            interfaces
                .map(|interface| TargetId::Ip(interface.address))
                .collect()
        }
        TargetType::Instance => {
            let instances = state.indexes().instances_by_account.of(&group.owner);
            instances.map(|id| TargetId::Instance(*id)).collect()
        }
    };
    let targets = dice.some(candidates, 3).into_iter().map(describe).collect();
    Some((
        group.owner,
        RegisterTargets {
            target_group,
            targets,
        }
        .into(),
    ))
}
