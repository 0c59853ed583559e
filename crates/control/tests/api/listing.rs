//! Pages and filters.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::world::{Client, EC2, ELB, Network, Service, World, endpoint_params};

/// Lists page by page and returns how long each page was, and everything together.
async fn pages(
    client: &Client,
    action: &str,
    params: &[(&str, &str)],
    element: &str,
) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut all, mut token) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let mut params = params.to_vec();
        if let Some(token) = &token {
            params.push(("NextToken", token));
        }
        let answer = client.ec2(action, &params).await;
        let page = answer.texts(element);
        sizes.push(page.len());
        all.extend(page);
        match answer.texts("nextToken").pop() {
            Some(next) => token = Some(next),
            None => return (sizes, all),
        }
    }
}

#[tokio::test]
async fn a_page_token_outlives_a_restart_and_is_good_for_its_own_listing_alone() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    for number in 2..8 {
        let cidr = format!("10.0.{number}.0/24");
        Network::subnet_in(&client, &network.vpc, &cidr, "us-east-1a").await;
    }
    world.tenant("stranger").await;
    let five = [("MaxResults", "5")];
    let token = client.ec2("DescribeSubnets", &five).await.text("nextToken");

    let world = world.restart().await;
    let client = world.client();
    let next = [five[0], ("NextToken", token.as_str())];
    let rest = client.ec2("DescribeSubnets", &next).await;
    assert_eq!(rest.texts("subnetId").len(), 2);
    let filter = [
        ("Filter.1.Name", "state"),
        ("Filter.1.Value.1", "available"),
    ];
    let stranger = world.client_of("stranger");
    let filtered = [&next[..], &filter].concat();
    let mut forged = token.clone();
    forged.replace_range(..8, "AAAAAAAA");
    let forged = [five[0], ("NextToken", forged.as_str())];
    for (client, action, params) in [
        (&client, "DescribeVpcs", &next[..]),
        (&client, "DescribeSubnets", &filtered),
        (&client, "DescribeSubnets", &forged),
        (&stranger, "DescribeSubnets", &next),
    ] {
        let code = client.error(EC2, action, params).await;
        assert_eq!(code, "InvalidNextToken", "{action} {params:?}");
    }
}

#[tokio::test]
async fn permissions_say_what_kind_of_principal_they_are_for() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let kinds = [
        ("All", "*"),
        ("Account", "arn:aws:iam::123456789012:root"),
        ("User", "arn:aws:iam::123456789012:user/alice"),
        ("Role", "arn:aws:iam::123456789012:role/deploy"),
        ("Service", "monitoring.amazonaws.com"),
    ];
    for (kind, principal) in kinds {
        service.permit(&client, principal).await;
        let params = [
            ("ServiceId", service.id.as_str()),
            ("Filter.1.Name", "principal-type"),
            ("Filter.1.Value.1", kind),
        ];
        let action = "DescribeVpcEndpointServicePermissions";
        let found = client.ec2(action, &params).await;
        assert_eq!(found.texts("principal"), [principal]);
        assert_eq!(found.texts("principalType"), [kind]);
    }
    for principal in [
        "123456789012",
        "arn:aws-cn:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/team/deploy",
    ] {
        let params = [
            ("ServiceId", service.id.as_str()),
            ("AddAllowedPrincipals.1", principal),
        ];
        let action = "ModifyVpcEndpointServicePermissions";
        assert_eq!(client.error(EC2, action, &params).await, "InvalidPrincipal");
    }
}

#[tokio::test]
async fn load_balancers_show_the_addresses_that_were_chosen_for_them() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let other = Network::subnet_in(&client, &network.vpc, "10.0.2.0/24", "us-east-1b").await;
    let params = [
        ("Name", "web"),
        ("Type", "network"),
        ("Scheme", "internal"),
        ("SubnetMappings.member.1.SubnetId", network.subnet.as_str()),
        ("SubnetMappings.member.1.PrivateIPv4Address", "10.0.1.77"),
        ("SubnetMappings.member.2.SubnetId", &other),
    ];
    let made = client.elb("CreateLoadBalancer", &params).await;
    let world = world.restart().await;
    let listed = world.client().elb("DescribeLoadBalancers", &[]).await;
    for answer in [made, listed] {
        let chosen = answer.texts("PrivateIPv4Address");
        assert_eq!(chosen, ["10.0.1.77"], "{}", answer.body);
        assert!(answer.body.contains("<LoadBalancerAddresses/>"));
    }
}

