"""The story of a private link from the first VPC to the last, told by boto3 and by the `aws` command, while packets cross."""

import concurrent.futures
import json

import pytest

from adit import wait_for
from drivers import AwsCommand, Boto3
from inbox import ALLOWED, policy
from world import CIDR, IMAGE, ZONES, web_server

NAME, WORLD = "api.example.com", ["192.0.2.80"]


def named(kind, name):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}, {"Key": "story", "Value": "told"}]}]


class Side:
    """One account's network: a subnet in each zone, a route table, a group that lets the web in, one instance."""

    def __init__(self, adit, driver, name, user_data=None):
        self.adit, self.driver = adit, driver(adit.account(name))
        self.vpc = self.ec2("create_vpc", "Vpc.VpcId", CidrBlock=CIDR, TagSpecifications=named("vpc", name))
        self.driver.wait("ec2", "vpc_available", VpcIds=[self.vpc])
        self.ec2("modify_vpc_attribute", VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.subnets = [self.subnet(zone, cidr) for zone, cidr in ZONES.items()]
        self.table = self.ec2("create_route_table", "RouteTable.RouteTableId", VpcId=self.vpc)
        self.association = self.ec2(
            "associate_route_table", "AssociationId", RouteTableId=self.table, SubnetId=self.subnets[0])
        self.group = self.security_group("web", IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp=CIDR)
        self.instance = self.ec2(
            "run_instances", "Instances[0].InstanceId", ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType="t3.micro",
            SubnetId=self.subnets[0], SecurityGroupIds=[self.group], PrivateIpAddress="10.0.1.10",
            TagSpecifications=named("instance", name), **({"UserData": user_data} if user_data else {}))

    def ec2(self, operation, query=None, **params):
        return self.driver.call("ec2", operation, query, **params)

    def elbv2(self, operation, query=None, **params):
        return self.driver.call("elbv2", operation, query, **params)

    def subnet(self, zone, cidr):
        return self.ec2("create_subnet", "Subnet.SubnetId", VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)

    def security_group(self, name, **rule):
        group = self.ec2("create_security_group", "GroupId", GroupName=name, Description=name, VpcId=self.vpc)
        self.ec2("authorize_security_group_ingress", GroupId=group, **rule)
        return group

    def fetch(self, address, seconds=3):
        """The page's text, or None when none came in time."""
        done = self.adit.exec(self.instance, "curl", "-sS", "--max-time", seconds, f"http://{address}/", check=False)
        return done.stdout if done.returncode == 0 else None

    def resolve(self, name):
        done = self.adit.exec(self.instance, "getent", "ahostsv4", name, check=False)
        return sorted({line.split()[0] for line in done.stdout.splitlines()})

    def remove(self, groups):
        """Takes the network down, and shows that nothing of it is left."""
        self.driver.wait("ec2", "instance_terminated", InstanceIds=[self.instance])
        self.ec2("disassociate_route_table", AssociationId=self.association)
        self.ec2("delete_route_table", RouteTableId=self.table)
        for group in groups:
            self.ec2("delete_security_group", GroupId=group)
        for subnet in self.subnets:
            self.ec2("delete_subnet", SubnetId=subnet)
        self.ec2("delete_vpc", VpcId=self.vpc)
        assert self.ec2("describe_vpcs", "Vpcs") == []
        assert self.ec2("describe_network_interfaces", "NetworkInterfaces") == []
        assert self.ec2("describe_vpc_endpoints", "VpcEndpoints[?State!='deleted']") == []


class Story:
    def __init__(self, adit, driver, published):
        self.adit, self.published = adit, published
        published.addressed(NAME, *WORLD)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            made = [pool.submit(Side, adit, driver, *words) for words in (("provider", web_server()), ("consumer",))]
            self.provider, self.consumer = (one.result() for one in made)

    def in_both(self, *acts):
        """Two acts at the same time, as the two companies are not one."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for done in [pool.submit(act) for act in acts]:
                done.result()

    # -- the provider publishes ------------------------------------------------

    def balance(self):
        provider = self.provider
        self.balancer = provider.elbv2(
            "create_load_balancer", "LoadBalancers[0].LoadBalancerArn", Name="web", Type="network", Scheme="internal",
            Subnets=provider.subnets, Tags=[{"Key": "Name", "Value": "web"}])
        provider.elbv2("modify_load_balancer_attributes", LoadBalancerArn=self.balancer, Attributes=[
            {"Key": "load_balancing.cross_zone.enabled", "Value": "true"},
            {"Key": "deletion_protection.enabled", "Value": "false"}])
        self.targets = provider.elbv2(
            "create_target_group", "TargetGroups[0].TargetGroupArn", Name="web", Protocol="TCP", Port=80,
            VpcId=provider.vpc, TargetType="instance", HealthCheckProtocol="HTTP", HealthCheckPath="/",
            Matcher={"HttpCode": "200-299"}, HealthCheckIntervalSeconds=10)
        provider.driver.wait("ec2", "instance_running", InstanceIds=[provider.instance])
        provider.elbv2("register_targets", TargetGroupArn=self.targets, Targets=[{"Id": provider.instance, "Port": 80}])
        forward = {"TargetGroups": [{"TargetGroupArn": self.targets, "Weight": 1}]}
        self.listener = provider.elbv2(
            "create_listener", "Listeners[0].ListenerArn", LoadBalancerArn=self.balancer, Protocol="TCP", Port=80,
            DefaultActions=[{"Type": "forward", "ForwardConfig": forward}])
        provider.driver.wait("elbv2", "load_balancer_available", LoadBalancerArns=[self.balancer])
        provider.driver.wait("elbv2", "target_in_service", TargetGroupArn=self.targets)

    def publish(self):
        provider, consumer = self.provider, self.consumer
        made = provider.ec2(
            "create_vpc_endpoint_service_configuration", "ServiceConfiguration.[ServiceId, ServiceName, ServiceState]",
            NetworkLoadBalancerArns=[self.balancer], AcceptanceRequired=True,
            TagSpecifications=named("vpc-endpoint-service", "web"))
        self.service, self.service_name, state = made
        assert state == "Available"
        assert consumer.driver.refused("ec2", "describe_vpc_endpoint_services", ServiceNames=[self.service_name]) \
            == "InvalidServiceName"
        root = f"arn:aws:iam::{consumer.driver.id}:root"
        added = provider.ec2("modify_vpc_endpoint_service_permissions", "AddedPrincipals[].[Principal, PrincipalType]",
                             ServiceId=self.service, AddAllowedPrincipals=[root])
        assert added == [[root, "Account"]]
        owner = consumer.ec2(
            "describe_vpc_endpoint_services", "ServiceDetails[].Owner", ServiceNames=[self.service_name],
            Filters=[{"Name": "service-type", "Values": ["Interface", "Gateway"]}])
        assert owner == [provider.driver.id]

    def be_told(self):
        provider = self.provider
        self.topic = provider.driver.call("sns", "create_topic", "TopicArn", Name="connections",
                                          Attributes={"DisplayName": "connections"})
        provider.driver.call("sns", "set_topic_attributes", TopicArn=self.topic, AttributeName="Policy",
                             AttributeValue=policy(ALLOWED))
        self.notification = provider.ec2(
            "create_vpc_endpoint_connection_notification", "ConnectionNotification.ConnectionNotificationId",
            ServiceId=self.service, ConnectionNotificationArn=self.topic, ConnectionEvents=["Accept", "Reject"])
        provider.ec2("modify_vpc_endpoint_connection_notification", ConnectionNotificationId=self.notification,
                     ConnectionEvents=["Accept", "Connect", "Reject"])
        shown = provider.ec2(
            "describe_vpc_endpoint_connection_notifications",
            "ConnectionNotificationSet[].[ConnectionNotificationState, sort(ConnectionEvents)]",
            Filters=[{"Name": "service-id", "Values": [self.service]}])
        assert shown == [["Enabled", ["Accept", "Connect", "Reject"]]]

    def connect_itself(self):
        """The provider's own way to its service, which it accepts in the same breath."""
        provider = self.provider
        wanted = {"VpcEndpointType": "Interface", "VpcId": provider.vpc, "ServiceName": self.service_name,
                  "SubnetIds": provider.subnets, "SecurityGroupIds": [provider.group], "PrivateDnsEnabled": False}
        self.own = provider.driver.by_document("ec2", "create_vpc_endpoint", "VpcEndpoint.VpcEndpointId", **wanted)
        provider.ec2("accept_vpc_endpoint_connections", ServiceId=self.service, VpcEndpointIds=[self.own])
        wait_for("its own endpoint is available", lambda: provider.ec2(
            "describe_vpc_endpoints", "VpcEndpoints[].[VpcEndpointId, State]") == [[self.own, "available"]])
        [name] = provider.ec2("describe_vpc_endpoints", "VpcEndpoints[].DnsEntries[0].DnsName", VpcEndpointIds=[self.own])
        assert "saw 10.0." in provider.fetch(name)

    # -- the consumer connects ---------------------------------------------------

    def connect(self):
        consumer = self.consumer
        of_clients = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
                      "UserIdGroupPairs": [{"GroupId": consumer.group, "Description": "clients"}]}
        self.endpoint_group = consumer.security_group("endpoint", IpPermissions=[of_clients])
        wanted = {
            "VpcEndpointType": "Interface", "VpcId": consumer.vpc, "ServiceName": self.service_name,
            "SubnetIds": consumer.subnets[:1], "SecurityGroupIds": [self.endpoint_group], "PrivateDnsEnabled": False,
            "ClientToken": "once", "TagSpecifications": named("vpc-endpoint", "web")}
        assert consumer.driver.refused("ec2", "create_vpc_endpoint", **wanted, DryRun=True) == "DryRunOperation"
        self.endpoint, state = consumer.ec2("create_vpc_endpoint", "VpcEndpoint.[VpcEndpointId, State]", **wanted)
        assert state == "pendingAcceptance"
        again = consumer.ec2("create_vpc_endpoint", "VpcEndpoint.VpcEndpointId", **wanted)
        assert again == self.endpoint, "the token says that it is the same request"
        self.regional = self.shown("DnsEntries[0].DnsName")
        [self.address] = consumer.ec2(
            "describe_network_interfaces", "NetworkInterfaces[].PrivateIpAddress",
            NetworkInterfaceIds=self.shown("NetworkInterfaceIds"))
        assert consumer.fetch(self.address, seconds=1) is None, "nobody has accepted"

    def shown(self, query):
        return self.consumer.ec2("describe_vpc_endpoints", f"VpcEndpoints[0].{query}", VpcEndpointIds=[self.endpoint])

    def is_available(self):
        wait_for("the endpoint is available", lambda: self.shown("State") == "available")

    def accept(self):
        done = self.provider.ec2("accept_vpc_endpoint_connections", "Unsuccessful", ServiceId=self.service,
                                 VpcEndpointIds=[self.endpoint])
        assert done == []
        self.is_available()
        assert self.consumer.resolve(self.regional) == [self.address]
        assert "saw 10.0." in self.consumer.fetch(self.regional)

    def reject(self):
        done = self.provider.ec2("reject_vpc_endpoint_connections", "Unsuccessful", ServiceId=self.service,
                                 VpcEndpointIds=[self.endpoint])
        assert done == [] and self.shown("State") == "rejected"
        assert self.consumer.fetch(self.address, seconds=1) is None

    def change(self):
        consumer, endpoint = self.consumer, {"VpcEndpointId": self.endpoint}
        consumer.ec2("modify_vpc_endpoint", **endpoint, AddSubnetIds=consumer.subnets[1:], AddSecurityGroupIds=[consumer.group],
                     RemoveSecurityGroupIds=[self.endpoint_group], PolicyDocument=json.dumps({"Statement": [
                         {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Sid": "second"}]}))
        self.is_available()
        subnets, groups, text = self.shown("[SubnetIds, Groups[].GroupId, PolicyDocument]")
        assert (set(subnets), groups) == (set(consumer.subnets), [consumer.group]) and "second" in text
        assert len(consumer.resolve(self.regional)) == 2
        consumer.ec2("modify_vpc_endpoint", **endpoint, RemoveSubnetIds=consumer.subnets[1:], ResetPolicy=True)
        self.is_available()
        assert "second" not in self.shown("PolicyDocument")
        assert consumer.driver.refused("ec2", "modify_vpc_endpoint", **endpoint, AddRouteTableIds=[consumer.table]) \
            == "InvalidParameter"
        assert consumer.fetch(self.regional) is not None

    def name(self):
        provider, consumer = self.provider, self.consumer
        provider.ec2("modify_vpc_endpoint_service_configuration", ServiceId=self.service, PrivateDnsName=NAME,
                     AcceptanceRequired=False)
        proof = "ServiceConfigurations[0].PrivateDnsNameConfiguration"
        this = {"ServiceIds": [self.service]}
        name, value = provider.ec2("describe_vpc_endpoint_service_configurations", f"{proof}.[Name, Value]", **this)
        self.published.text(f"{name}.{NAME}", value)
        provider.ec2("start_vpc_endpoint_service_private_dns_verification", ServiceId=self.service)
        wait_for("the name is verified", lambda: provider.ec2(
            "describe_vpc_endpoint_service_configurations", f"{proof}.State", **this) == "verified")
        assert consumer.resolve(NAME) == WORLD
        consumer.ec2("modify_vpc_endpoint", VpcEndpointId=self.endpoint, PrivateDnsEnabled=True)
        self.is_available()
        assert consumer.resolve(NAME) == [self.address] and consumer.fetch(NAME) is not None
        consumer.ec2("modify_vpc_endpoint", VpcEndpointId=self.endpoint, PrivateDnsEnabled=False)
        self.is_available()
        assert consumer.resolve(NAME) == WORLD

    def label(self):
        """Tags, and reading them page by page."""
        consumer = self.consumer
        tags = [{"Key": f"key-{number}", "Value": "of many"} for number in range(8)]
        consumer.ec2("create_tags", Resources=[self.endpoint], Tags=tags)
        ours = {"Filters": [{"Name": "resource-id", "Values": [self.endpoint]}]}
        everything = consumer.driver.pages("ec2", "describe_tags", 5, **ours)
        assert len(everything["Tags"]) == 10 and "NextToken" not in everything
        first = consumer.driver.pages("ec2", "describe_tags", 5, most=3, **ours)
        rest = consumer.driver.pages("ec2", "describe_tags", 5, start=first["NextToken"], **ours)
        assert len(first["Tags"]) == 3 and first["Tags"] + rest["Tags"] == everything["Tags"]
        consumer.ec2("delete_tags", Resources=[self.endpoint], Tags=[{"Key": tag["Key"]} for tag in tags])
        found = consumer.ec2("describe_vpc_endpoints", "VpcEndpoints[].VpcEndpointId",
                             Filters=[{"Name": "tag:Name", "Values": ["web", "wide"]}, {"Name": "vpc-id", "Values": [consumer.vpc]}])
        assert found == [self.endpoint]

    # -- the end -----------------------------------------------------------------

    def disconnect(self):
        consumer, root = self.consumer, f"arn:aws:iam::{self.consumer.driver.id}:root"
        self.provider.ec2("modify_vpc_endpoint_service_permissions", ServiceId=self.service, RemoveAllowedPrincipals=[root])
        assert consumer.fetch(self.address) is not None, "a permission that is taken away cuts nothing"
        assert consumer.ec2("delete_vpc_endpoints", "Unsuccessful", VpcEndpointIds=[self.endpoint]) == []
        wait_for("the endpoint is gone", lambda: consumer.ec2(
            "describe_vpc_endpoints", "VpcEndpoints[?State!='deleted']") == [])
        assert consumer.fetch(self.address, seconds=1) is None
        again = consumer.ec2("delete_vpc_endpoints", "Unsuccessful[].Error.Code", VpcEndpointIds=[self.endpoint])
        assert again == ["InvalidVpcEndpoint.NotFound"]
        consumer.ec2("terminate_instances", InstanceIds=[consumer.instance])

    def withdraw(self):
        provider = self.provider
        provider.ec2("terminate_instances", InstanceIds=[provider.instance])
        provider.ec2("delete_vpc_endpoint_connection_notifications", ConnectionNotificationIds=[self.notification])
        provider.driver.call("sns", "delete_topic", TopicArn=self.topic)
        assert provider.ec2("delete_vpc_endpoints", "Unsuccessful", VpcEndpointIds=[self.own]) == []
        kept = provider.ec2("delete_vpc_endpoint_service_configurations", "Unsuccessful", ServiceIds=[self.service])
        assert kept == []
        provider.elbv2("delete_listener", ListenerArn=self.listener)
        provider.elbv2("delete_load_balancer", LoadBalancerArn=self.balancer)
        provider.driver.wait("elbv2", "load_balancers_deleted", LoadBalancerArns=[self.balancer])
        provider.elbv2("delete_target_group", TargetGroupArn=self.targets)
        assert provider.elbv2("describe_target_groups", "TargetGroups") == []


@pytest.mark.parametrize("driver", [Boto3, AwsCommand])
def test_the_whole_story(resolving_adit, published, driver):
    story = Story(resolving_adit, driver, published)
    story.balance()
    story.publish()
    story.in_both(story.connect, story.be_told)
    story.connect_itself()
    story.accept()
    story.change()
    story.in_both(story.name, story.label)
    story.reject()
    story.accept()
    story.disconnect()
    story.withdraw()
    story.in_both(lambda: story.consumer.remove([story.endpoint_group, story.consumer.group]),
                  lambda: story.provider.remove([story.provider.group]))
