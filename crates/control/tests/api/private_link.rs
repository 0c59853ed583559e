//! Where AWS's ways with endpoints and services are easily mistaken.

use crate::link::Link;
use crate::world::{EC2, Network, endpoint_params};

#[tokio::test]
async fn what_is_missing_has_one_code_as_a_subject_and_another_as_one_of_many() {
    let link = Link::new().await;
    let (endpoint, service) = ("vpce-00000000000000000", "vpce-svc-00000000000000000");
    for (action, param, id, code) in [
        (
            "DescribeVpcEndpoints",
            "VpcEndpointId.1",
            endpoint,
            "InvalidVpcEndpointId.NotFound",
        ),
        (
            "ModifyVpcEndpoint",
            "VpcEndpointId",
            endpoint,
            "InvalidVpcEndpointId.NotFound",
        ),
        (
            "DescribeVpcEndpointServiceConfigurations",
            "ServiceId.1",
            service,
            "InvalidVpcEndpointServiceId.NotFound",
        ),
        (
            "StartVpcEndpointServicePrivateDnsVerification",
            "ServiceId",
            service,
            "InvalidVpcEndpointServiceId.NotFound",
        ),
    ] {
        assert_eq!(link.provider.error(EC2, action, &[(param, id)]).await, code);
    }
    for (action, param, id, code, message) in [
        (
            "DeleteVpcEndpoints",
            "VpcEndpointId.1",
            endpoint,
            "InvalidVpcEndpoint.NotFound",
            format!("The Vpc Endpoint Id '{endpoint}' does not exist"),
        ),
        (
            "DeleteVpcEndpointServiceConfigurations",
            "ServiceId.1",
            service,
            "InvalidVpcEndpointService.NotFound",
            format!("The VpcEndpointService Id '{service}' does not exist"),
        ),
    ] {
        let answer = link.provider.ec2(action, &[(param, id)]).await;
        assert_eq!(answer.texts("code"), [code]);
        assert_eq!(answer.texts("message"), [message]);
        assert_eq!(answer.texts("resourceId"), [id]);
    }
}

#[tokio::test]
async fn states_of_endpoints_begin_in_lower_case_and_those_of_services_in_upper_case() {
    let link = Link::new().await;
    let endpoint = link.endpoint().await;
    assert_eq!(link.state_of(&endpoint).await, "pendingAcceptance");
    assert_eq!(link.connections().await, ["pendingAcceptance"]);
    let shown = link
        .provider
        .ec2("DescribeVpcEndpointServiceConfigurations", &[])
        .await;
    assert_eq!(shown.texts("serviceState"), ["Pending", "Available"]);
}

#[tokio::test]
async fn lists_are_named_as_aws_names_them_also_where_it_breaks_its_own_rule() {
    let link = Link::new().await;
    let of_service = [("ServiceId", link.service.id.as_str())];
    for (action, params, list) in [
        (
            "DescribeVpcEndpointServiceConfigurations",
            &[][..],
            "<serviceType><item><serviceType>Interface</serviceType></item></serviceType>",
        ),
        (
            "DescribeVpcEndpointServicePermissions",
            &of_service,
            "<allowedPrincipals><item>",
        ),
        ("DescribeSecurityGroups", &[], "<securityGroupInfo><item>"),
        (
            "DescribeAvailabilityZones",
            &[],
            "<availabilityZoneInfo><item>",
        ),
    ] {
        let answer = link.provider.ec2(action, params).await;
        assert!(answer.body.contains(list), "{action}: {}", answer.body);
    }
}

