//! Client tokens.

use std::time::Duration;

use model::command::*;
use model::rejection::{Conflict, Invalid};
use model::*;

use crate::world::*;

fn with_token(link: &Link, token: &str) -> CreateVpcEndpoint {
    CreateVpcEndpoint {
        client_token: Some(token.to_owned()),
        ..link.request()
    }
}

#[test]
fn a_repeated_request_gets_the_first_one_s_result() {
    let mut link = Link::new(true);
    let request = with_token(&link, "t-1");
    let first = link.world.run(link.consumer, request.clone()).unwrap();
    let before = link.world.state.clone();
    assert_eq!(link.world.run(link.consumer, request), Ok(first.clone()));
    assert_eq!(link.world.state, before);
    let other = with_token(&link, "t-2");
    assert_ne!(link.world.run(link.consumer, other), Ok(first));
}

#[test]
fn a_token_with_other_parameters_is_refused() {
    let mut link = Link::new(true);
    let request = with_token(&link, "t-1");
    link.world.run(link.consumer, request.clone()).unwrap();
    let other = CreateVpcEndpoint {
        policy: Some("{}".to_owned()),
        ..request
    };
    let expected = Conflict::IdempotentParameterMismatch;
    assert_eq!(link.world.run(link.consumer, other), Err(expected.into()));
}

#[test]
fn the_order_of_what_is_a_set_says_nothing() {
    let mut link = Link::new(true);
    let client_token = Some("t-1".to_owned());
    let groups: Vec<_> = ["web", "ops", "db"]
        .map(|name| link.world.group(link.consumer, link.vpc, name))
        .to_vec();
    let others: Vec<_> = groups.iter().rev().copied().chain([groups[1]]).collect();
    let subnets = link.subnets[..2]
        .iter()
        .copied()
        .map(at)
        .collect::<Vec<_>>();
    let reversed: Vec<_> = subnets.iter().rev().cloned().collect();
    let endpoint = |groups: &[SecurityGroupId], subnets: Vec<EndpointSubnet>| CreateVpcEndpoint {
        groups: groups.to_vec(),
        subnets,
        ..with_token(&link, "t-1")
    };
    let interface = |groups: &[SecurityGroupId]| CreateNetworkInterface {
        subnet: link.subnets[0],
        address: None,
        groups: groups.to_vec(),
        description: String::new(),
        tags: Tags::new(),
        client_token: client_token.clone(),
    };
    let instance = |groups: &[SecurityGroupId]| RunInstances {
        network: LaunchNetwork::Subnet {
            subnet: Some(link.subnets[0]),
            address: None,
            groups: groups.to_vec(),
            delete_on_termination: true,
        },
        client_token: client_token.clone(),
        ..launch(link.subnets[0])
    };
    let cases: [[Command; 3]; 3] = [
        [
            endpoint(&groups, subnets.clone()).into(),
            endpoint(&others, reversed).into(),
            endpoint(&groups[1..], subnets).into(),
        ],
        [
            interface(&groups).into(),
            interface(&others).into(),
            interface(&groups[1..]).into(),
        ],
        [
            instance(&groups).into(),
            instance(&others).into(),
            instance(&groups[1..]).into(),
        ],
    ];
    for [first, same, other] in cases {
        let result = link.world.run(link.consumer, first).unwrap();
        assert_eq!(link.world.run(link.consumer, same), Ok(result));
        assert_eq!(
            link.world.run(link.consumer, other),
            Err(Conflict::IdempotentParameterMismatch.into())
        );
    }
}

#[test]
fn the_order_of_a_service_s_load_balancers_says_nothing() {
    let mut link = Link::new(true);
    let (vpc, provider) = (link.world.vpc(link.provider), link.provider);
    let subnet = link.world.subnet(provider, vpc, 7);
    let second = link.world.load_balancer(provider, "second", &[subnet]);
    let request = |load_balancers| CreateVpcEndpointServiceConfiguration {
        load_balancers,
        acceptance_required: true,
        private_dns_name: None,
        tags: Tags::new(),
        client_token: Some("t-1".to_owned()),
    };
    let first = link.load_balancer;
    let made = link.world.run(provider, request(vec![first, second]));
    assert!(made.is_ok());
    let again = link.world.run(provider, request(vec![second, first]));
    assert_eq!(again, made);
}

#[test]
fn tokens_of_other_accounts_and_actions_are_others() {
    let mut link = Link::new(true);
    let request = with_token(&link, "t-1");
    link.world.run(link.consumer, request).unwrap();
    let token = Some("t-1".to_owned());
    let table = CreateRouteTable {
        vpc: link.vpc,
        tags: Tags::new(),
        client_token: token.clone(),
    };
    assert!(link.world.run(link.consumer, table).is_ok());
    let vpc = link.world.vpc(link.provider);
    let own = CreateVpcEndpoint {
        vpc,
        subnets: vec![],
        client_token: token,
        ..link.request()
    };
    assert!(link.world.run(link.provider, own).is_ok());
}

#[test]
fn a_token_is_forgotten_with_its_result_or_after_a_day() {
    let mut link = Link::new(false);
    let request = with_token(&link, "t-1");
    let Ok(Reply::VpcEndpoint(first)) = link.world.run(link.consumer, request.clone()) else {
        panic!()
    };
    link.world
        .run(
            link.consumer,
            DeleteVpcEndpoints {
                endpoints: vec![first],
            },
        )
        .unwrap();
    link.world.report(EndpointRemoved { endpoint: first });
    let Ok(Reply::VpcEndpoint(second)) = link.world.run(link.consumer, request.clone()) else {
        panic!()
    };
    assert_ne!(second, first);
    link.world.pass(Duration::from_secs(24 * 3600));
    assert!(link.world.state.tables().client_tokens.is_empty());
    assert_ne!(
        link.world.run(link.consumer, request),
        Ok(Reply::VpcEndpoint(second))
    );
}

#[test]
fn an_old_token_means_nothing_even_before_it_is_cleaned_up() {
    let mut link = Link::new(false);
    let request = with_token(&link, "t-1");
    let first = link.world.run(link.consumer, request.clone());
    link.world.now = link.world.now.plus(Duration::from_secs(24 * 3600));
    assert_ne!(link.world.run(link.consumer, request), first);
}

#[test]
fn a_token_is_1_to_64_ascii_characters() {
    let mut link = Link::new(true);
    for token in [String::new(), "x".repeat(65), "tökén".to_owned()] {
        let request = with_token(&link, &token);
        assert_eq!(
            link.world.run(link.consumer, request),
            Err(Invalid::ClientToken.into())
        );
    }
    let request = with_token(&link, &"x".repeat(64));
    assert!(link.world.run(link.consumer, request).is_ok());
}

#[test]
fn replaying_a_launch_returns_its_reservation() {
    let mut link = Link::new(true);
    let client_token = Some("launch".to_owned());
    let run = RunInstances {
        client_token,
        max_count: 3,
        ..launch(link.subnets[0])
    };
    let first = link.world.run(link.consumer, run.clone()).unwrap();
    assert_eq!(link.world.run(link.consumer, run), Ok(first));
    assert_eq!(link.world.state.tables().instances.len(), 3);
}