#[tokio::test]
async fn pages_together_are_the_whole_and_each_has_what_was_asked_for() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    for number in 0..12 {
        let name = format!("group-{number:02}");
        let params = [
            ("VpcId", network.vpc.as_str()),
            ("GroupName", &name),
            ("GroupDescription", "d"),
        ];
        client.ec2("CreateSecurityGroup", &params).await;
    }
    let whole = client
        .ec2("DescribeSecurityGroups", &[])
        .await
        .texts("groupName");
    let (sizes, all) = pages(
        &client,
        "DescribeSecurityGroups",
        &[("MaxResults", "5")],
        "groupName",
    )
    .await;
    assert_eq!(sizes, [5, 5, 3]);
    assert_eq!(all, whole);
    // With a filter that an index answers, with one that it does not, and with both.
    let by_vpc = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", network.vpc.as_str()),
    ];
    let by_name = [
        ("Filter.2.Name", "group-name"),
        ("Filter.2.Value.1", "group-*"),
    ];
    for (filters, count) in [
        (by_vpc.to_vec(), 13),
        (by_name.to_vec(), 12),
        ([by_vpc, by_name].concat(), 12),
    ] {
        let params = [&filters[..], &[("MaxResults", "5")]].concat();
        let (sizes, all) = pages(&client, "DescribeSecurityGroups", &params, "groupName").await;
        assert!(
            sizes[..sizes.len() - 1].iter().all(|size| *size == 5),
            "{sizes:?}"
        );
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), count);
    }
    // A page as long as what is left is the last.
    let (sizes, _) = pages(
        &client,
        "DescribeSecurityGroups",
        &[("MaxResults", "13")],
        "groupName",
    )
    .await;
    assert_eq!(sizes, [13]);
}

#[tokio::test]
async fn a_page_goes_on_where_it_stood_whatever_happens_in_between() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let params = endpoint_params(&network, &service);
    for _ in 0..12 {
        client.ec2("CreateVpcEndpoint", &params).await;
    }
    let first = client
        .ec2("DescribeVpcEndpoints", &[("MaxResults", "5")])
        .await;
    let last = first.texts("vpcEndpointId").pop().unwrap();
    client
        .ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", last.as_str())])
        .await;
    let endpoint = last.parse().unwrap();
    world
        .control
        .report(model::command::EndpointRemoved { endpoint })
        .await
        .unwrap();
    world.clock.advance(Duration::from_secs(60));
    world.report(model::command::Housekeep::default()).await;
    let token = first.text("nextToken");
    let rest = client
        .ec2("DescribeVpcEndpoints", &[("NextToken", token.as_str())])
        .await;
    assert_eq!(rest.texts("vpcEndpointId").len(), 7);
    // The provider's view of them has pages as well.
    let (sizes, _) = pages(
        &client,
        "DescribeVpcEndpointConnections",
        &[("MaxResults", "5")],
        "vpcEndpointId",
    )
    .await;
    assert_eq!(sizes, [5, 5, 1]);
}

