//! `DryRun` checks everything and changes nothing, in every EC2 action.

use std::sync::Arc;

use crate::world::{Answer, EC2, Network, Service, World, endpoint_params};

fn is_dry(answer: &Answer) -> bool {
    answer.status == 412 && answer.text("Code") == "DryRunOperation"
}

#[tokio::test]
async fn every_ec2_action_takes_it() {
    let without: Vec<&str> = control::actions()
        .into_iter()
        .filter(|action| action.service == aws_wire::Service::Ec2)
        .filter(|action| action.params.member("DryRun").is_none())
        .map(|action| action.name)
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[tokio::test]
async fn a_request_that_would_succeed_ends_in_an_error_and_leaves_no_trace() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let before = world.control.snapshot();
    let mut endpoint = endpoint_params(&network, &service);
    endpoint.push(("DryRun", "true"));
    let subnet = network.subnet.as_str();
    for (action, params) in [
        (
            "CreateVpc",
            &[("CidrBlock", "10.1.0.0/16"), ("DryRun", "true")] as &[_],
        ),
        ("DescribeVpcs", &[("DryRun", "true")]),
        (
            "DescribeSubnets",
            &[("SubnetId.1", subnet), ("DryRun", "true")],
        ),
        ("CreateVpcEndpoint", &endpoint),
        ("DescribeRegions", &[("DryRun", "true")]),
    ] {
        let answer = client.ask(EC2, action, params).await;
        assert!(is_dry(&answer), "{action}: {}", answer.body);
    }
    assert!(Arc::ptr_eq(&before.state, &world.control.snapshot().state));
}

#[tokio::test]
async fn a_request_that_would_fail_fails_as_it_would() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let stranger = world.tenant("stranger").await;
    let vpc = network.vpc.as_str();
    let dry = ("DryRun", "true");
    let cases = [
        (
            &client,
            "DeleteVpc",
            [("VpcId", vpc), dry],
            "DependencyViolation",
        ),
        (
            &stranger,
            "DeleteVpc",
            [("VpcId", vpc), dry],
            "InvalidVpcID.NotFound",
        ),
        (
            &stranger,
            "DescribeVpcs",
            [("VpcId.1", vpc), dry],
            "InvalidVpcID.NotFound",
        ),
        (
            &client,
            "CreateVpc",
            [("CidrBlock", "10.0.0.0/8"), dry],
            "InvalidVpc.Range",
        ),
        (
            &client,
            "CreateVpc",
            [("Nonsense", "1"), dry],
            "MissingParameter",
        ),
    ];
    for (who, action, params, code) in cases {
        assert_eq!(who.error(EC2, action, &params).await, code, "{action}");
    }
}
