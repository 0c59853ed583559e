//! Accounts see nothing of each other's.

use crate::world::{Client, EC2, ELB, Network, Service, World, endpoint_params};

/// One of everything that an account can have, by id.
struct Belongings {
    network: Network,
    service: Service,
    group: String,
    rule: String,
    interface: String,
    table: String,
    acl: String,
    endpoint: String,
    instance: String,
}

impl Belongings {
    async fn of(owner: &Client) -> Self {
        let network = Network::new(owner).await;
        let service = Service::new(owner, &network).await;
        let endpoint = owner
            .ec2("CreateVpcEndpoint", &endpoint_params(&network, &service))
            .await;
        let subnet = ("SubnetId", network.subnet.as_str());
        let run = [
            ("ImageId", "ami-1"),
            ("MinCount", "1"),
            ("MaxCount", "1"),
            subnet,
        ];
        let first = async |action, element| owner.ec2(action, &[]).await.text(element);
        Self {
            endpoint: endpoint.text("vpcEndpointId"),
            instance: owner.ec2("RunInstances", &run).await.text("instanceId"),
            group: first("DescribeSecurityGroups", "groupId").await,
            rule: first("DescribeSecurityGroupRules", "securityGroupRuleId").await,
            interface: first("DescribeNetworkInterfaces", "networkInterfaceId").await,
            table: first("DescribeRouteTables", "routeTableId").await,
            acl: first("DescribeNetworkAcls", "networkAclId").await,
            network,
            service,
        }
    }

    fn id(&self, what: &str) -> &str {
        match what {
            "vpc" => &self.network.vpc,
            "subnet" => &self.network.subnet,
            "service" => &self.service.id,
            "service-name" => &self.service.name,
            "load-balancer" => &self.service.load_balancer,
            "target-group" => &self.service.target_group,
            "listener" => &self.service.listener,
            "group" => &self.group,
            "rule" => &self.rule,
            "interface" => &self.interface,
            "table" => &self.table,
            "acl" => &self.acl,
            "endpoint" => &self.endpoint,
            "instance" => &self.instance,
            _ => panic!("nobody has a {what}"),
        }
    }
}

/// What a stranger names, by which action and parameter, and what it is told.
const EC2_PROBES: &str = "
vpc          DescribeVpcs                             VpcId.1                InvalidVpcID.NotFound
vpc          DeleteVpc                                VpcId                  InvalidVpcID.NotFound
subnet       DescribeSubnets                          SubnetId.1             InvalidSubnetID.NotFound
subnet       DeleteSubnet                             SubnetId               InvalidSubnetID.NotFound
subnet       CreateNetworkInterface                   SubnetId               InvalidSubnetID.NotFound
table        DescribeRouteTables                      RouteTableId.1         InvalidRouteTableID.NotFound
table        DeleteRouteTable                         RouteTableId           InvalidRouteTableID.NotFound
acl          DescribeNetworkAcls                      NetworkAclId.1         InvalidNetworkAclID.NotFound
group        DescribeSecurityGroups                   GroupId.1              InvalidGroup.NotFound
group        DeleteSecurityGroup                      GroupId                InvalidGroup.NotFound
rule         DescribeSecurityGroupRules               SecurityGroupRuleId.1  InvalidSecurityGroupRuleId.NotFound
interface    DescribeNetworkInterfaces                NetworkInterfaceId.1   InvalidNetworkInterfaceID.NotFound
interface    DeleteNetworkInterface                   NetworkInterfaceId     InvalidNetworkInterfaceID.NotFound
instance     DescribeInstances                        InstanceId.1           InvalidInstanceID.NotFound
instance     DescribeInstanceStatus                   InstanceId.1           InvalidInstanceID.NotFound
instance     TerminateInstances                       InstanceId.1           InvalidInstanceID.NotFound
instance     GetConsoleOutput                         InstanceId             InvalidInstanceID.NotFound
endpoint     DescribeVpcEndpoints                     VpcEndpointId.1        InvalidVpcEndpointId.NotFound
endpoint     ModifyVpcEndpoint                        VpcEndpointId          InvalidVpcEndpointId.NotFound
service      DescribeVpcEndpointServiceConfigurations ServiceId.1            InvalidVpcEndpointServiceId.NotFound
service      DescribeVpcEndpointServicePermissions    ServiceId              InvalidVpcEndpointServiceId.NotFound
service      ModifyVpcEndpointServiceConfiguration    ServiceId              InvalidVpcEndpointServiceId.NotFound
service-name DescribeVpcEndpointServices              ServiceName.1          InvalidServiceName
";
const ELB_PROBES: &str = "
load-balancer DescribeLoadBalancers          LoadBalancerArns.member.1 LoadBalancerNotFound
load-balancer DescribeLoadBalancerAttributes LoadBalancerArn           LoadBalancerNotFound
load-balancer DescribeCapacityReservation    LoadBalancerArn           LoadBalancerNotFound
load-balancer DescribeTags                   ResourceArns.member.1     LoadBalancerNotFound
load-balancer DescribeListeners              LoadBalancerArn           LoadBalancerNotFound
load-balancer DescribeTargetGroups           LoadBalancerArn           LoadBalancerNotFound
listener      DescribeListeners              ListenerArns.member.1     ListenerNotFound
listener      DeleteListener                 ListenerArn               ListenerNotFound
listener      DescribeRules                  ListenerArn               ListenerNotFound
target-group  DescribeTargetGroups           TargetGroupArns.member.1  TargetGroupNotFound
target-group  DescribeTargetHealth           TargetGroupArn            TargetGroupNotFound
";

