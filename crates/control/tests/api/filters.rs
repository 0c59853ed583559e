//! What can be found by which filters.

use crate::link::Link;
use crate::world::{Client, EC2, Network, World};

/// Whether an action finds anything by a filter.
async fn finds(client: &Client, action: &str, name: &str, value: &str) -> bool {
    let params = [("Filter.1.Name", name), ("Filter.1.Value.1", value)];
    let id = match action {
        "DescribeInstances" | "DescribeInstanceStatus" => "instanceId",
        "DescribeNetworkInterfaces" => "networkInterfaceId",
        "DescribeSecurityGroups" => "groupId",
        "DescribeSubnets" => "subnetId",
        "DescribeVpcs" => "vpcId",
        _ => panic!("{action}"),
    };
    !client.ec2(action, &params).await.texts(id).is_empty()
}

/// A subnet with an instance of one group, which lets in another.
async fn populated(world: &World, client: &Client) -> String {
    let network = Network::new(client).await;
    let mut groups = Vec::new();
    for name in ["web", "ops"] {
        let params = [
            ("VpcId", network.vpc.as_str()),
            ("GroupName", name),
            ("GroupDescription", "d"),
        ];
        let made = client.ec2("CreateSecurityGroup", &params).await;
        groups.push(made.text("groupId"));
    }
    let rule = [
        ("GroupId", groups[0].as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "80"),
        ("IpPermissions.1.ToPort", "80"),
        ("IpPermissions.1.Groups.1.GroupId", &groups[1]),
    ];
    client.ec2("AuthorizeSecurityGroupIngress", &rule).await;
    let run = [
        ("ImageId", "ami-1"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("SubnetId", network.subnet.as_str()),
        ("PrivateIpAddress", "10.0.1.77"),
        ("SecurityGroupId.1", &groups[0]),
        ("TagSpecification.1.ResourceType", "network-interface"),
        ("TagSpecification.1.Tag.1.Key", "tier"),
        ("TagSpecification.1.Tag.1.Value", "db"),
    ];
    let id = client.ec2("RunInstances", &run).await.text("instanceId");
    world
        .report(model::command::InstanceObserved {
            instance: id.parse().unwrap(),
            observation: model::command::InstanceObservation::Running,
        })
        .await;
    id
}

#[tokio::test]
async fn what_is_shown_can_be_filtered_by() {
    let world = World::start().await;
    let client = world.client();
    let instance = populated(&world, &client).await;
    let account = client.credentials.id.to_string();
    // action, filter, what it finds something by, what not
    let table = "
        DescribeSubnets  availabilityZone  us-east-1a  us-east-1z
        DescribeSubnets  defaultForAz  false  true
        DescribeVpcs  isDefault  false  true
        DescribeInstances  ebs-optimized  false  true
        DescribeInstances  hypervisor  xen  nitro
        DescribeInstances  instance.group-name  web  ops
        DescribeInstances  launch-time  2026-01-01T12:00:*Z  2025*
        DescribeInstances  monitoring-state  disabled  enabled
        DescribeInstances  root-device-type  instance-store  ebs
        DescribeInstances  source-dest-check  true  false
        DescribeInstances  tenancy  default  host
        DescribeInstances  virtualization-type  hvm  paravirtual
        DescribeInstances  network-interface.addresses.primary  true  false
        DescribeInstances  network-interface.addresses.private-dns-name  ip-10-0-1-77.*  ip-10-0-1-78.*
        DescribeInstances  network-interface.addresses.private-ip-address  10.0.1.77  10.0.1.7
        DescribeInstances  network-interface.attachment.attach-time  2026-*  2025-*
        DescribeInstances  network-interface.attachment.delete-on-termination  true  false
        DescribeInstances  network-interface.attachment.device-index  0  1
        DescribeInstances  network-interface.attachment.instance-id  INSTANCE  i-00000000000000000
        DescribeInstances  network-interface.attachment.instance-owner-id  ACCOUNT  123456789012
        DescribeInstances  network-interface.attachment.network-card-index  0  1
        DescribeInstances  network-interface.attachment.status  attached  detached
        DescribeInstances  network-interface.availability-zone  us-east-1a  us-east-1b
        DescribeInstances  network-interface.group-name  web  ops
        DescribeInstances  network-interface.mac-address  *:*:*:*:*:*  00:00:00:00:00:00
        DescribeInstances  network-interface.owner-id  ACCOUNT  123456789012
        DescribeInstances  network-interface.private-ip-address  10.0.1.77  10.0.1.7
        DescribeInstances  network-interface.requester-managed  false  true
        DescribeInstances  network-interface.source-dest-check  true  false
        DescribeInstances  network-interface.status  in-use  available
        DescribeInstances  network-interface.tag-key  tier  other
        DescribeInstances  network-interface.tag-value  db  web
        DescribeInstanceStatus  availability-zone  us-east-1a  us-east-1b
        DescribeInstanceStatus  availability-zone-id  use1-az1  use1-az2
        DescribeInstanceStatus  instance-state-code  16  48
        DescribeInstanceStatus  instance-state-name  running  terminated
        DescribeInstanceStatus  instance-status.reachability  passed  failed
        DescribeInstanceStatus  instance-status.status  ok  impaired
        DescribeInstanceStatus  system-status.reachability  passed  failed
        DescribeInstanceStatus  system-status.status  ok  impaired
        DescribeNetworkInterfaces  attachment.attach-time  2026-*  2025-*
        DescribeNetworkInterfaces  attachment.status  attached  detached
        DescribeNetworkInterfaces  interface-type  interface  vpc_endpoint
        DescribeNetworkInterfaces  tag-key  tier  other
        DescribeSecurityGroups  ip-permission.group-name  ops  web
        DescribeSecurityGroups  ip-permission.user-id  ACCOUNT  123456789012
        DescribeSubnets  enable-dns64  false  true
        DescribeSubnets  ipv6-native  false  true
        DescribeSubnets  map-customer-owned-ip-on-launch  false  true
        DescribeSubnets  private-dns-name-options-on-launch.hostname-type  ip-name  resource-name
        DescribeSubnets  private-dns-name-options-on-launch.enable-resource-name-dns-a-record  false  true
        DescribeSubnets  private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record  false  true
    ";
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let row = row
            .replace("INSTANCE", &instance)
            .replace("ACCOUNT", &account);
        let [action, filter, value, other] = row.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        assert!(finds(&client, action, filter, value).await, "{row}");
        assert!(!finds(&client, action, filter, other).await, "{row}");
    }
}

