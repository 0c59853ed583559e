//! Random commands that often make sense: each picks what it names from the state, most of the time with the
//! owner as caller.

mod balancing;
mod iam;
mod messaging;
mod private_link;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use model::command::*;
use model::security_group::{Direction, Peer, PortRange, Traffic};
use model::target::{ObservedHealth, UnhealthyReason};
use model::*;

use self::balancing::balancing;
use self::iam::iam;
use self::messaging::messaging;
use self::private_link::{connections, private_link};

/// The accounts that take part.
pub(crate) const ACCOUNTS: [u64; 3] = [111_111_111_111, 222_222_222_222, 333_333_333_333];

/// A small deterministic source of choices (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % end as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T>(&mut self, from: impl IntoIterator<Item = T>) -> Option<T> {
        let mut all: Vec<T> = from.into_iter().collect();
        if all.is_empty() {
            None
        } else {
            Some(all.swap_remove(self.below(all.len())))
        }
    }

    fn some<T>(&mut self, from: impl IntoIterator<Item = T>, max: usize) -> Vec<T> {
        let mut all: Vec<T> = from.into_iter().collect();
        let count = self.below(max + 1).min(all.len());
        (0..count)
            .map(|_| all.swap_remove(self.below(all.len())))
            .collect()
    }

    fn account(&mut self) -> AccountId {
        AccountId::new(ACCOUNTS[self.below(ACCOUNTS.len())]).unwrap()
    }

    fn token(&mut self) -> Option<String> {
        self.chance(30).then(|| format!("token-{}", self.below(4)))
    }

    fn name(&mut self) -> String {
        format!("name-{}", self.below(5))
    }
}

/// The command that a seed stands for in a state, and who sends it. `None` when nothing fits.
pub(crate) fn command(state: &State, seed: u64) -> Option<(AccountId, Command)> {
    let dice = &mut Dice(seed);
    let (owner, command) = match dice.below(13) {
        0 | 1 => network(state, dice)?,
        2 => security(state, dice)?,
        3 => compute(state, dice)?,
        4 | 5 => balancing(state, dice)?,
        6 | 7 => private_link(state, dice)?,
        8 => connections(state, dice)?,
        9 => iam(state, dice)?,
        10 | 11 => messaging(state, dice)?,
        _ => (dice.account(), report(state, dice)?),
    };
    let caller = if dice.chance(4) {
        dice.account()
    } else {
        owner
    };
    Some((caller, command))
}

fn subnets_of(state: &State, vpc: VpcId) -> Vec<SubnetId> {
    state.indexes().subnets_by_vpc.of(&vpc).copied().collect()
}

fn groups_of(state: &State, vpc: VpcId) -> Vec<SecurityGroupId> {
    state
        .indexes()
        .security_groups_by_vpc
        .of(&vpc)
        .copied()
        .collect()
}

fn tags(dice: &mut Dice) -> Tags {
    let value = dice.below(3).to_string();
    Tags::from_pairs([("k".to_owned(), value)]).unwrap()
}

fn network(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let tables = state.tables();
    if dice.chance(8) || tables.vpcs.is_empty() {
        let cidr = "10.0.0.0/16".parse().unwrap();
        return Some((
            dice.account(),
            CreateVpc {
                cidr,
                tags: tags(dice),
            }
            .into(),
        ));
    }
    let vpc = dice.pick(tables.vpcs.iter())?.clone();
    let subnet = dice.pick(subnets_of(state, vpc.id));
    let command = match dice.below(16) {
        0..=4 => {
            let third = u8::try_from(dice.below(6)).unwrap();
            let prefix_len = if dice.chance(30) { 28 } else { 24 };
            let cidr = Ipv4Net::new(Ipv4Addr::new(10, 0, third, 0), prefix_len).unwrap();
            let zones = &state.settings().zones;
            let zone = ZoneChoice::Id(zones[dice.below(zones.len())].id.clone());
            CreateSubnet {
                vpc: vpc.id,
                cidr,
                zone,
                tags: tags(dice),
            }
            .into()
        }
        5 => DeleteVpc { vpc: vpc.id }.into(),
        6 => {
            let attribute = VpcAttribute::EnableDnsHostnames(dice.chance(50));
            ModifyVpcAttribute {
                vpc: vpc.id,
                attribute,
            }
            .into()
        }
        7 => DeleteSubnet { subnet: subnet? }.into(),
        8 => {
            let map_public_ip_on_launch = dice.chance(50);
            ModifySubnetAttribute {
                subnet: subnet?,
                map_public_ip_on_launch,
            }
            .into()
        }
        _ => routing(state, dice, vpc.id, subnet)?,
    };
    Some((vpc.owner, command))
}

