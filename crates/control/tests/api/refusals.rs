//! What is not offered is refused by name, and what is in the way is told.

use crate::world::{EC2, ELB, Network, Service, World, endpoint_params};

#[tokio::test]
async fn parameters_that_are_not_offered_are_refused() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let subnet = ("SubnetId", network.subnet.as_str());
    let vpc = vec![("CidrBlock", "10.1.0.0/16")];
    let run = vec![
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        subnet,
    ];
    let balancer = vec![
        ("Name", "web"),
        ("Subnets.member.1", network.subnet.as_str()),
    ];
    let group = ("VpcId", network.vpc.as_str());
    let group = vec![("Name", "web"), ("Protocol", "TCP"), ("Port", "80"), group];
    let cases = [
        (EC2, "CreateVpc", &vpc, ("InstanceTenancy", "dedicated")),
        (
            EC2,
            "CreateVpc",
            &vpc,
            ("AmazonProvidedIpv6CidrBlock", "true"),
        ),
        (
            EC2,
            "RunInstances",
            &run,
            ("IamInstanceProfile.Name", "role"),
        ),
        (
            EC2,
            "RunInstances",
            &run,
            ("Placement.Tenancy", "dedicated"),
        ),
        (EC2, "RunInstances", &run, ("Monitoring.Enabled", "true")),
        (
            ELB,
            "CreateLoadBalancer",
            &balancer,
            ("Type", "application"),
        ),
        (
            ELB,
            "CreateTargetGroup",
            &group,
            ("HealthCheckEnabled", "false"),
        ),
        (
            ELB,
            "CreateTargetGroup",
            &group,
            ("HealthCheckProtocol", "HTTPS"),
        ),
    ];
    let wrong = [&run[..], &[("CreditSpecification.CpuCredits", "plenty")]].concat();
    let code = client.error(EC2, "RunInstances", &wrong).await;
    assert_eq!(code, "InvalidParameterValue");
    for (service, action, params, refused) in cases {
        let params = [params, &vec![refused]].map(Vec::as_slice).concat();
        let code = client.error(service, action, &params).await;
        assert_eq!(code, "UnsupportedOperation", "{action} {refused:?}");
    }
}

#[tokio::test]
async fn parameters_that_ask_for_what_happens_anyway_are_accepted() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let params = [
        ("CidrBlock", "10.1.0.0/16"),
        ("InstanceTenancy", "default"),
        ("AmazonProvidedIpv6CidrBlock", "false"),
        ("Ipv6CidrBlock", ""),
    ];
    client.ec2("CreateVpc", &params).await;
    let params = [
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", network.subnet.as_str()),
        ("Monitoring.Enabled", "false"),
        ("CreditSpecification.CpuCredits", "unlimited"),
        ("EbsOptimized", "false"),
        ("Placement.AvailabilityZone", ""),
    ];
    client.ec2("RunInstances", &params).await;
}

#[tokio::test]
async fn endpoints_of_other_types_are_told_apart_from_services_that_do_not_exist() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let interface = endpoint_params(&network, &service);
    let of_type = |kind: Option<&'static str>| {
        let mut params: Vec<(&str, &str)> = interface
            .iter()
            .filter(|(name, _)| *name != "VpcEndpointType")
            .copied()
            .collect();
        params.extend(kind.map(|kind| ("VpcEndpointType", kind)));
        params
    };
    let cases = [
        (None, "InvalidParameter"),
        (Some("Gateway"), "InvalidParameter"),
        (Some("GatewayLoadBalancer"), "InvalidParameter"),
        (Some("Resource"), "UnsupportedOperation"),
        (Some("Tunnel"), "UnsupportedOperation"),
        (Some("Nonsense"), "InvalidVpcEndpointType"),
    ];
    for (kind, code) in cases {
        let got = client.error(EC2, "CreateVpcEndpoint", &of_type(kind)).await;
        assert_eq!(got, code, "{kind:?}");
    }
    let params = [
        ("VpcId", network.vpc.as_str()),
        ("ServiceName", "com.amazonaws.us-east-1.s3"),
    ];
    assert_eq!(
        client.error(EC2, "CreateVpcEndpoint", &params).await,
        "UnsupportedOperation"
    );
}

