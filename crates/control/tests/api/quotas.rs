//! Every quota refuses one more, with AWS's code.

use model::command::Configure;
use model::limits::Quotas;

use crate::world::{Client, EC2, ELB, Network, Service, World, endpoint_params};

impl World {
    /// Sets a quota as an operator does.
    async fn set_quota(&self, name: &str, count: u32) {
        let mut settings = self.control.snapshot().state.settings().clone();
        settings.quotas.set(name, count).unwrap();
        self.report(Configure { settings }).await;
    }
}

/// Quota, the count that is there already, the service and its code for one more.
const QUOTAS: &str = "
vpcs                          1 ec2 VpcLimitExceeded
subnets_per_vpc               1 ec2 SubnetLimitExceeded
route_tables_per_vpc          1 ec2 RouteTableLimitExceeded
security_groups               2 ec2 SecurityGroupLimitExceeded
rules_per_security_group      1 ec2 RulesPerSecurityGroupLimitExceeded
security_groups_per_interface 1 ec2 SecurityGroupsPerInterfaceLimitExceeded
network_interfaces            3 ec2 NetworkInterfaceLimitExceeded
instances                     1 ec2 InstanceLimitExceeded
load_balancers                1 elasticloadbalancing TooManyLoadBalancers
listeners_per_load_balancer   1 elasticloadbalancing TooManyListeners
target_groups                 1 elasticloadbalancing TooManyTargetGroups
targets_per_target_group      1 elasticloadbalancing TooManyTargets
endpoint_services             1 ec2 VpcEndpointServiceLimitExceeded
principals_per_service        1 ec2 LimitExceeded
interface_endpoints_per_vpc   1 ec2 VpcEndpointLimitExceeded
";

/// Ids of what is there: one of each, and a second group.
struct Present {
    network: Network,
    service: Service,
    group: String,
    second_group: String,
}

impl Present {
    async fn new(client: &Client) -> Self {
        let network = Network::new(client).await;
        let service = Service::new(client, &network).await;
        let params = endpoint_params(&network, &service);
        client.ec2("CreateVpcEndpoint", &params).await;
        service.permit(client, "*").await;
        let subnet = ("SubnetId", network.subnet.as_str());
        let run = [
            ("ImageId", "ami-1"),
            ("MinCount", "1"),
            ("MaxCount", "1"),
            subnet,
        ];
        client.ec2("RunInstances", &run).await;
        let target = [
            ("TargetGroupArn", service.target_group.as_str()),
            ("Targets.member.1.Id", "10.0.1.99"),
        ];
        client.elb("RegisterTargets", &target).await;
        let groups = client.ec2("DescribeSecurityGroups", &[]).await;
        let second = [
            ("VpcId", network.vpc.as_str()),
            ("GroupName", "second"),
            ("GroupDescription", "second"),
        ];
        let second = client.ec2("CreateSecurityGroup", &second).await;
        let second_group = second.text("groupId");
        Self {
            network,
            service,
            group: groups.text("groupId"),
            second_group,
        }
    }