fn routing(
    state: &State,
    dice: &mut Dice,
    vpc: VpcId,
    subnet: Option<SubnetId>,
) -> Option<Command> {
    let table = |dice: &mut Dice| {
        dice.pick(state.indexes().route_tables_by_vpc.of(&vpc))
            .copied()
    };
    let association = |dice: &mut Dice| {
        let table = state.tables().route_tables.get(&table(dice)?)?;
        dice.pick(table.associations.keys()).copied()
    };
    Some(match dice.below(7) {
        0 | 1 => CreateRouteTable {
            vpc,
            tags: Tags::new(),
            client_token: dice.token(),
        }
        .into(),
        2 => DeleteRouteTable {
            route_table: table(dice)?,
        }
        .into(),
        3 | 4 => AssociateRouteTable {
            route_table: table(dice)?,
            subnet: subnet?,
        }
        .into(),
        5 => DisassociateRouteTable {
            association: association(dice)?,
        }
        .into(),
        _ => {
            let (association, route_table) = (association(dice)?, table(dice)?);
            ReplaceRouteTableAssociation {
                association,
                route_table,
            }
            .into()
        }
    })
}

fn rule_spec(dice: &mut Dice, groups: &[SecurityGroupId]) -> RuleSpec {
    let traffic = match dice.below(3) {
        0 => Traffic::All,
        1 => Traffic::Tcp(PortRange::new(80, 80 + u16::from(dice.chance(50))).unwrap()),
        _ => Traffic::Udp(PortRange::ALL),
    };
    let peer = match dice.pick(groups.iter().copied()) {
        Some(group) if dice.chance(40) => Peer::Group(group),
        _ => Peer::Cidr(
            if dice.chance(50) {
                "0.0.0.0/0"
            } else {
                "10.0.0.0/24"
            }
            .parse()
            .unwrap(),
        ),
    };
    RuleSpec {
        traffic,
        peer,
        description: None,
    }
}

fn security(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let tables = state.tables();
    let vpc = dice.pick(tables.vpcs.iter())?.clone();
    let groups = groups_of(state, vpc.id);
    let group = dice.pick(groups.iter().copied())?;
    let command = match dice.below(9) {
        0 | 1 => {
            let (name, description) = (dice.name(), "random".to_owned());
            CreateSecurityGroup {
                vpc: Some(vpc.id),
                name,
                description,
                tags: tags(dice),
            }
            .into()
        }
        2 => DeleteSecurityGroup { group }.into(),
        3..=7 => rules(state, dice, &groups, group)?,
        _ if dice.chance(50) => CreateTags {
            resources: vec![vpc.id.into(), group.into()],
            tags: tags(dice),
        }
        .into(),
        _ => DeleteTags {
            resources: vec![vpc.id.into()],
            tags: vec![],
        }
        .into(),
    };
    Some((vpc.owner, command))
}

/// A change of a group's rules.
fn rules(
    state: &State,
    dice: &mut Dice,
    groups: &[SecurityGroupId],
    group: SecurityGroupId,
) -> Option<Command> {
    let known = state.tables().security_groups.get(&group)?;
    let direction = if dice.chance(60) {
        Direction::Ingress
    } else {
        Direction::Egress
    };
    Some(match dice.below(5) {
        0 | 1 => {
            let rules = (0..=dice.below(3))
                .map(|_| rule_spec(dice, groups))
                .collect();
            AuthorizeSecurityGroupRules {
                group,
                direction,
                rules,
                tags: Tags::new(),
            }
            .into()
        }
        2 => {
            let ids = known
                .rules_of(direction)
                .map(|(id, _)| id)
                .collect::<Vec<_>>();
            let rules = Revocation::ByIds(dice.some(ids, 2));
            RevokeSecurityGroupRules {
                group,
                direction,
                rules,
            }
            .into()
        }
        3 => {
            let rules = Revocation::ByContent(vec![rule_spec(dice, groups)]);
            RevokeSecurityGroupRules {
                group,
                direction,
                rules,
            }
            .into()
        }
        _ => {
            let ids = dice.some(known.rules.keys().copied().collect::<Vec<_>>(), 2);
            let rules = ids
                .into_iter()
                .map(|id| RuleModification {
                    id,
                    spec: rule_spec(dice, groups),
                })
                .collect();
            ModifySecurityGroupRules { group, rules }.into()
        }
    })
}