#[tokio::test]
async fn what_is_in_use_says_so() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let answer = client
        .ec2("CreateVpcEndpoint", &endpoint_params(&network, &service))
        .await;
    let endpoint = answer.text("vpcEndpointId");
    let subnet = [("SubnetId", network.subnet.as_str())];
    assert_eq!(
        client.error(EC2, "DeleteSubnet", &subnet).await,
        "DependencyViolation"
    );
    let balancer = [("LoadBalancerArn", service.load_balancer.as_str())];
    assert_eq!(
        client.error(ELB, "DeleteLoadBalancer", &balancer).await,
        "ResourceInUse"
    );
    let group = [("TargetGroupArn", service.target_group.as_str())];
    assert_eq!(
        client.error(ELB, "DeleteTargetGroup", &group).await,
        "ResourceInUse"
    );
    let id = [("ServiceId.1", service.id.as_str())];
    let answer = client
        .ec2("DeleteVpcEndpointServiceConfigurations", &id)
        .await;
    assert_eq!(answer.text("code"), "ExistingVpcEndpointConnections");
    assert_eq!(answer.text("resourceId"), service.id);

    let interface = client
        .ec2(
            "DescribeNetworkInterfaces",
            &[
                ("Filter.1.Name", "interface-type"),
                ("Filter.1.Value.1", "vpc_endpoint"),
            ],
        )
        .await
        .text("networkInterfaceId");
    let managed = [("NetworkInterfaceId", interface.as_str())];
    assert_eq!(
        client.error(EC2, "DeleteNetworkInterface", &managed).await,
        "AuthFailure"
    );

    client
        .ec2(
            "DeleteVpcEndpoints",
            &[("VpcEndpointId.1", endpoint.as_str())],
        )
        .await;
    let endpoint = endpoint.parse().unwrap();
    world
        .control
        .report(model::command::EndpointRemoved { endpoint })
        .await
        .unwrap();
    let answer = client
        .ec2("DeleteVpcEndpointServiceConfigurations", &id)
        .await;
    assert!(answer.texts("code").is_empty(), "{}", answer.body);
    client.elb("DeleteLoadBalancer", &balancer).await;
    client.elb("DeleteTargetGroup", &group).await;
    client.ec2("DeleteSubnet", &subnet).await;
    client
        .ec2("DeleteVpc", &[("VpcId", network.vpc.as_str())])
        .await;
}

#[tokio::test]
async fn there_are_no_transit_gateways_to_connect_by() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let params = endpoint_params(&network, &service);
    let made = client.ec2("CreateVpcEndpoint", &params).await;
    let endpoint = made.text("vpcEndpointId");
    let id = ("ServiceId", service.id.as_str());
    let principal = ("AddAllowedPrincipals.1", "*");
    let permit = "ModifyVpcEndpointServicePermissions";
    client
        .ec2(permit, &[id, principal, ("PermissionType", "vpc-endpoint")])
        .await;
    let other = [
        id,
        principal,
        ("PermissionType", "transit-gateway-attachment"),
    ];
    assert_eq!(
        client.error(EC2, permit, &other).await,
        "UnsupportedOperation"
    );
    let attached = [
        id,
        ("VpcEndpointId.1", endpoint.as_str()),
        (
            "TransitGatewayAttachmentId.1",
            "tgw-attach-0123456789abcdef0",
        ),
    ];
    for action in [
        "AcceptVpcEndpointConnections",
        "RejectVpcEndpointConnections",
    ] {
        let code = client.error(EC2, action, &attached).await;
        assert_eq!(code, "UnsupportedOperation", "{action}");
    }
    let filter = [
        ("Filter.1.Name", "transit-gateway-attachment-id"),
        ("Filter.1.Value.1", "*"),
    ];
    let action = "DescribeVpcEndpointConnections";
    assert_eq!(
        client.ec2(action, &[]).await.texts("vpcEndpointId"),
        [endpoint.as_str()]
    );
    assert!(
        client
            .ec2(action, &filter)
            .await
            .texts("vpcEndpointId")
            .is_empty()
    );
}