#[tokio::test]
async fn principals_are_added_by_a_plural_name_and_one_is_never_there_twice() {
    let link = Link::new().await;
    let root = "arn:aws:iam::123456789012:root";
    let params = |name| [("ServiceId", link.service.id.as_str()), (name, root)];
    let action = "ModifyVpcEndpointServicePermissions";
    let singular = params("AddAllowedPrincipal.1");
    let code = link.provider.error(EC2, action, &singular).await;
    assert_eq!(code, "UnknownParameter");
    let plural = params("AddAllowedPrincipals.1");
    let first = link.provider.ec2(action, &plural).await;
    let again = link.provider.ec2(action, &plural).await;
    let id = first.text("servicePermissionId");
    assert_eq!(again.text("servicePermissionId"), id);
    let shown = link
        .provider
        .ec2("DescribeVpcEndpointServicePermissions", &params("x")[..1])
        .await;
    let ids = shown.texts("servicePermissionId");
    assert_eq!(ids.iter().filter(|known| **known == id).count(), 1);
    let gone = params("RemoveAllowedPrincipals.1");
    link.provider.ec2(action, &gone).await;
}

#[tokio::test]
async fn an_endpoint_without_a_type_is_a_gateway_and_those_take_no_subnets() {
    let link = Link::new().await;
    let params = endpoint_params(&link.network, &link.service);
    let untyped = &params[1..];
    let refused = link.consumer.ask(EC2, "CreateVpcEndpoint", untyped).await;
    assert_eq!(refused.text("Code"), "InvalidParameter");
    assert_eq!(
        refused.text("Message"),
        "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints."
    );
}

#[tokio::test]
async fn private_names_for_questions_from_outside_alone_need_a_gateway_endpoint() {
    let link = Link::new().await;
    let wanted = (
        "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint",
        "true",
    );
    let mut params = endpoint_params(&link.network, &link.service);
    params.push(wanted);
    let endpoint = link.endpoint().await;
    let change = [("VpcEndpointId", endpoint.as_str()), wanted];
    for (action, params) in [
        ("CreateVpcEndpoint", &params[..]),
        ("ModifyVpcEndpoint", &change),
    ] {
        let refused = link.consumer.ask(EC2, action, params).await;
        assert_eq!(refused.text("Code"), "InvalidParameter");
        assert_eq!(
            refused.text("Message"),
            format!(
                "To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC {} must have a Gateway endpoint for the service.",
                link.network.vpc
            )
        );
    }
}

#[tokio::test]
async fn acceptance_is_required_unless_the_provider_says_otherwise() {
    let link = Link::new().await;
    assert_eq!(
        link.state_of(&link.endpoint().await).await,
        "pendingAcceptance"
    );
    let params = [
        ("ServiceId", link.service.id.as_str()),
        ("AcceptanceRequired", "false"),
    ];
    link.provider
        .ec2("ModifyVpcEndpointServiceConfiguration", &params)
        .await;
    assert_eq!(link.state_of(&link.endpoint().await).await, "pending");
}

#[tokio::test]
async fn a_client_that_tries_again_and_again_makes_one_endpoint() {
    let link = Link::new().await;
    let mut params = endpoint_params(&link.network, &link.service);
    params.push(("ClientToken", "terraform-0001"));
    let first = link.consumer.ec2("CreateVpcEndpoint", &params).await;
    for _ in 0..25 {
        let again = link.consumer.ec2("CreateVpcEndpoint", &params).await;
        assert_eq!(again.text("vpcEndpointId"), first.text("vpcEndpointId"));
        assert_eq!(again.text("clientToken"), "terraform-0001");
    }
    assert_eq!(link.connections().await.len(), 1);
}

#[tokio::test]
async fn a_load_balancer_stays_with_its_service_while_endpoints_are_connected() {
    let link = Link::new().await;
    let second = [
        ("Name", "second"),
        ("Type", "network"),
        ("Scheme", "internal"),
        ("Subnets.member.1", link.provider_network.subnet.as_str()),
    ];
    let made = link.provider.elb("CreateLoadBalancer", &second).await;
    let arn = made.text("LoadBalancerArn");
    let modify = "ModifyVpcEndpointServiceConfiguration";
    let service = ("ServiceId", link.service.id.as_str());
    let endpoint = link.endpoint_in("available").await;
    // One more is welcome at any time.
    let add = [service, ("AddNetworkLoadBalancerArn.1", arn.as_str())];
    link.provider.ec2(modify, &add).await;
    let remove = [service, ("RemoveNetworkLoadBalancerArn.1", arn.as_str())];
    let code = link.provider.error(EC2, modify, &remove).await;
    assert_eq!(code, "ExistingVpcEndpointConnections");
    link.reject(&endpoint).await;
    link.provider.ec2(modify, &remove).await;
    let last = link.service.load_balancer.as_str();
    let remove = [service, ("RemoveNetworkLoadBalancerArn.1", last)];
    let code = link.provider.error(EC2, modify, &remove).await;
    assert_eq!(code, "InvalidParameter", "one must stay");
}

