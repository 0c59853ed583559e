//! Whole response documents, as they stand on the wire. Ids count up and the time stands still, so they are the same
//! in every run; request ids are left out.

use model::command::{
    InstanceObservation, InstanceObserved, LoadBalancerApplied, TargetHealthObserved,
};
use model::target::ObservedHealth;

use crate::world::{Answer, Client, IAM, Network, Service, World, endpoint_params, policy};

/// A document with a line and an indent for each element.
fn pretty(answer: &Answer) -> String {
    let mut lines = String::new();
    let mut depth: usize = 0;
    let body = answer
        .body
        .split_once("?>\n")
        .map_or(answer.body.as_str(), |(_, body)| body);
    for piece in body.replace("><", ">\u{0}<").split('\u{0}') {
        if ["<requestId>", "<RequestId>"]
            .iter()
            .any(|id| piece.contains(id))
        {
            continue;
        }
        let closes = piece.starts_with("</");
        let opens = !closes && !piece.contains("</") && !piece.ends_with("/>");
        depth -= usize::from(closes);
        lines.push_str(&"  ".repeat(depth));
        lines.push_str(piece);
        lines.push('\n');
        depth += usize::from(opens);
    }
    lines
}

/// Everything that can be listed, one of each.
pub(crate) async fn everything(world: &World, client: &Client) -> Service {
    let network = Network::new(client).await;
    let service = Service::new(client, &network).await;
    let state = world.control.snapshot().state.clone();
    let load_balancer = state.tables().load_balancers.iter().next().unwrap().id;
    world.report(LoadBalancerApplied { load_balancer }).await;
    service
        .permit(client, "arn:aws:iam::123456789012:root")
        .await;
    let run = [
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", network.subnet.as_str()),
        ("PrivateIpAddress", "10.0.1.10"),
        ("TagSpecification.1.ResourceType", "instance"),
        ("TagSpecification.1.Tag.1.Key", "Name"),
        ("TagSpecification.1.Tag.1.Value", "<server & \"co\">"),
    ];
    let instance = client
        .ec2("RunInstances", &run)
        .await
        .text("instanceId")
        .parse()
        .unwrap();
    let observation = InstanceObservation::Running;
    world
        .report(InstanceObserved {
            instance,
            observation,
        })
        .await;
    let target = [
        ("TargetGroupArn", service.target_group.as_str()),
        ("Targets.member.1.Id", "10.0.1.10"),
    ];
    client.elb("RegisterTargets", &target).await;
    let state = world.control.snapshot().state.clone();
    let target = state.tables().targets.iter().next().unwrap();
    let (target, number, health) = (target.key, target.number, ObservedHealth::Healthy);
    world
        .report(TargetHealthObserved {
            target,
            number,
            health,
        })
        .await;
    client
        .ec2("CreateVpcEndpoint", &endpoint_params(&network, &service))
        .await;
    service
}

#[tokio::test]
async fn ec2_documents_are_as_they_were() {
    let world = World::start().await;
    let client = world.client();
    let service = everything(&world, &client).await;
    for action in [
        "DescribeVpcs",
        "DescribeSubnets",
        "DescribeRouteTables",
        "DescribeNetworkAcls",
        "DescribeSecurityGroups",
        "DescribeSecurityGroupRules",
        "DescribeNetworkInterfaces",
        "DescribeInstances",
        "DescribeInstanceStatus",
        "DescribeTags",
        "DescribeVpcEndpoints",
        "DescribeVpcEndpointConnections",
        "DescribeVpcEndpointServices",
        "DescribeVpcEndpointServiceConfigurations",
        "DescribePrefixLists",
        "DescribeAvailabilityZones",
        "DescribeRegions",
    ] {
        insta::assert_snapshot!(action, pretty(&client.ec2(action, &[]).await));
    }
    let action = "DescribeVpcEndpointServicePermissions";
    let permissions = client.ec2(action, &[("ServiceId", &service.id)]).await;
    insta::assert_snapshot!(action, pretty(&permissions));
}

#[tokio::test]
async fn elb_documents_are_as_they_were() {
    let world = World::start().await;
    let client = world.client();
    let service = everything(&world, &client).await;
    let group = ("TargetGroupArn", service.target_group.as_str());
    let balancer = ("LoadBalancerArn", service.load_balancer.as_str());
    for (action, param) in [
        ("DescribeLoadBalancers", None),
        ("DescribeTargetGroups", None),
        ("DescribeTargetHealth", Some(group)),
        ("DescribeListeners", Some(balancer)),
        ("DescribeLoadBalancerAttributes", Some(balancer)),
        ("DescribeCapacityReservation", Some(balancer)),
    ] {
        let answer = client.elb(action, param.as_slice()).await;
        insta::assert_snapshot!(action, pretty(&answer));
    }
}

/// A user, a role and a managed policy that both have.
async fn people(client: &Client) -> String {
    let document = policy(r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#);
    let create = [
        ("PolicyName", "all"),
        ("PolicyDocument", document.as_str()),
        ("Description", "everything <&>"),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    let arn = client.iam("CreatePolicy", &create).await.text("Arn");
    client
        .user(
            "alice",
            r#"{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}"#,
        )
        .await;
    client.role("deploy", r#"{"AWS": "*"}"#, "").await;
    for (action, who) in [
        ("AttachUserPolicy", ("UserName", "alice")),
        ("AttachRolePolicy", ("RoleName", "deploy")),
    ] {
        client
            .iam(action, &[who, ("PolicyArn", arn.as_str())])
            .await;
    }
    arn
}

#[tokio::test]
async fn iam_documents_are_as_they_were() {
    let world = World::start().await;
    let client = world.client();
    let arn = people(&client).await;
    let (user, role, policy) = (
        ("UserName", "alice"),
        ("RoleName", "deploy"),
        ("PolicyArn", arn.as_str()),
    );
    for (action, params) in [
        ("GetUser", vec![user]),
        ("ListUsers", vec![]),
        ("ListAccessKeys", vec![user]),
        ("GetUserPolicy", vec![user, ("PolicyName", "own")]),
        ("ListUserPolicies", vec![user]),
        ("ListAttachedUserPolicies", vec![user]),
        ("ListGroupsForUser", vec![user]),
        ("GetRole", vec![role]),
        ("ListRoles", vec![]),
        ("GetPolicy", vec![policy]),
        ("ListPolicies", vec![("Scope", "Local")]),
        ("GetPolicyVersion", vec![policy, ("VersionId", "v1")]),
        ("ListPolicyVersions", vec![policy]),
        ("ListEntitiesForPolicy", vec![policy]),
        ("DeletePolicyVersion", vec![policy, ("VersionId", "v1")]),
    ] {
        let answer = client.ask(IAM, action, &params).await;
        insta::assert_snapshot!(action, pretty(&answer));
    }
}
