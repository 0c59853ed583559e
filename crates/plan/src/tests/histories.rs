//! Laws that hold after every command of any history.

use model::command::{
    AcceptVpcEndpointConnections, AssociateRouteTable, AuthorizeSecurityGroupRules, CreateListener,
    CreateRouteTable, CreateSecurityGroup, DeleteListener, DeleteVpcEndpointServiceConfigurations,
    DeleteVpcEndpoints, DeregisterTargets, HealthCheckSettings, Housekeep, InstanceObservation,
    InstanceObserved, ModifyListener, ModifyLoadBalancerAttributes, ModifyTargetGroup,
    ModifyVpcAttribute, ModifyVpcEndpoint, PolicyChange, ProbeKind, RegisterTargets,
    RejectVpcEndpointConnections, RuleSpec, SetSubnets, SubnetMapping, TerminateInstances,
    VpcAttribute,
};
use model::listener::Protocol;
use model::load_balancer::CROSS_ZONE;
use model::security_group::{Direction, Peer, Traffic};
use model::target::{ObservedHealth, UnhealthyReason};
use model::{Command, State, Tags};
use proptest::prelude::*;

use super::world::{Network, World, nobody, target};

/// The item of a table that a number stands for.
macro_rules! pick {
    ($state:expr, $table:ident, $number:expr) => {
        $state
            .tables()
            .$table
            .iter()
            .nth(usize::from($number) % $state.tables().$table.len().max(1))?
    };
}

/// A command that `kind` and two choices stand for; `None` when there is nothing yet that it could be about.
#[expect(clippy::too_many_lines, reason = "one short arm for each command")]
fn command(state: &State, kind: u8, a: u8, b: u8) -> Option<(model::AccountId, Command)> {
    let service = || {
        state
            .tables()
            .endpoint_services
            .iter()
            .nth(usize::from(a) % state.tables().endpoint_services.len().max(1))
    };
    let flag = b.is_multiple_of(2);
    let tags = Tags::default();
    Some(match kind {
        0 => {
            let endpoint = pick!(state, vpc_endpoints, a);
            let command = AcceptVpcEndpointConnections {
                service: endpoint.service,
                endpoints: vec![endpoint.id],
            };
            (endpoint.service_owner, command.into())
        }
        1 => {
            let endpoint = pick!(state, vpc_endpoints, a);
            let command = RejectVpcEndpointConnections {
                service: endpoint.service,
                endpoints: vec![endpoint.id],
            };
            (endpoint.service_owner, command.into())
        }
        2 => {
            let endpoint = pick!(state, vpc_endpoints, a);
            (
                endpoint.owner,
                DeleteVpcEndpoints {
                    endpoints: vec![endpoint.id],
                }
                .into(),
            )
        }
        3 => {
            let instance = pick!(state, instances, a);
            (
                instance.owner,
                TerminateInstances {
                    instances: vec![instance.id],
                }
                .into(),
            )
        }
        4 => {
            let instance = pick!(state, instances, a);
            let observation = if flag {
                InstanceObservation::Terminated
            } else {
                InstanceObservation::Running
            };
            (
                nobody(),
                InstanceObserved {
                    instance: instance.id,
                    observation,
                }
                .into(),
            )
        }
        5 => {
            let (group, instance) = (pick!(state, target_groups, a), pick!(state, instances, b));
            let targets = vec![target(instance.id)];
            (
                group.owner,
                RegisterTargets {
                    target_group: group.id,
                    targets,
                }
                .into(),
            )
        }
        6 => {
            let (group, instance) = (pick!(state, target_groups, a), pick!(state, instances, b));
            let targets = vec![target(instance.id)];
            (
                group.owner,
                DeregisterTargets {
                    target_group: group.id,
                    targets,
                }
                .into(),
            )
        }
        7 => {
            let found = pick!(state, targets, a);
            let health = match b % 3 {
                0 => ObservedHealth::Healthy,
                1 => ObservedHealth::Checking,
                _ => ObservedHealth::Unhealthy(UnhealthyReason::Timeout),
            };
            let (target, number) = (found.key, found.number);
            (
                nobody(),
                model::command::TargetHealthObserved {
                    target,
                    number,
                    health,
                }
                .into(),
            )
        }
        8 => {
            let listener = pick!(state, listeners, a);
            (
                listener.owner,
                DeleteListener {
                    listener: listener.id,
                }
                .into(),
            )
        }
        9 => {
            let (balancer, group) = (
                pick!(state, load_balancers, a),
                pick!(state, target_groups, b),
            );
            let request = CreateListener {
                load_balancer: balancer.id,
                protocol: Protocol::Tcp,
                port: 80 + u16::from(b % 3),
                forward: group.id.into(),
                tags,
            };
            (balancer.owner, request.into())
        }
        10 => {
            let balancer = pick!(state, load_balancers, a);
            let attributes = vec![(CROSS_ZONE.to_owned(), flag.to_string())];
            (
                balancer.owner,
                ModifyLoadBalancerAttributes {
                    load_balancer: balancer.id,
                    attributes,
                }
                .into(),
            )
        }
        11 => {
            let balancer = pick!(state, load_balancers, a);
            let all = state.indexes().subnets_by_vpc.of(&balancer.vpc).copied();
            let subnets = all.skip(usize::from(b % 2)).map(|subnet| SubnetMapping {
                subnet,
                address: None,
            });
            (
                balancer.owner,
                SetSubnets {
                    load_balancer: balancer.id,
                    subnets: subnets.collect(),
                }
                .into(),
            )
        }
        12 => {
            let vpc = pick!(state, vpcs, a);
            let attribute = if b % 4 < 2 {
                VpcAttribute::EnableDnsSupport(flag)
            } else {
                VpcAttribute::EnableDnsHostnames(flag)
            };
            (
                vpc.owner,
                ModifyVpcAttribute {
                    vpc: vpc.id,
                    attribute,
                }
                .into(),
            )
        }
        13 => {
            let vpc = pick!(state, vpcs, a);
            (
                vpc.owner,
                CreateRouteTable {
                    vpc: vpc.id,
                    tags,
                    client_token: None,
                }
                .into(),
            )
        }
        14 => {
            let (table, subnet) = (pick!(state, route_tables, a), pick!(state, subnets, b));
            (
                table.owner,
                AssociateRouteTable {
                    route_table: table.id,
                    subnet: subnet.id,
                }
                .into(),
            )
        }
        15 => {
            let vpc = pick!(state, vpcs, a);
            let name = format!("group-{b}");
            (
                vpc.owner,
                CreateSecurityGroup {
                    vpc: Some(vpc.id),
                    description: name.clone(),
                    name,
                    tags,
                }
                .into(),
            )
        }
        16 => {
            let (group, peer) = (
                pick!(state, security_groups, a),
                pick!(state, security_groups, b),
            );
            let rules = vec![RuleSpec {
                traffic: Traffic::All,
                peer: Peer::Group(peer.id),
                description: None,
            }];
            let direction = if flag {
                Direction::Ingress
            } else {
                Direction::Egress
            };
            (
                group.owner,
                AuthorizeSecurityGroupRules {
                    group: group.id,
                    direction,
                    rules,
                    tags,
                }
                .into(),
            )
        }
        17 => {
            let (endpoint, group) = (
                pick!(state, vpc_endpoints, a),
                pick!(state, security_groups, b),
            );
            let request = ModifyVpcEndpoint {
                endpoint: endpoint.id,
                add_subnets: vec![],
                remove_subnets: vec![],
                add_groups: vec![group.id],
                remove_groups: vec![],
                policy: PolicyChange::Keep,
                private_dns_enabled: None,
            };
            (endpoint.owner, request.into())
        }
        21 => {
            let endpoint = pick!(state, vpc_endpoints, a);
            let request = ModifyVpcEndpoint {
                endpoint: endpoint.id,
                add_subnets: vec![],
                remove_subnets: if b.is_multiple_of(8) {
                    endpoint.interfaces.keys().copied().collect()
                } else {
                    vec![]
                },
                add_groups: vec![],
                remove_groups: vec![],
                policy: PolicyChange::Keep,
                private_dns_enabled: Some(!b.is_multiple_of(3)),
            };
            (endpoint.owner, request.into())
        }
        18 => {
            let service = service()?;
            (
                service.owner,
                DeleteVpcEndpointServiceConfigurations {
                    services: vec![service.id],
                }
                .into(),
            )
        }
        19 => {
            let group = pick!(state, target_groups, a);
            let health_check = HealthCheckSettings {
                protocol: Some(if flag {
                    ProbeKind::Http
                } else {
                    ProbeKind::Tcp
                }),
                path: flag.then(|| format!("/health/{b}")),
                ..HealthCheckSettings::default()
            };
            (
                group.owner,
                ModifyTargetGroup {
                    target_group: group.id,
                    health_check,
                }
                .into(),
            )
        }
        20 => {
            let listener = pick!(state, listeners, a);
            let request = ModifyListener {
                listener: listener.id,
                protocol: None,
                port: Some(80 + u16::from(b % 3)),
                forward: None,
            };
            (listener.owner, request.into())
        }
        _ => (nobody(), Housekeep::default().into()),
    })
}