#[tokio::test]
async fn a_zone_that_a_load_balancer_gains_is_served_after_the_next_modification() {
    let link = Link::new().await;
    let zones = async || {
        let params = [("ServiceName.1", link.service.name.as_str())];
        let shown = link
            .consumer
            .ec2("DescribeVpcEndpointServices", &params)
            .await;
        shown.body.matches("<item>us-east-1").count()
    };
    let (vpc, first) = (&link.provider_network.vpc, &link.provider_network.subnet);
    let second = Network::subnet_in(&link.provider, vpc, "10.0.2.0/24", "us-east-1b").await;
    let subnets = [
        ("LoadBalancerArn", link.service.load_balancer.as_str()),
        ("Subnets.member.1", first.as_str()),
        ("Subnets.member.2", second.as_str()),
    ];
    link.provider.elb("SetSubnets", &subnets).await;
    assert_eq!(zones().await, 1);
    let there = Network::subnet_in(
        &link.consumer,
        &link.network.vpc,
        "10.0.2.0/24",
        "us-east-1b",
    )
    .await;
    let mut params = endpoint_params(&link.network, &link.service);
    params[3] = ("SubnetId.1", there.as_str());
    let refused = link.consumer.ask(EC2, "CreateVpcEndpoint", &params).await;
    assert_eq!(refused.text("Code"), "InvalidParameter");
    assert_eq!(
        refused.text("Message"),
        format!(
            "The VPC endpoint service {} does not support the availability zone of the subnet: {there}.",
            link.service.name
        )
    );
    // The id alone is enough.
    let service = [("ServiceId", link.service.id.as_str())];
    link.provider
        .ec2("ModifyVpcEndpointServiceConfiguration", &service)
        .await;
    assert_eq!(zones().await, 2);
    link.consumer.ec2("CreateVpcEndpoint", &params).await;
}

#[tokio::test]
async fn what_services_do_not_offer_is_refused_by_name() {
    let link = Link::new().await;
    let gateway =
        "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/gwy/x/0123456789abcdef";
    let service = ("ServiceId", link.service.id.as_str());
    let balancer = (
        "NetworkLoadBalancerArn.1",
        link.service.load_balancer.as_str(),
    );
    let create = "CreateVpcEndpointServiceConfiguration";
    let modify = "ModifyVpcEndpointServiceConfiguration";
    for (action, first, param, value) in [
        (create, balancer, "GatewayLoadBalancerArn.1", gateway),
        (create, balancer, "SupportedIpAddressType.1", "ipv6"),
        (create, balancer, "SupportedRegion.1", "eu-west-1"),
        (modify, service, "AddGatewayLoadBalancerArn.1", gateway),
        (modify, service, "RemoveGatewayLoadBalancerArn.1", gateway),
        (modify, service, "AddSupportedIpAddressType.1", "ipv6"),
        (modify, service, "AddSupportedRegion.1", "eu-west-1"),
        (modify, service, "RemoveSupportedRegion.1", "us-east-1"),
    ] {
        let params = [first, (param, value)];
        let refused = link.provider.ask(EC2, action, &params).await;
        assert_eq!(refused.text("Code"), "UnsupportedOperation", "{param}");
        let name = param.trim_end_matches(".1");
        assert!(refused.text("Message").contains(name), "{}", refused.body);
    }
    let harmless = [
        service,
        ("AddSupportedIpAddressType.1", "ipv4"),
        ("AddSupportedRegion.1", "us-east-1"),
    ];
    link.provider.ec2(modify, &harmless).await;
}