fn launch(
    dice: &mut Dice,
    subnet: SubnetId,
    interface: Option<NetworkInterfaceId>,
    groups: Vec<SecurityGroupId>,
) -> RunInstances {
    let network = match interface {
        Some(id) if dice.chance(30) => LaunchNetwork::Interface(id),
        _ => LaunchNetwork::Subnet {
            subnet: Some(subnet),
            address: None,
            groups: dice.some(groups, 2),
            delete_on_termination: dice.chance(80),
        },
    };
    RunInstances {
        image: "ami-1".to_owned(),
        instance_type: "t3.micro".to_owned(),
        key_name: None,
        min_count: 1,
        max_count: 1 + u32::from(matches!(network, LaunchNetwork::Subnet { .. })),
        network,
        user_data: vec![],
        shutdown_behavior: ShutdownBehavior::Stop,
        metadata_options: dice.chance(20).then(MetadataOptionsChange::default),
        tags: tags(dice),
        interface_tags: Tags::new(),
        client_token: dice.token(),
    }
}

fn instance_change(dice: &mut Dice) -> InstanceChange {
    if dice.chance(50) {
        return InstanceChange::ShutdownBehavior(ShutdownBehavior::Terminate);
    }
    InstanceChange::MetadataOptions(MetadataOptionsChange {
        tokens_required: dice.chance(50).then_some(true),
        ..MetadataOptionsChange::default()
    })
}

fn compute(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let tables = state.tables();
    let subnet = dice.pick(tables.subnets.iter())?.clone();
    let groups = groups_of(state, subnet.vpc);
    let interface = dice
        .pick(state.indexes().interfaces_by_account.of(&subnet.owner))
        .copied();
    let command = match dice.below(10) {
        0..=2 => launch(dice, subnet.id, interface, groups).into(),
        3 | 4 => {
            let all = state
                .indexes()
                .instances_by_account
                .of(&subnet.owner)
                .copied();
            TerminateInstances {
                instances: dice.some(all, 2),
            }
            .into()
        }
        5 | 6 => {
            let host = u8::try_from(dice.below(30)).unwrap();
            let wish = Ipv4Addr::from(u32::from(subnet.cidr.network()) + u32::from(host));
            CreateNetworkInterface {
                subnet: subnet.id,
                address: dice.chance(50).then_some(wish),
                groups: dice.some(groups, 2),
                description: "random".to_owned(),
                tags: tags(dice),
                client_token: dice.token(),
            }
            .into()
        }
        7 => {
            let own = state.indexes().instances_by_account.of(&subnet.owner);
            ModifyInstanceAttribute {
                instance: *dice.pick(own)?,
                change: instance_change(dice),
            }
            .into()
        }
        8 => DeleteNetworkInterface {
            network_interface: interface?,
        }
        .into(),
        _ => {
            let change = InterfaceChange::Groups(dice.some(groups, 3));
            ModifyNetworkInterfaceAttribute {
                network_interface: interface?,
                change,
            }
            .into()
        }
    };
    Some((subnet.owner, command))
}

fn report(state: &State, dice: &mut Dice) -> Option<Command> {
    let tables = state.tables();
    let endpoint = dice.pick(tables.vpc_endpoints.iter());
    let generation =
        |dice: &mut Dice, endpoint: &VpcEndpoint| endpoint.generation - u64::from(dice.chance(20));
    Some(match dice.below(12) {
        0..=2 => {
            let endpoint = endpoint?;
            let generation = generation(dice, endpoint);
            EndpointApplied {
                endpoint: endpoint.id,
                generation,
            }
            .into()
        }
        3 => {
            let (endpoint, error) = (endpoint?, "random".to_owned());
            let generation = generation(dice, endpoint);
            EndpointFailed {
                endpoint: endpoint.id,
                generation,
                error,
            }
            .into()
        }
        4 | 5 => EndpointRemoved {
            endpoint: endpoint?.id,
        }
        .into(),
        6..=8 => {
            let observation = match dice.below(5) {
                0..=2 => InstanceObservation::Running,
                3 => InstanceObservation::Terminated,
                4 => InstanceObservation::Starting,
                _ => InstanceObservation::Failed("random".to_owned()),
            };
            InstanceObserved {
                instance: dice.pick(tables.instances.iter())?.id,
                observation,
            }
            .into()
        }
        9 => {
            let load_balancer = dice.pick(tables.load_balancers.iter())?.id;
            if dice.chance(80) {
                LoadBalancerApplied { load_balancer }.into()
            } else {
                LoadBalancerFailed {
                    load_balancer,
                    reason: "random".to_owned(),
                }
                .into()
            }
        }
        10 => {
            let target = dice.pick(tables.targets.iter())?;
            let health = match dice.below(3) {
                0 => ObservedHealth::Checking,
                1 => ObservedHealth::Healthy,
                _ => ObservedHealth::Unhealthy(UnhealthyReason::Timeout),
            };
            TargetHealthObserved {
                target: target.key,
                number: target.number,
                health,
            }
            .into()
        }
        _ => Housekeep::default().into(),
    })
}