#[tokio::test]
async fn a_token_is_good_for_its_own_list_alone() {
    let world = World::start().await;
    let client = world.client();
    for cidr in ["10.0.0.0/16", "10.1.0.0/16"] {
        client.ec2("CreateVpc", &[("CidrBlock", cidr)]).await;
    }
    let network = Network::new(&client).await;
    for number in 0..6 {
        let cidr = format!("10.0.{}.0/24", number + 10);
        Network::subnet_in(&client, &network.vpc, &cidr, "us-east-1b").await;
    }
    let token = client
        .ec2("DescribeSubnets", &[("MaxResults", "5")])
        .await
        .text("nextToken");
    let stranger = world.tenant("stranger").await;
    let with = |token: &str| vec![("NextToken".to_owned(), token.to_owned())];
    let filter = [
        ("Filter.1.Name", "state"),
        ("Filter.1.Value.1", "available"),
    ];
    let forged = token.replace(char::is_alphanumeric, "A");
    for (who, action, params) in [
        (&stranger, "DescribeSubnets", with(&token)),
        (&client, "DescribeVpcs", with(&token)),
        (&client, "DescribeSubnets", with(&forged)),
        (&client, "DescribeSubnets", with("")),
    ] {
        let params: Vec<(&str, &str)> = params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        if params[0].1.is_empty() {
            // An empty token is none.
            who.ec2(action, &params).await;
        } else {
            assert_eq!(
                who.error(EC2, action, &params).await,
                "InvalidNextToken",
                "{action}"
            );
        }
    }
    let filtered = [&filter[..], &[("NextToken", token.as_str())]].concat();
    assert_eq!(
        client.error(EC2, "DescribeSubnets", &filtered).await,
        "InvalidNextToken"
    );
    client
        .ec2("DescribeSubnets", &[("NextToken", token.as_str())])
        .await;
}

/// A filter's name and values.
type Filter<'a> = (&'a str, Vec<&'a str>);

#[tokio::test]
async fn filters_must_all_match_and_each_by_one_value() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let second = Network::subnet_in(&client, &network.vpc, "10.0.2.0/24", "us-east-1b").await;
    let tag = [
        ("ResourceId.1", second.as_str()),
        ("Tag.1.Key", "tier"),
        ("Tag.1.Value", "db"),
    ];
    client.ec2("CreateTags", &tag).await;
    let first = network.subnet.as_str();
    let both = [first, second.as_str()];
    // filters (name, values), what is found
    let cases: Vec<(Vec<Filter<'_>>, Vec<&str>)> = vec![
        (vec![("availability-zone", vec!["us-east-1a"])], vec![first]),
        (
            vec![("availability-zone", vec!["us-east-1a", "us-east-1b"])],
            both.to_vec(),
        ),
        (
            vec![("availability-zone", vec!["us-east-1?"])],
            both.to_vec(),
        ),
        (
            vec![
                ("vpc-id", vec![&network.vpc]),
                ("cidr-block", vec!["10.0.2.*"]),
            ],
            vec![&second],
        ),
        (vec![("vpc-id", vec!["vpc-00000000000000000"])], vec![]),
        (vec![("vpc-id", vec!["nonsense"])], vec![]),
        (vec![("state", vec!["AVAILABLE"])], both.to_vec()),
        (vec![("tag:tier", vec!["db"])], vec![&second]),
        (vec![("tag-key", vec!["tier"])], vec![&second]),
        (vec![("tag:tier", vec!["web"])], vec![]),
        (vec![("default-for-az", vec!["true"])], vec![]),
    ];
    for (filters, found) in cases {
        let mut params = Vec::new();
        for (number, (name, values)) in filters.iter().enumerate() {
            params.push((format!("Filter.{}.Name", number + 1), (*name).to_owned()));
            for (index, value) in values.iter().enumerate() {
                let param = format!("Filter.{}.Value.{}", number + 1, index + 1);
                params.push((param, (*value).to_owned()));
            }
        }
        let params: Vec<(&str, &str)> = params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let listed = client
            .ec2("DescribeSubnets", &params)
            .await
            .texts("subnetId");
        let expected: BTreeSet<&str> = found.into_iter().collect();
        assert_eq!(
            listed.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            expected,
            "{filters:?}"
        );
    }
    let unknown = [("Filter.1.Name", "nonsense"), ("Filter.1.Value.1", "x")];
    assert_eq!(
        client.error(EC2, "DescribeSubnets", &unknown).await,
        "InvalidParameterValue"
    );
}