    /// A request for one more than a quota allows.
    async fn one_more(&self, client: &Client, quota: &str, service: &str) -> String {
        let vpc = ("VpcId", self.network.vpc.as_str());
        let subnet = ("SubnetId", self.network.subnet.as_str());
        let balancer = self.service.load_balancer.as_str();
        let group = self.service.target_group.as_str();
        let (action, params) = match quota {
            "vpcs" => ("CreateVpc", vec![("CidrBlock", "10.1.0.0/16")]),
            "subnets_per_vpc" => ("CreateSubnet", vec![vpc, ("CidrBlock", "10.0.2.0/24")]),
            "route_tables_per_vpc" => ("CreateRouteTable", vec![vpc]),
            "security_groups" => (
                "CreateSecurityGroup",
                vec![vpc, ("GroupName", "web"), ("GroupDescription", "web")],
            ),
            "rules_per_security_group" => (
                "AuthorizeSecurityGroupIngress",
                vec![
                    ("GroupId", self.group.as_str()),
                    ("IpPermissions.1.IpProtocol", "-1"),
                    ("IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/16"),
                ],
            ),
            "security_groups_per_interface" => (
                "CreateNetworkInterface",
                vec![
                    subnet,
                    ("SecurityGroupId.1", self.group.as_str()),
                    ("SecurityGroupId.2", self.second_group.as_str()),
                ],
            ),
            "network_interfaces" => ("CreateNetworkInterface", vec![subnet]),
            "instances" => (
                "RunInstances",
                vec![
                    ("ImageId", "ami-1"),
                    ("MinCount", "1"),
                    ("MaxCount", "1"),
                    subnet,
                ],
            ),
            "load_balancers" => (
                "CreateLoadBalancer",
                vec![
                    ("Name", "other"),
                    ("Type", "network"),
                    ("Scheme", "internal"),
                    ("Subnets.member.1", subnet.1),
                ],
            ),
            "listeners_per_load_balancer" => (
                "CreateListener",
                vec![
                    ("LoadBalancerArn", balancer),
                    ("Protocol", "TCP"),
                    ("Port", "81"),
                    ("DefaultActions.member.1.Type", "forward"),
                    ("DefaultActions.member.1.TargetGroupArn", group),
                ],
            ),
            "target_groups" => (
                "CreateTargetGroup",
                vec![("Name", "other"), ("Protocol", "TCP"), ("Port", "80"), vpc],
            ),
            "targets_per_target_group" => (
                "RegisterTargets",
                vec![
                    ("TargetGroupArn", group),
                    ("Targets.member.1.Id", "10.0.1.98"),
                ],
            ),
            "endpoint_services" => (
                "CreateVpcEndpointServiceConfiguration",
                vec![("NetworkLoadBalancerArn.1", balancer)],
            ),
            "principals_per_service" => (
                "ModifyVpcEndpointServicePermissions",
                vec![
                    ("ServiceId", self.service.id.as_str()),
                    ("AddAllowedPrincipals.1", "arn:aws:iam::123456789012:root"),
                ],
            ),
            "interface_endpoints_per_vpc" => (
                "CreateVpcEndpoint",
                endpoint_params(&self.network, &self.service),
            ),
            other => panic!("{other}"),
        };
        client.error(service, action, &params).await
    }
}

#[tokio::test]
async fn each_quota_is_the_operators_and_refuses_one_more() {
    let world = World::start().await;
    let client = world.client();
    let present = Present::new(&client).await;
    let mut tried = Vec::new();
    for row in QUOTAS.lines().filter(|row| !row.is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [quota, count, service, code] = words[..] else {
            panic!("{row}")
        };
        assert!([EC2, ELB].contains(&service));
        let default = Quotas::default();
        world.set_quota(quota, count.parse().unwrap()).await;
        let refused = present.one_more(&client, quota, service).await;
        assert_eq!(refused, code, "{quota}");
        let mut settings = world.control.snapshot().state.settings().clone();
        settings.quotas = default;
        world.report(Configure { settings }).await;
        tried.push(quota);
    }
    assert_eq!(tried, Quotas::NAMES, "each quota is tried");
}

#[tokio::test]
async fn a_vpc_has_fifty_interface_endpoints_unless_the_operator_says_otherwise() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let params = endpoint_params(&network, &service);
    for _ in 0..50 {
        client.ec2("CreateVpcEndpoint", &params).await;
    }
    let code = client.error(EC2, "CreateVpcEndpoint", &params).await;
    assert_eq!(code, "VpcEndpointLimitExceeded");
    world.set_quota("interface-endpoints-per-vpc", 51).await;
    client.ec2("CreateVpcEndpoint", &params).await;
}

#[tokio::test]
async fn a_policy_has_at_most_20480_characters_with_white_space() {
    let world = World::start().await;
    let client = world.client();
    let network = Network::new(&client).await;
    let service = Service::new(&client, &network).await;
    let document =
        r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    let sized = |chars: usize| format!("{document}{}", " ".repeat(chars - document.len()));
    let (largest, larger) = (sized(20_480), sized(20_481));
    let mut params = endpoint_params(&network, &service);
    params.push(("PolicyDocument", largest.as_str()));
    let made = client.ec2("CreateVpcEndpoint", &params).await;
    let endpoint = made.text("vpcEndpointId");
    params.pop();
    params.push(("PolicyDocument", larger.as_str()));
    let modify = [
        ("VpcEndpointId", endpoint.as_str()),
        ("PolicyDocument", larger.as_str()),
    ];
    for (action, params) in [
        ("CreateVpcEndpoint", &params[..]),
        ("ModifyVpcEndpoint", &modify),
    ] {
        assert_eq!(client.error(EC2, action, params).await, "InvalidParameter");
    }
}