#[tokio::test]
async fn what_belongs_to_another_account_is_not_found_by_any_action() {
    let world = World::start().await;
    let owner = world.client();
    let stranger = world.tenant("stranger").await;
    let belongings = Belongings::of(&owner).await;
    for (service, probes) in [(EC2, EC2_PROBES), (ELB, ELB_PROBES)] {
        for probe in probes.lines().filter(|line| !line.is_empty()) {
            let words: Vec<&str> = probe.split_whitespace().collect();
            let [what, action, param, code] = words[..] else {
                panic!("four words: {probe}")
            };
            let params = [(param, belongings.id(what))];
            assert_eq!(
                stranger.error(service, action, &params).await,
                code,
                "{probe}"
            );
        }
    }
}

#[tokio::test]
async fn what_belongs_to_another_account_is_not_listed() {
    let world = World::start().await;
    Belongings::of(&world.client()).await;
    let stranger = world.tenant("stranger").await;
    for (action, element) in [
        ("DescribeVpcs", "vpcId"),
        ("DescribeSubnets", "subnetId"),
        ("DescribeNetworkInterfaces", "networkInterfaceId"),
        ("DescribeInstances", "instanceId"),
        ("DescribeVpcEndpoints", "vpcEndpointId"),
        ("DescribeVpcEndpointConnections", "vpcEndpointId"),
        ("DescribeVpcEndpointServices", "serviceName"),
        ("DescribeTags", "resourceId"),
    ] {
        assert!(
            stranger.ec2(action, &[]).await.texts(element).is_empty(),
            "{action}"
        );
    }
}

#[tokio::test]
async fn deleting_what_is_another_accounts_is_as_if_there_were_nothing() {
    let world = World::start().await;
    let owner = world.client();
    let Belongings {
        service, endpoint, ..
    } = Belongings::of(&owner).await;
    let stranger = world.tenant("stranger").await;
    stranger
        .elb(
            "DeleteLoadBalancer",
            &[("LoadBalancerArn", &service.load_balancer)],
        )
        .await;
    owner
        .elb(
            "DescribeLoadBalancers",
            &[("LoadBalancerArns.member.1", &service.load_balancer)],
        )
        .await;
    let answer = stranger
        .ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &endpoint)])
        .await;
    assert_eq!(answer.text("code"), "InvalidVpcEndpoint.NotFound");
    owner
        .ec2("DescribeVpcEndpoints", &[("VpcEndpointId.1", &endpoint)])
        .await;
}

#[tokio::test]
async fn a_filter_with_another_accounts_id_finds_nothing() {
    let world = World::start().await;
    let owner = world.client();
    let stranger = world.tenant("stranger").await;
    let network = Network::new(&owner).await;
    for (action, filter, value, element) in [
        (
            "DescribeSubnets",
            "vpc-id",
            network.vpc.as_str(),
            "subnetId",
        ),
        (
            "DescribeSecurityGroups",
            "vpc-id",
            network.vpc.as_str(),
            "groupId",
        ),
        (
            "DescribeRouteTables",
            "vpc-id",
            network.vpc.as_str(),
            "routeTableId",
        ),
        (
            "DescribeNetworkInterfaces",
            "subnet-id",
            network.subnet.as_str(),
            "networkInterfaceId",
        ),
        (
            "DescribeTags",
            "resource-id",
            network.vpc.as_str(),
            "resourceId",
        ),
    ] {
        let params = [("Filter.1.Name", filter), ("Filter.1.Value.1", value)];
        assert!(
            stranger
                .ec2(action, &params)
                .await
                .texts(element)
                .is_empty(),
            "{action}"
        );
    }
}

#[tokio::test]
async fn a_service_is_seen_by_whom_it_is_offered_to_and_a_provider_sees_no_network() {
    let world = World::start().await;
    let provider = world.client();
    let consumer = world.tenant("consumer").await;
    let service = Service::new(&provider, &Network::new(&provider).await).await;
    let network = Network::new(&consumer).await;
    let params = endpoint_params(&network, &service);
    assert_eq!(
        consumer.error(EC2, "CreateVpcEndpoint", &params).await,
        "InvalidServiceName"
    );

    let root = format!("arn:aws:iam::{}:root", consumer.credentials.id);
    service.permit(&provider, &root).await;
    let named = [("ServiceName.1", service.name.as_str())];
    let answer = consumer.ec2("DescribeVpcEndpointServices", &named).await;
    assert_eq!(answer.text("owner"), provider.credentials.id.to_string());
    let answer = consumer.ec2("CreateVpcEndpoint", &params).await;
    assert_eq!(answer.text("state"), "pendingAcceptance");
    let endpoint = answer.text("vpcEndpointId");

    let answer = provider.ec2("DescribeVpcEndpointConnections", &[]).await;
    assert_eq!(answer.texts("vpcEndpointId"), [endpoint.as_str()]);
    assert_eq!(
        answer.text("vpcEndpointOwner"),
        consumer.credentials.id.to_string()
    );
    assert!(!answer.body.contains(&network.vpc) && !answer.body.contains(&network.subnet));
    let mine = [("VpcEndpointId.1", endpoint.as_str())];
    let code = provider.error(EC2, "DescribeVpcEndpoints", &mine).await;
    assert_eq!(code, "InvalidVpcEndpointId.NotFound");
}