#[tokio::test]
async fn elb_lists_have_markers() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    for number in 0..3 {
        let name = format!("web-{number}");
        let params = [
            ("Name", name.as_str()),
            ("Protocol", "TCP"),
            ("Port", "80"),
            ("VpcId", network.vpc.as_str()),
        ];
        client.elb("CreateTargetGroup", &params).await;
    }
    let first = client
        .elb("DescribeTargetGroups", &[("PageSize", "2")])
        .await;
    assert_eq!(first.texts("TargetGroupName").len(), 2);
    let marker = first.text("NextMarker");
    let rest = client
        .elb("DescribeTargetGroups", &[("Marker", marker.as_str())])
        .await;
    assert_eq!(rest.texts("TargetGroupName").len(), 1);
    assert!(rest.texts("NextMarker").is_empty());
    let code = client
        .error(ELB, "DescribeLoadBalancers", &[("Marker", marker.as_str())])
        .await;
    assert_eq!(code, "ValidationError");
}

/// An action, a filter that an index answers, the element that holds its values, and the one that names results.
const INDEXED: &str = "
DescribeSubnets                vpc-id                  vpcId                   subnetId
DescribeRouteTables            vpc-id                  vpcId                   routeTableId
DescribeRouteTables            association.subnet-id   subnetId                routeTableId
DescribeRouteTables            association.route-table-association-id routeTableAssociationId routeTableId
DescribeNetworkAcls            vpc-id                  vpcId                   networkAclId
DescribeSecurityGroups         vpc-id                  vpcId                   groupId
DescribeSecurityGroupRules     group-id                groupId                 securityGroupRuleId
DescribeSecurityGroupRules     security-group-rule-id  securityGroupRuleId     securityGroupRuleId
DescribeNetworkInterfaces      network-interface-id    networkInterfaceId      networkInterfaceId
DescribeNetworkInterfaces      subnet-id               subnetId                networkInterfaceId
DescribeNetworkInterfaces      vpc-id                  vpcId                   networkInterfaceId
DescribeNetworkInterfaces      group-id                groupId                 networkInterfaceId
DescribeNetworkInterfaces      attachment.instance-id  instanceId              networkInterfaceId
DescribeInstances              instance-id             instanceId              instanceId
DescribeInstances              reservation-id          reservationId           instanceId
DescribeInstances              vpc-id                  vpcId                   instanceId
DescribeInstances              subnet-id               subnetId                instanceId
DescribeTags                   resource-id             resourceId              resourceId
DescribeVpcEndpoints           vpc-id                  vpcId                   vpcEndpointId
DescribeVpcEndpoints           vpc-endpoint-id         vpcEndpointId           vpcEndpointId
DescribeVpcEndpointConnections service-id              serviceId               vpcEndpointId
DescribeVpcEndpointConnections vpc-endpoint-id         vpcEndpointId           vpcEndpointId
DescribeVpcEndpointServices    service-name            serviceName             serviceId
";

#[tokio::test]
async fn an_index_finds_what_looking_at_everything_finds() {
    let world = World::start().await;
    let client = world.client();
    crate::documents::everything(&world, &client).await;
    let other = Network::new(&client).await;
    let table = client
        .ec2("CreateRouteTable", &[("VpcId", &other.vpc)])
        .await
        .text("routeTableId");
    client
        .ec2(
            "AssociateRouteTable",
            &[("RouteTableId", &table), ("SubnetId", &other.subnet)],
        )
        .await;
    for line in INDEXED.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [action, filter, holds, names] = words[..] else {
            panic!("four words: {line}")
        };
        let list = async |value: &str| {
            let params = [("Filter.1.Name", filter), ("Filter.1.Value.1", value)];
            client.ec2(action, &params).await.texts(names)
        };
        let values: BTreeSet<String> = client
            .ec2(action, &[])
            .await
            .texts(holds)
            .into_iter()
            .collect();
        assert!(!values.is_empty(), "{line}");
        for value in &values {
            let indexed = list(value).await;
            // Nothing is longer than a whole value, but no index knows patterns.
            assert_eq!(indexed, list(&format!("{value}*")).await, "{line} {value}");
        }
    }
}