/// Two providers and two consumers with one or two zones each, to have something to act upon.
fn populated() -> World {
    let mut world = World::new();
    let mut services = Vec::new();
    for name in ["provider-1", "provider-2"] {
        let account = world.account(name);
        let network = world.network(account);
        let second = world.subnet(account, network.vpc, "10.0.2.0/24", "us-east-1b");
        let service = world.service(network, &[network.subnet, second]);
        world.instance(account, second);
        world.permit(account, service.id);
        world.give_name(account, service.id, "*.example.com");
        services.push((account, service));
    }
    for name in ["consumer-1", "consumer-2"] {
        let account = world.account(name);
        let network: Network = world.network(account);
        let second = world.subnet(account, network.vpc, "10.0.2.0/24", "us-east-1b");
        world.instance(account, network.subnet);
        world.set_attribute(network, VpcAttribute::EnableDnsHostnames(true));
        for (_, service) in &services {
            world.endpoint(network, service.id, &[network.subnet, second]);
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Every step is checked by [`World::act`]; here, that following changes is the same as compiling everything,
    /// and that a history ends with nothing owed.
    #[test]
    fn following_changes_is_the_same_as_compiling_everything(
        history in prop::collection::vec((0u8..23, any::<u8>(), any::<u8>(), 0u64..400_000), 1..60)
    ) {
        let mut world = populated();
        for (kind, a, b, passes) in history {
            world.now += passes;
            if let Some((caller, command)) = command(&world.state, kind, a, b) {
                let _ = world.act(caller, command);
            }
            if a.is_multiple_of(4) {
                world.assert_whole();
            }
        }
        world.assert_whole();
        world.settle();
        world.assert_whole();
        prop_assert_eq!(world.state.check(), vec![]);
    }
}