#[tokio::test]
async fn a_filter_on_what_there_is_not_is_refused_by_name() {
    let world = World::start().await;
    let client = world.client();
    for (action, filter) in [
        ("DescribeInstances", "network-interface.ipv6-address"),
        ("DescribeInstances", "network-interface.interface-type"),
        ("DescribeInstances", "spot-instance-request-id"),
        ("DescribeInstanceStatus", "event.code"),
        ("DescribeInstanceStatus", "tag-key"),
        ("DescribeNetworkInterfaces", "association.public-ip"),
        ("DescribeSubnets", "outpost-arn"),
    ] {
        let params = [("Filter.1.Name", filter), ("Filter.1.Value.1", "x")];
        let answer = client.ask(EC2, action, &params).await;
        assert_eq!(answer.text("Code"), "InvalidParameterValue", "{action}");
        assert!(answer.text("Message").contains(filter), "{}", answer.body);
    }
}

#[tokio::test]
async fn endpoints_services_and_connections_are_found_by_what_they_show() {
    let link = Link::new().await;
    let endpoint = link.endpoint_in("available").await;
    let tagged = [
        ("ResourceId.1", endpoint.as_str()),
        ("Tag.1.Key", "tier"),
        ("Tag.1.Value", "web"),
    ];
    link.consumer.ec2("CreateTags", &tagged).await;
    let tagged = [
        ("ResourceId.1", link.service.id.as_str()),
        tagged[1],
        tagged[2],
    ];
    link.provider.ec2("CreateTags", &tagged).await;
    // action, filter, what it finds something by, what not; AWS itself spells states in two ways
    let table = "
        DescribeVpcEndpoints  ip-address-type  ipv4  ipv6
        DescribeVpcEndpoints  service-name  NAME  com.amazonaws.us-east-1.s3
        DescribeVpcEndpoints  service-name  com.amazonaws.vpce.*  com.amazonaws.vpce
        DescribeVpcEndpoints  service-region  us-east-1  eu-west-1
        DescribeVpcEndpoints  vpc-id  VPC  vpc-00000000000000000
        DescribeVpcEndpoints  vpc-endpoint-id  ENDPOINT  vpce-00000000000000000
        DescribeVpcEndpoints  vpc-endpoint-state  available  pending
        DescribeVpcEndpoints  vpc-endpoint-state  Available  PendingAcceptance
        DescribeVpcEndpoints  vpc-endpoint-type  Interface  Gateway
        DescribeVpcEndpoints  tag-key  tier  web
        DescribeVpcEndpoints  tag:tier  web  db
        DescribeVpcEndpointConnections  ip-address-type  ipv4  ipv6
        DescribeVpcEndpointConnections  service-id  SERVICE  vpce-svc-00000000000000000
        DescribeVpcEndpointConnections  vpc-endpoint-owner  CONSUMER  PROVIDER
        DescribeVpcEndpointConnections  vpc-endpoint-region  us-east-1  cross-region
        DescribeVpcEndpointConnections  vpc-endpoint-state  available  rejected
        DescribeVpcEndpointServices  owner  PROVIDER  amazon
        DescribeVpcEndpointServices  service-name  NAME  com.amazonaws.us-east-1.s3
        DescribeVpcEndpointServices  service-region  us-east-1  eu-west-1
        DescribeVpcEndpointServices  service-type  Interface  Gateway
        DescribeVpcEndpointServices  supported-ip-address-types  ipv4  ipv6
        DescribeVpcEndpointServiceConfigurations  service-name  NAME  com.amazonaws.us-east-1.s3
        DescribeVpcEndpointServiceConfigurations  service-id  SERVICE  vpce-svc-00000000000000000
        DescribeVpcEndpointServiceConfigurations  service-state  Pending  Available
        DescribeVpcEndpointServiceConfigurations  supported-ip-address-types  ipv4  ipv6
        DescribeVpcEndpointServiceConfigurations  tag:tier  web  db
        DescribeVpcEndpointServicePermissions  principal  arn:aws:iam::CONSUMER:root  *:user/*
        DescribeVpcEndpointServicePermissions  principal-type  Account  User
        DescribeVpcEndpointServicePermissions  permission-type  vpc-endpoint  transit-gateway-attachment
    ";
    let (provider, consumer) = (&link.provider, &link.consumer);
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let row = row
            .replace("ENDPOINT", &endpoint)
            .replace("NAME", &link.service.name)
            .replace("SERVICE", &link.service.id)
            .replace("VPC", &link.network.vpc)
            .replace("CONSUMER", &consumer.credentials.id.to_string())
            .replace("PROVIDER", &provider.credentials.id.to_string());
        let [action, filter, value, other] = row.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let (client, element) = match action {
            "DescribeVpcEndpoints" => (consumer, "vpcEndpointId"),
            "DescribeVpcEndpointConnections" => (provider, "vpcEndpointId"),
            "DescribeVpcEndpointServices" => (consumer, "serviceId"),
            "DescribeVpcEndpointServicePermissions" => (provider, "principal"),
            _ => (provider, "serviceId"),
        };
        for (value, finds) in [(value, true), (other, false)] {
            let mut params = vec![("Filter.1.Name", filter), ("Filter.1.Value.1", value)];
            if action == "DescribeVpcEndpointServicePermissions" {
                params.push(("ServiceId", link.service.id.as_str()));
            }
            let found = client.ec2(action, &params).await;
            assert_eq!(!found.texts(element).is_empty(), finds, "{row}: {value}");
        }
    }
    // What an endpoint is tagged with is its consumer's alone.
    let by_tag = [("Filter.1.Name", "tag-key"), ("Filter.1.Value.1", "tier")];
    for action in [
        "DescribeVpcEndpointConnections",
        "DescribeVpcEndpointServices",
    ] {
        let client = if action.ends_with("Connections") {
            provider
        } else {
            consumer
        };
        let found = client.ec2(action, &by_tag).await;
        assert!(found.texts("serviceId").is_empty(), "{action}");
    }
}
