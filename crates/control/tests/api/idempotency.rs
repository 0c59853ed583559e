//! Client tokens and names make repetitions return the first result.

use std::time::Duration;

use crate::world::{EC2, ELB, Network, Service, World, endpoint_params};

const TOKEN: (&str, &str) = ("ClientToken", "token-1");
const TAG: [(&str, &str); 2] = [
    ("TagSpecification.1.Tag.1.Key", "key"),
    ("TagSpecification.1.Tag.1.Value", "value"),
];
const TAGS: [(&str, &str); 2] = [
    ("Tags.member.1.Key", "key"),
    ("Tags.member.1.Value", "value"),
];

#[tokio::test]
async fn a_repeated_token_returns_the_first_result_and_other_parameters_are_refused() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let vpc = ("VpcId", network.vpc.as_str());
    let subnet = ("SubnetId", network.subnet.as_str());
    let balancer = ("NetworkLoadBalancerArn.1", service.load_balancer.as_str());
    let run = vec![
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        subnet,
    ];
    // action, its parameters, what names the result, its type in tags
    let cases = [
        (
            "CreateVpcEndpoint",
            endpoint_params(&network, &service),
            "vpcEndpointId",
            "vpc-endpoint",
        ),
        ("CreateRouteTable", vec![vpc], "routeTableId", "route-table"),
        (
            "CreateNetworkInterface",
            vec![subnet],
            "networkInterfaceId",
            "network-interface",
        ),
        ("RunInstances", run, "instanceId", "instance"),
        (
            "CreateVpcEndpointServiceConfiguration",
            vec![balancer],
            "serviceId",
            "vpc-endpoint-service",
        ),
    ];
    for (action, mut params, element, kind) in cases {
        params.push(TOKEN);
        let first = client.ec2(action, &params).await;
        let again = client.ec2(action, &params).await;
        assert_eq!(first.text(element), again.text(element), "{action}");
        params.push(("TagSpecification.1.ResourceType", kind));
        params.extend(TAG);
        let code = client.error(EC2, action, &params).await;
        assert_eq!(code, "IdempotentParameterMismatch", "{action}");
    }
}

#[tokio::test]
async fn a_token_s_result_outlives_what_its_request_named() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let balancer = |name: &'static str| {
        let (client, subnet) = (client.clone(), network.subnet.clone());
        async move {
            let params = [
                ("Name", name),
                ("Type", "network"),
                ("Scheme", "internal"),
                ("Subnets.member.1", subnet.as_str()),
            ];
            let made = client.elb("CreateLoadBalancer", &params).await;
            made.text("LoadBalancerArn")
        }
    };
    let (first, second) = (balancer("first").await, balancer("second").await);
    let create = [("NetworkLoadBalancerArn.1", first.as_str()), TOKEN];
    let action = "CreateVpcEndpointServiceConfiguration";
    let made = client.ec2(action, &create).await.text("serviceId");
    let modify = [
        ("ServiceId", made.as_str()),
        ("AddNetworkLoadBalancerArn.1", &second),
        ("RemoveNetworkLoadBalancerArn.1", &first),
    ];
    client
        .ec2("ModifyVpcEndpointServiceConfiguration", &modify)
        .await;
    client
        .elb("DeleteLoadBalancer", &[("LoadBalancerArn", &first)])
        .await;

    let again = client.ec2(action, &create).await.text("serviceId");
    assert_eq!(again, made);
    let wrong = service.load_balancer.replace("/web/", "/other/");
    for unknown in [first.as_str(), wrong.as_str()] {
        let params = [("NetworkLoadBalancerArn.1", unknown)];
        let code = client.error(EC2, action, &params).await;
        assert_eq!(code, "InvalidNetworkLoadBalancerArn.NotFound", "{unknown}");
    }
}

#[tokio::test]
async fn a_token_is_one_accounts_and_one_days() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let params = [("VpcId", network.vpc.as_str()), TOKEN];
    let first = client
        .ec2("CreateRouteTable", &params)
        .await
        .text("routeTableId");

    let stranger = world.tenant("stranger").await;
    let elsewhere = Network::new(&stranger).await;
    stranger
        .ec2("CreateRouteTable", &[("VpcId", &elsewhere.vpc), TOKEN])
        .await;

    world.clock.advance(Duration::from_secs(25 * 3600));
    let forgotten = async {
        while !world
            .control
            .snapshot()
            .state
            .tables()
            .client_tokens
            .is_empty()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), forgotten)
        .await
        .expect("in time");
    let later = client
        .ec2("CreateRouteTable", &params)
        .await
        .text("routeTableId");
    assert_ne!(first, later);
}

#[tokio::test]
async fn a_load_balancer_or_target_group_of_the_same_name_must_have_the_same_settings() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let other = Network::subnet_in(&client, &network.vpc, "10.0.2.0/24", "us-east-1b").await;
    let mut params = vec![
        ("Name", "web"),
        ("Type", "network"),
        ("Scheme", "internal"),
        ("Subnets.member.1", network.subnet.as_str()),
    ];
    let first = client
        .elb("CreateLoadBalancer", &params)
        .await
        .text("LoadBalancerArn");
    let again = client
        .elb("CreateLoadBalancer", &params)
        .await
        .text("LoadBalancerArn");
    assert_eq!(first, again);
    let tagged = [params.as_slice(), &TAGS].concat();
    let code = client.error(ELB, "CreateLoadBalancer", &tagged).await;
    assert_eq!(code, "DuplicateLoadBalancerName");
    params.push(("Subnets.member.2", &other));
    let code = client.error(ELB, "CreateLoadBalancer", &params).await;
    assert_eq!(code, "DuplicateLoadBalancerName");

    let mut params = [
        ("Name", "web"),
        ("Protocol", "TCP"),
        ("VpcId", network.vpc.as_str()),
        ("Port", "80"),
    ];
    let first = client
        .elb("CreateTargetGroup", &params)
        .await
        .text("TargetGroupArn");
    let again = client
        .elb("CreateTargetGroup", &params)
        .await
        .text("TargetGroupArn");
    assert_eq!(first, again);
    let tagged = [params.as_slice(), &TAGS].concat();
    let code = client.error(ELB, "CreateTargetGroup", &tagged).await;
    assert_eq!(code, "DuplicateTargetGroupName");
    let named = [("ResourceArns.member.1", first.as_str()), TAGS[0], TAGS[1]];
    client.elb("AddTags", &named).await;
    let again = client.elb("CreateTargetGroup", &tagged).await;
    assert_eq!(again.text("TargetGroupArn"), first);
    params[3] = ("Port", "81");
    let code = client.error(ELB, "CreateTargetGroup", &params).await;
    assert_eq!(code, "DuplicateTargetGroupName");
}
