//! Every quota refuses one more, with AWS's code.

use model::command::Configure;
use model::limits::Quotas;

use crate::notifications::told_topic;
use crate::world::{Client, EC2, Network, Service, World, endpoint_params};

impl World {
    /// Sets a quota as an operator does.
    async fn set_quota(&self, name: &str, count: u32) {
        let mut settings = self.control.snapshot().state.settings().clone();
        settings.quotas.set(name, count).unwrap();
        self.report(Configure { settings }).await;
    }
}

/// Quota, the count that is there already, the code for one more, and the request for it: an action with its parameters.
const QUOTAS: &str = "
vpcs 1 VpcLimitExceeded ec2 CreateVpc CidrBlock=10.1.0.0/16
subnets_per_vpc 1 SubnetLimitExceeded ec2 CreateSubnet VpcId=VPC CidrBlock=10.0.2.0/24
route_tables_per_vpc 1 RouteTableLimitExceeded ec2 CreateRouteTable VpcId=VPC
security_groups 2 SecurityGroupLimitExceeded ec2 CreateSecurityGroup VpcId=VPC GroupName=x GroupDescription=x
rules_per_security_group 1 RulesPerSecurityGroupLimitExceeded ec2 AuthorizeSecurityGroupIngress GroupId=GROUP \
    IpPermissions.1.IpProtocol=-1 IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/16
security_groups_per_interface 1 SecurityGroupsPerInterfaceLimitExceeded ec2 CreateNetworkInterface SubnetId=SUBNET \
    SecurityGroupId.1=GROUP SecurityGroupId.2=SECOND
network_interfaces 3 NetworkInterfaceLimitExceeded ec2 CreateNetworkInterface SubnetId=SUBNET
instances 1 InstanceLimitExceeded ec2 RunInstances SubnetId=SUBNET ImageId=ami-1 MinCount=1 MaxCount=1
load_balancers 1 TooManyLoadBalancers elasticloadbalancing CreateLoadBalancer Name=x Type=network Scheme=internal \
    Subnets.member.1=SUBNET
listeners_per_load_balancer 1 TooManyListeners elasticloadbalancing CreateListener LoadBalancerArn=BALANCER Protocol=TCP \
    Port=81 DefaultActions.member.1.Type=forward DefaultActions.member.1.TargetGroupArn=TARGETS
target_groups 1 TooManyTargetGroups elasticloadbalancing CreateTargetGroup VpcId=VPC Name=x Protocol=TCP Port=80
targets_per_target_group 1 TooManyTargets elasticloadbalancing RegisterTargets TargetGroupArn=TARGETS \
    Targets.member.1.Id=10.0.1.98
endpoint_services 1 VpcEndpointServiceLimitExceeded ec2 CreateVpcEndpointServiceConfiguration \
    NetworkLoadBalancerArn.1=BALANCER
principals_per_service 1 LimitExceeded ec2 ModifyVpcEndpointServicePermissions ServiceId=SERVICE \
    AddAllowedPrincipals.1=arn:aws:iam::123456789012:root
interface_endpoints_per_vpc 1 VpcEndpointLimitExceeded ec2 CreateVpcEndpoint VpcEndpointType=Interface VpcId=VPC \
    ServiceName=NAMED SubnetId.1=SUBNET
topics 1 TopicLimitExceeded sns CreateTopic Name=another
subscriptions_per_topic 1 SubscriptionLimitExceeded sns Subscribe TopicArn=TOPIC Protocol=http Endpoint=http://192.0.2.2/
undelivered_per_topic 1 Throttled sns Subscribe TopicArn=TOPIC Protocol=http Endpoint=http://192.0.2.1/
connection_notifications 1 LimitExceeded ec2 CreateVpcEndpointConnectionNotification ServiceId=SERVICE \
    ConnectionNotificationArn=TOPIC ConnectionEvents.1=Accept
";

/// Ids of what is there: one of each, and a second group.
struct Present {
    network: Network,
    service: Service,
    group: String,
    second_group: String,
    topic: String,
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
        let topic = told_topic(client, "alerts").await;
        let subscribe = [
            ("TopicArn", topic.as_str()),
            ("Protocol", "http"),
            ("Endpoint", "http://192.0.2.1/"),
        ];
        client.sns("Subscribe", &subscribe).await;
        let notify = [
            ("ServiceId", service.id.as_str()),
            ("ConnectionNotificationArn", topic.as_str()),
            ("ConnectionEvents.1", "Accept"),
        ];
        let action = "CreateVpcEndpointConnectionNotification";
        client.ec2(action, &notify).await;
        Self {
            network,
            service,
            group: groups.text("groupId"),
            second_group,
            topic,
        }
    }

    /// A row with the ids of what is there.
    fn filled(&self, row: &str) -> String {
        let ids = [
            ("=VPC", &self.network.vpc),
            ("=SUBNET", &self.network.subnet),
            ("=GROUP", &self.group),
            ("=SECOND", &self.second_group),
            ("=BALANCER", &self.service.load_balancer),
            ("=TARGETS", &self.service.target_group),
            ("=SERVICE", &self.service.id),
            ("=NAMED", &self.service.name),
            ("=TOPIC", &self.topic),
        ];
        let fill = |row: String, (word, id): (&str, &String)| row.replace(word, &format!("={id}"));
        ids.into_iter().fold(row.to_owned(), fill)
    }
}

#[tokio::test]
async fn each_quota_is_the_operators_and_refuses_one_more() {
    let world = World::start().await;
    let client = world.client();
    let present = Present::new(&client).await;
    let mut tried = Vec::new();
    for row in QUOTAS.lines().filter(|row| !row.is_empty()) {
        let filled = present.filled(row);
        let words: Vec<&str> = filled.split_whitespace().collect();
        let [_, count, code, service, action, params @ ..] = &words[..] else {
            panic!("{row}")
        };
        let quota = row.split_whitespace().next().unwrap();
        let params: Vec<_> = params.iter().filter_map(|it| it.split_once('=')).collect();
        world.set_quota(quota, count.parse().unwrap()).await;
        let refused = client.error(service, action, &params).await;
        assert_eq!(refused, *code, "{quota}");
        world.set_quota(quota, u32::MAX).await;
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
