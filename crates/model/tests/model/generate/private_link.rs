//! Endpoint services, endpoints and decisions about them.

use model::command::*;
use model::*;

use super::balancing::mappings;
use super::{Dice, groups_of, tags};

pub(super) fn private_link(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let tables = state.tables();
    let service = dice.pick(tables.endpoint_services.iter()).cloned();
    match dice.below(15) {
        0..=2 => {
            let balancer = dice.pick(tables.load_balancers.iter())?;
            let create = CreateVpcEndpointServiceConfiguration {
                load_balancers: vec![balancer.id],
                acceptance_required: dice.chance(60),
                private_dns_name: private_name(dice),
                tags: tags(dice),
                client_token: dice.token(),
            };
            Some((balancer.owner, create.into()))
        }
        3 | 4 => {
            let service = service?;
            let principals = [
                "*".to_owned(),
                format!("arn:aws:iam::{}:root", dice.account()),
            ];
            let (one, other) = (dice.below(2), dice.chance(30));
            let parse = |index: usize| principals[index].parse().unwrap();
            let add = vec![parse(one)];
            let remove = if other { vec![parse(1 - one)] } else { vec![] };
            let modify = ModifyVpcEndpointServicePermissions {
                service: service.id,
                add,
                remove,
            };
            Some((service.owner, modify.into()))
        }
        5 => {
            let service = service?;
            let own = state
                .indexes()
                .load_balancers_by_account
                .of(&service.owner)
                .copied();
            let modify = ModifyVpcEndpointServiceConfiguration {
                service: service.id,
                acceptance_required: dice.chance(30).then_some(true),
                add_load_balancers: dice.some(own, 1),
                remove_load_balancers: dice.some(service.load_balancers.keys().copied(), 1),
                private_dns_name: match (dice.chance(30), private_name(dice)) {
                    (true, Some(name)) => PrivateDnsNameChange::Set(name),
                    (true, None) => PrivateDnsNameChange::Remove,
                    (false, _) => PrivateDnsNameChange::Keep,
                },
            };
            Some((service.owner, modify.into()))
        }
        6 => {
            let service = service?;
            let services = vec![service.id];
            Some((
                service.owner,
                DeleteVpcEndpointServiceConfigurations { services }.into(),
            ))
        }
        7..=9 => verification(&*service?, dice),
        _ => {
            let service = service?;
            let vpc = dice.pick(tables.vpcs.iter())?.clone();
            let create = create_endpoint(state, dice, service.name(state.settings()), vpc.id);
            Some((vpc.owner, create.into()))
        }
    }
}

/// Its verification is asked for, or its record is found.
fn verification(service: &EndpointService, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let (owner, service, own) = (service.owner, service.id, &service.private_dns);
    if dice.chance(60) {
        let start = StartVpcEndpointServicePrivateDnsVerification { service };
        return Some((owner, start.into()));
    }
    let record = own.as_ref()?.record.clone();
    let found = PrivateDnsNameVerified { service, record };
    Some((owner, found.into()))
}

/// None, or one of a few that lie within each other.
fn private_name(dice: &mut Dice) -> Option<PrivateDnsName> {
    let names = ["example.com", "*.example.com", "a.example.com"];
    dice.chance(60)
        .then(|| names[dice.below(names.len())].parse().unwrap())
}

fn create_endpoint(
    state: &State,
    dice: &mut Dice,
    service_name: String,
    vpc: VpcId,
) -> CreateVpcEndpoint {
    let subnets = mappings(state, dice, vpc).into_iter();
    let subnets = subnets.map(|one| EndpointSubnet {
        subnet: one.subnet,
        address: None,
    });
    CreateVpcEndpoint {
        vpc,
        service_name,
        subnets: subnets.collect(),
        groups: dice.some(groups_of(state, vpc), 2),
        policy: None,
        private_dns_enabled: dice.chance(30),
        tags: tags(dice),
        client_token: dice.token(),
    }
}

pub(super) fn connections(state: &State, dice: &mut Dice) -> Option<(AccountId, Command)> {
    let endpoint = dice.pick(state.tables().vpc_endpoints.iter())?.clone();
    let (service, endpoints) = (endpoint.service, vec![endpoint.id]);
    let (caller, command) = match dice.below(10) {
        0..=2 => (
            endpoint.service_owner,
            AcceptVpcEndpointConnections { service, endpoints }.into(),
        ),
        3 | 4 => (
            endpoint.service_owner,
            RejectVpcEndpointConnections { service, endpoints }.into(),
        ),
        5 => (endpoint.owner, DeleteVpcEndpoints { endpoints }.into()),
        _ => {
            let add = mappings(state, dice, endpoint.vpc).into_iter();
            let policy = if dice.chance(30) {
                PolicyChange::Set("{}".to_owned())
            } else {
                PolicyChange::Keep
            };
            let modify = ModifyVpcEndpoint {
                endpoint: endpoint.id,
                add_subnets: add
                    .filter(|one| !endpoint.interfaces.contains_key(&one.subnet))
                    .take(1)
                    .map(|one| EndpointSubnet {
                        subnet: one.subnet,
                        address: None,
                    })
                    .collect(),
                remove_subnets: dice.some(endpoint.interfaces.keys().copied(), 1),
                add_groups: dice.some(groups_of(state, endpoint.vpc), 1),
                remove_groups: dice.some(endpoint.groups.iter().copied(), 1),
                policy,
                private_dns_enabled: dice.chance(50).then(|| dice.chance(70)),
            };
            (endpoint.owner, modify.into())
        }
    };
    Some((caller, command))
}