#[tokio::test]
async fn a_subnet_comes_with_the_address_that_was_wished_for_and_comes_back_with_another_interface()
{
    let link = Link::new().await;
    let endpoint = link.endpoint_in("available").await;
    let change = async |params: &[(&str, &str)]| {
        let id = [("VpcEndpointId", endpoint.as_str())];
        let params = [&id[..], params].concat();
        link.consumer.ask(EC2, "ModifyVpcEndpoint", &params).await
    };
    let shown = async || {
        let params = [
            ("Filter.1.Name", "interface-type"),
            ("Filter.1.Value.1", "vpc_endpoint"),
        ];
        let found = link
            .consumer
            .ec2("DescribeNetworkInterfaces", &params)
            .await;
        (
            found.texts("networkInterfaceId"),
            found.texts("privateIpAddress"),
        )
    };
    let subnet = link.network.subnet.as_str();
    let (before, _) = shown().await;
    assert_eq!(change(&[("RemoveSubnetId.1", subnet)]).await.status, 200);
    assert_eq!(link.state_of(&endpoint).await, "pending");
    link.applied(&endpoint).await;
    assert_eq!(link.state_of(&endpoint).await, "available");
    assert!(shown().await.0.is_empty());

    let wish = [
        ("AddSubnetId.1", subnet),
        ("SubnetConfiguration.1.SubnetId", subnet),
        ("SubnetConfiguration.1.Ipv4", "10.0.1.77"),
    ];
    assert_eq!(change(&wish).await.status, 200);
    let (after, addresses) = shown().await;
    assert!(addresses.contains(&"10.0.1.77".to_owned()), "{addresses:?}");
    assert_ne!(before, after);
    let again = change(&wish).await;
    assert_eq!(again.text("Code"), "DuplicateSubnetsInSameZone");
    assert_eq!(
        again.text("Message"),
        format!(
            "Found another VPC endpoint subnet in the availability zone of {subnet}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service."
        )
    );
}

#[tokio::test]
async fn changes_of_what_an_endpoint_has_not_are_refused_one_by_one() {
    let link = Link::new().await;
    let endpoint = link.endpoint_in("available").await;
    let change = async |param: (&str, &str)| {
        let params = [("VpcEndpointId", endpoint.as_str()), param];
        link.consumer.ask(EC2, "ModifyVpcEndpoint", &params).await
    };
    for (param, code) in [
        (("IpAddressType", "ipv6"), "UnsupportedOperation"),
        (
            ("AddRouteTableId.1", "rtb-00000000000000000"),
            "InvalidParameter",
        ),
        (
            ("RemoveSubnetId.1", "subnet-00000000000000000"),
            "InvalidParameter",
        ),
        (
            ("RemoveSecurityGroupId.1", "sg-00000000000000000"),
            "InvalidParameter",
        ),
        (
            ("AddSecurityGroupId.1", "sg-00000000000000000"),
            "InvalidGroup.NotFound",
        ),
        (
            ("AddSubnetId.1", "subnet-00000000000000000"),
            "InvalidSubnetID.NotFound",
        ),
    ] {
        assert_eq!(change(param).await.text("Code"), code, "{param:?}");
    }
    assert_eq!(change(("IpAddressType", "ipv4")).await.status, 200);
}

#[tokio::test]
async fn a_policy_that_was_taken_away_is_the_one_that_allows_everything() {
    let link = Link::new().await;
    let endpoint = link.endpoint_in("available").await;
    let policy = async || {
        let params = [("VpcEndpointId.1", endpoint.as_str())];
        let shown = link.consumer.ec2("DescribeVpcEndpoints", &params).await;
        shown.text("policyDocument")
    };
    let first = policy().await;
    let deny = r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#;
    for (param, value) in [("PolicyDocument", deny), ("ResetPolicy", "true")] {
        let params = [("VpcEndpointId", endpoint.as_str()), (param, value)];
        link.consumer.ec2("ModifyVpcEndpoint", &params).await;
        assert_eq!(policy().await == first, param == "ResetPolicy");
    }
    assert!(first.contains("Allow") && !first.contains("Version"));
}
