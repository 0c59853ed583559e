"""The story of a private link by boto3, with two accounts: everything that needs no packets.

Each answer is read by botocore's models, and must hold nothing that they do not know.
"""

import json
import threading

import empty_services
import listeners
import messages
import refused
from accounts import IMAGE, SETTINGS, Account, error, step, wait_for

CIDR = "10.0.0.0/16"


def regions(account):
    step("the region and its zones")
    assert [it["RegionName"] for it in account.ec2.describe_regions()["Regions"]] == [SETTINGS["region"]]
    zones = account.ec2.describe_availability_zones()["AvailabilityZones"]
    assert [(it["ZoneName"], it["ZoneId"]) for it in zones][:2] == [("us-east-1a", "use1-az1"), ("us-east-1b", "use1-az2")]
    assert account.ec2.describe_availability_zones(ZoneIds=["use1-az2"])["AvailabilityZones"][0]["ZoneName"] == "us-east-1b"
    error("InvalidParameterValue", 400, account.ec2.describe_availability_zones, ZoneNames=["us-east-1z"])
    attributes = account.ec2.describe_account_attributes(AttributeNames=["default-vpc"])["AccountAttributes"]
    assert attributes[0]["AttributeValues"] == [{"AttributeValue": "none"}]
    assert account.ec2.describe_prefix_lists(
        Filters=[{"Name": "prefix-list-name", "Values": ["com.amazonaws.us-east-1.s3"]}])["PrefixLists"] == []


class Network:
    def __init__(self, account):
        self.account, ec2 = account, account.ec2
        tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "main"}]}]
        vpc = ec2.create_vpc(CidrBlock=CIDR, TagSpecifications=tags)["Vpc"]
        self.vpc = vpc["VpcId"]
        assert (vpc["State"], vpc["CidrBlock"], vpc["OwnerId"]) == ("available", CIDR, account.id)
        assert vpc["Tags"] == [{"Key": "Name", "Value": "main"}]
        self.subnets = [self.subnet(1, "us-east-1a"), self.subnet(2, "us-east-1b")]
        group = ec2.create_security_group(GroupName="web", Description="web", VpcId=self.vpc)
        self.group = group["GroupId"]

    def subnet(self, number, zone):
        subnet = self.account.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]
        assert (subnet["AvailabilityZone"], subnet["AvailableIpAddressCount"]) == (zone, 251)
        return subnet["SubnetId"]


def networks(network):
    step("a network: attributes, tables, groups")
    ec2, vpc = network.account.ec2, network.vpc
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    attribute = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
    assert attribute["EnableDnsHostnames"] == {"Value": True}
    ec2.modify_subnet_attribute(SubnetId=network.subnets[0], MapPublicIpOnLaunch={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=network.subnets[0], AssignIpv6AddressOnCreation={"Value": False})
    error("UnsupportedOperation", 400, ec2.modify_subnet_attribute,
          SubnetId=network.subnets[0], AssignIpv6AddressOnCreation={"Value": True})
    assert ec2.describe_subnets(SubnetIds=network.subnets[:1])["Subnets"][0]["MapPublicIpOnLaunch"]
    main = ec2.describe_route_tables(Filters=[{"Name": "association.main", "Values": ["true"]},
                                              {"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]
    assert main["Routes"] == [{"DestinationCidrBlock": CIDR, "GatewayId": "local", "State": "active",
                               "Origin": "CreateRouteTable"}]
    table = ec2.create_route_table(VpcId=vpc, ClientToken="table")["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=network.subnets[0])["AssociationId"]
    error("DependencyViolation", 400, ec2.delete_route_table, RouteTableId=table)
    replaced = ec2.replace_route_table_association(AssociationId=association, RouteTableId=main["RouteTableId"])
    ec2.disassociate_route_table(AssociationId=replaced["NewAssociationId"])
    ec2.delete_route_table(RouteTableId=table)
    acl = ec2.describe_network_acls(Filters=[{"Name": "default", "Values": ["true"]},
                                             {"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"][0]
    assert len(acl["Entries"]) == 4 and {it["SubnetId"] for it in acl["Associations"]} == set(network.subnets)


def rules(network):
    step("rules of a security group")
    ec2, group = network.account.ec2, network.group
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
           "IpRanges": [{"CidrIp": CIDR, "Description": "web"}, {"CidrIp": "192.0.2.0/24"}],
           "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
           "UserIdGroupPairs": [{"GroupId": group, "UserId": network.account.id}]}
    added = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[web])["SecurityGroupRules"]
    assert len(added) == 4 and not any(rule["IsEgress"] for rule in added)
    error("InvalidPermission.Duplicate", 400, ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[web])
    ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="udp", FromPort=53, ToPort=53, CidrIp=CIDR)
    for wrong in ({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": CIDR}]},
                  {"IpProtocol": "tcp", "FromPort": 9, "ToPort": 1, "IpRanges": [{"CidrIp": CIDR}]},
                  {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0"}]}):
        error("InvalidParameterValue", 400, ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[wrong])
    shown = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    tcp = next(it for it in shown["IpPermissions"] if it["IpProtocol"] == "tcp")
    assert {it["CidrIp"] for it in tcp["IpRanges"]} == {CIDR, "192.0.2.0/24"}
    assert tcp["Ipv6Ranges"] == [{"CidrIpv6": "2001:db8::/32"}]
    assert tcp["UserIdGroupPairs"] == [{"GroupId": group, "UserId": network.account.id}]
    assert [it["IpProtocol"] for it in shown["IpPermissionsEgress"]] == ["-1"]
    # As Terraform does: away with the rule that lets everything out, and one by its id.
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    gone = ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])["RevokedSecurityGroupRules"]
    assert gone[0]["CidrIpv4"] == "0.0.0.0/0" and gone[0]["IsEgress"]
    error("InvalidPermission.NotFound", 400, ec2.revoke_security_group_egress, GroupId=group, IpPermissions=[everything])
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[everything])
    ipv6 = next(rule for rule in added if "CidrIpv6" in rule)["SecurityGroupRuleId"]
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[ipv6])
    listed = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    assert len(listed) == 5 and ipv6 not in [rule["SecurityGroupRuleId"] for rule in listed]
    error("DependencyViolation", 400, ec2.delete_vpc, VpcId=network.vpc)


def interfaces(network):
    step("a network interface")
    ec2 = network.account.ec2
    made = ec2.create_network_interface(SubnetId=network.subnets[1], PrivateIpAddress="10.0.2.77", Description="mine",
                                        Groups=[network.group])["NetworkInterface"]
    assert (made["Status"], made["PrivateIpAddress"], made["RequesterManaged"]) == ("available", "10.0.2.77", False)
    eni = made["NetworkInterfaceId"]
    error("InvalidIPAddress.InUse", 400, ec2.create_network_interface, SubnetId=network.subnets[1],
          PrivateIpAddress="10.0.2.77")
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Description={"Value": ""})
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, SourceDestCheck={"Value": True})
    error("UnsupportedOperation", 400, ec2.modify_network_interface_attribute, NetworkInterfaceId=eni,
          SourceDestCheck={"Value": False})
    shown = ec2.describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": [network.subnets[1]]}, {"Name": "private-ip-address", "Values": ["10.0.2.77"]}])
    assert [it["Description"] for it in shown["NetworkInterfaces"]] == [""]
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    error("InvalidNetworkInterfaceID.NotFound", 400, ec2.describe_network_interfaces, NetworkInterfaceIds=[eni])


def instances(network):
    step("instances")
    ec2 = network.account.ec2
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "server"}]}]
    reply = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, UserData="#!/bin/sh\ntrue\n",
                              SubnetId=network.subnets[0], PrivateIpAddress="10.0.1.10", SecurityGroupIds=[network.group],
                              TagSpecifications=tags)
    instance = reply["Instances"][0]
    assert (instance["State"]["Name"], instance["PrivateIpAddress"]) == ("pending", "10.0.1.10")
    server = instance["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[server], WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    shown = ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["server"]}])["Reservations"]
    assert [it["Instances"][0]["InstanceId"] for it in shown] == [server]
    status = ec2.describe_instance_status(InstanceIds=[server])["InstanceStatuses"][0]
    assert status["InstanceStatus"]["Status"] == status["SystemStatus"]["Status"] == "ok"
    assert ec2.get_console_output(InstanceId=server)["Output"].startswith("hello")
    ec2.modify_instance_attribute(InstanceId=server, InstanceInitiatedShutdownBehavior={"Value": "terminate"})
    ec2.modify_instance_attribute(InstanceId=server, Groups=[network.group])
    kind = ec2.describe_instance_types(InstanceTypes=[instance["InstanceType"]])["InstanceTypes"][0]
    assert kind["NetworkInfo"]["MaximumNetworkInterfaces"] == 1 and kind["MemoryInfo"]["SizeInMiB"] > 0
    # By the longer form, in a group of three.
    spec = {"DeviceIndex": 0, "SubnetId": network.subnets[1], "Groups": [network.group], "DeleteOnTermination": True}
    three = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=3, NetworkInterfaces=[spec])["Instances"]
    assert [it["AmiLaunchIndex"] for it in three] == [0, 1, 2]
    ids = [it["InstanceId"] for it in three]
    changes = ec2.terminate_instances(InstanceIds=ids)["TerminatingInstances"]
    assert {it["CurrentState"]["Name"] for it in changes} == {"shutting-down"}
    ec2.get_waiter("instance_terminated").wait(InstanceIds=ids, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    error("InvalidParameterCombination", 400, ec2.run_instances, ImageId=IMAGE, MinCount=1, MaxCount=1,
          NetworkInterfaces=[spec], SubnetId=network.subnets[1])
    return server


class Service:
    def __init__(self, network, server):
        self.account, self.network = network.account, network
        ec2, elbv2 = network.account.ec2, network.account.elbv2
        step("a load balancer")
        error("LoadBalancerNotFound", 400, elbv2.describe_load_balancers, Names=["web"])
        error("TargetGroupNotFound", 400, elbv2.describe_target_groups, Names=["web"])
        made = elbv2.create_load_balancer(Name="web", Type="network", Scheme="internal", Subnets=network.subnets[:1],
                                          Tags=[{"Key": "Name", "Value": "web"}])["LoadBalancers"][0]
        assert (made["State"]["Code"], made["Type"], made["Scheme"]) == ("provisioning", "network", "internal")
        self.balancer = made["LoadBalancerArn"]
        elbv2.get_waiter("load_balancer_available").wait(Names=["web"], WaiterConfig={"Delay": 1, "MaxAttempts": 10})
        zones = elbv2.set_subnets(LoadBalancerArn=self.balancer, Subnets=network.subnets)["AvailabilityZones"]
        assert {it["SubnetId"] for it in zones} == set(network.subnets)
        attributes(elbv2.modify_load_balancer_attributes, elbv2.describe_load_balancer_attributes,
                   {"LoadBalancerArn": self.balancer}, "load_balancing.cross_zone.enabled", "true")
        reservation = elbv2.describe_capacity_reservation(LoadBalancerArn=self.balancer)
        assert reservation["CapacityReservationState"] == []
        self.targets(server)
        self.listen()
        self.tag()
        step("an endpoint service")
        made = ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[self.balancer])["ServiceConfiguration"]
        self.id, self.name = made["ServiceId"], made["ServiceName"]
        assert made["AcceptanceRequired"] and made["ServiceState"] == "Available", made
        assert made["ServiceType"] == [{"ServiceType": "Interface"}]
        assert made["AvailabilityZones"] == ["us-east-1a", "us-east-1b"]
        error("InvalidNetworkLoadBalancerArn.Malformed", 400, ec2.create_vpc_endpoint_service_configuration,
              NetworkLoadBalancerArns=["nonsense"])
        error("InvalidParameter", 400, ec2.create_vpc_endpoint_service_configuration, NetworkLoadBalancerArns=[])

    def targets(self, server):
        step("a target group")
        elbv2, network = self.account.elbv2, self.network
        made = elbv2.create_target_group(
            Name="web", Protocol="TCP", Port=80, VpcId=network.vpc, TargetType="instance", HealthCheckProtocol="HTTP",
            HealthCheckPath="/healthy", HealthCheckIntervalSeconds=10, Matcher={"HttpCode": "200-299"})["TargetGroups"][0]
        self.group = made["TargetGroupArn"]
        assert (made["Matcher"], made["HealthCheckPort"]) == ({"HttpCode": "200-299"}, "traffic-port")
        changed = elbv2.modify_target_group(TargetGroupArn=self.group, HealthCheckPort="8080",
                                            HealthyThresholdCount=2)["TargetGroups"][0]
        assert (changed["HealthCheckPort"], changed["HealthyThresholdCount"]) == ("8080", 2)
        error("ValidationError", 400, elbv2.modify_target_group, TargetGroupArn=self.group, HealthCheckPort="nonsense")
        error("UnsupportedOperation", 400, elbv2.modify_target_group, TargetGroupArn=self.group,
              HealthCheckProtocol="HTTPS")
        attributes(elbv2.modify_target_group_attributes, elbv2.describe_target_group_attributes,
                   {"TargetGroupArn": self.group}, "deregistration_delay.timeout_seconds", "0")
        error("InvalidTarget", 400, elbv2.register_targets, TargetGroupArn=self.group,
              Targets=[{"Id": "i-00000000000000000"}])
        elbv2.register_targets(TargetGroupArn=self.group, Targets=[{"Id": server}, {"Id": server, "Port": 81}])
        health = elbv2.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        assert [it["Target"]["Port"] for it in health] == [80, 81]
        assert health[0]["TargetHealth"] == {
            "State": "unused", "Reason": "Target.NotInUse",
            "Description": "Target group is not configured to receive traffic from the load balancer"}

    def listen(self):
        step("a listener")
        elbv2 = self.account.elbv2
        forward = [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": self.group, "Weight": 1}]}}]
        made = elbv2.create_listener(LoadBalancerArn=self.balancer, Protocol="TCP", Port=80, DefaultActions=forward)
        self.listener = made["Listeners"][0]["ListenerArn"]
        assert made["Listeners"][0]["DefaultActions"][0]["TargetGroupArn"] == self.group
        again = elbv2.create_listener(LoadBalancerArn=self.balancer, Protocol="TCP", Port=80, DefaultActions=forward)
        error("UnsupportedOperation", 400, elbv2.create_listener, LoadBalancerArn=self.balancer, Protocol="TLS", Port=82,
              DefaultActions=forward)
        assert again["Listeners"][0]["ListenerArn"] == self.listener
        error("IncompatibleProtocols", 400, elbv2.create_listener, LoadBalancerArn=self.balancer, Protocol="UDP", Port=81,
              DefaultActions=forward)
        changed = elbv2.modify_listener(ListenerArn=self.listener, Port=8080)["Listeners"][0]
        assert changed["Port"] == 8080
        elbv2.modify_listener(ListenerArn=self.listener, Port=80)
        listeners.check(self)
        attributes(elbv2.modify_listener_attributes, elbv2.describe_listener_attributes,
                   {"ListenerArn": self.listener}, "tcp.idle_timeout.seconds", "600")
        listed = elbv2.describe_listeners(LoadBalancerArn=self.balancer)["Listeners"]
        assert listed == elbv2.describe_listeners(ListenerArns=[self.listener])["Listeners"]
        groups = elbv2.describe_target_groups(LoadBalancerArn=self.balancer)["TargetGroups"]
        assert groups == elbv2.describe_target_groups(Names=["web"])["TargetGroups"]
        assert groups[0]["LoadBalancerArns"] == [self.balancer]
        waiter = elbv2.get_waiter("target_in_service")
        waiter.wait(TargetGroupArn=self.group, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
        elbv2.deregister_targets(TargetGroupArn=self.group, Targets=[{"Id": self.server(), "Port": 81}])
        wait_for("the target is gone", lambda: len(elbv2.describe_target_health(
            TargetGroupArn=self.group)["TargetHealthDescriptions"]) == 1)

    def server(self):
        health = self.account.elbv2.describe_target_health(TargetGroupArn=self.group)
        return health["TargetHealthDescriptions"][0]["Target"]["Id"]

    def tag(self):
        elbv2, arns = self.account.elbv2, [self.balancer, self.group, self.listener]
        elbv2.add_tags(ResourceArns=arns, Tags=[{"Key": "tier", "Value": "web"}])
        elbv2.remove_tags(ResourceArns=arns[:1], TagKeys=["Name"])
        described = elbv2.describe_tags(ResourceArns=arns)["TagDescriptions"]
        assert [it["ResourceArn"] for it in described] == arns
        assert all(it["Tags"] == [{"Key": "tier", "Value": "web"}] for it in described), described


def attributes(modify, describe, key, name, value):
    """An attribute is set, the others are shown as they were."""
    before = {it["Key"]: it["Value"] for it in describe(**key)["Attributes"]}
    changed = modify(**key, Attributes=[{"Key": name, "Value": value}])["Attributes"]
    after = {it["Key"]: it["Value"] for it in describe(**key)["Attributes"]}
    assert after == {**before, name: value} == {it["Key"]: it["Value"] for it in changed}
    assert before[name] != value
    error("ValidationError", 400, modify, **key, Attributes=[{"Key": "nonsense", "Value": "1"}])


def private_name(service):
    step("its private name, which nobody has proved")
    ec2, named = service.account.ec2, "*.example.com"
    ec2.modify_vpc_endpoint_service_configuration(ServiceId=service.id, PrivateDnsName=named)
    shown = ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[service.id])["ServiceConfigurations"][0]
    proof = shown["PrivateDnsNameConfiguration"]
    assert (shown["PrivateDnsName"], proof["State"], proof["Type"]) == (named, "pendingVerification", "TXT"), proof
    assert proof["Name"].startswith("_") and proof["Value"].startswith("vpce:"), proof
    ec2.start_vpc_endpoint_service_private_dns_verification(ServiceId=service.id)
    detail = ec2.describe_vpc_endpoint_services(ServiceNames=[service.name])["ServiceDetails"][0]
    assert detail["PrivateDnsNames"] == [{"PrivateDnsName": named}], detail
    assert detail["PrivateDnsNameVerificationState"] == "pendingVerification", detail
    # As Terraform does.
    ec2.modify_vpc_endpoint_service_configuration(ServiceId=service.id, PrivateDnsName="")
    shown = ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[service.id])["ServiceConfigurations"][0]
    assert "PrivateDnsName" not in shown and "PrivateDnsNameConfiguration" not in shown, shown
    error("InvalidParameter", 400, ec2.start_vpc_endpoint_service_private_dns_verification, ServiceId=service.id)


def link(service, consumer_network):
    step("who may connect")
    provider, consumer = service.account, consumer_network.account
    endpoint = {"VpcEndpointType": "Interface", "VpcId": consumer_network.vpc, "ServiceName": service.name,
                "SubnetIds": consumer_network.subnets[:1], "SecurityGroupIds": [consumer_network.group],
                "PrivateDnsEnabled": False}
    message = error("InvalidServiceName", 400, consumer.ec2.create_vpc_endpoint, **endpoint)
    assert service.name in message
    error("InvalidServiceName", 400, consumer.ec2.describe_vpc_endpoint_services, ServiceNames=[service.name])
    assert service.name not in consumer.ec2.describe_vpc_endpoint_services()["ServiceNames"]
    root = f"arn:aws:iam::{consumer.id}:root"
    added = provider.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service.id, AddAllowedPrincipals=[root])
    permission = added["AddedPrincipals"][0]["ServicePermissionId"]
    again = provider.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service.id, AddAllowedPrincipals=[root])
    assert again["AddedPrincipals"][0]["ServicePermissionId"] == permission
    allowed = provider.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service.id)["AllowedPrincipals"]
    assert [(it["Principal"], it["PrincipalType"]) for it in allowed] == [(root, "Account")]
    detail = consumer.ec2.describe_vpc_endpoint_services(
        ServiceNames=[service.name], Filters=[{"Name": "service-type", "Values": ["Interface"]}])["ServiceDetails"][0]
    assert (detail["Owner"], detail["ServiceId"]) == (provider.id, service.id)

    step("an endpoint waits for acceptance")
    error("DryRunOperation", 412, consumer.ec2.create_vpc_endpoint, **endpoint, DryRun=True)
    error("InvalidParameter", 400, consumer.ec2.create_vpc_endpoint, **{**endpoint, "PrivateDnsEnabled": True})
    error("InvalidParameter", 400, consumer.ec2.create_vpc_endpoint, **{**endpoint, "VpcEndpointType": "Gateway"})
    made = consumer.ec2.create_vpc_endpoint(**endpoint, ClientToken="once")["VpcEndpoint"]
    assert made["State"] == "pendingAcceptance" and made["OwnerId"] == consumer.id, made
    id = made["VpcEndpointId"]
    assert consumer.ec2.create_vpc_endpoint(**endpoint, ClientToken="once")["VpcEndpoint"]["VpcEndpointId"] == id
    error("IdempotentParameterMismatch", 400, consumer.ec2.create_vpc_endpoint,
          **{**endpoint, "SubnetIds": consumer_network.subnets}, ClientToken="once")
    names = [it["DnsName"] for it in made["DnsEntries"]]
    assert names[0].startswith(id) and names[1].split(".")[0].endswith("-us-east-1a"), names
    eni = consumer.ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])["NetworkInterfaces"][0]
    assert (eni["InterfaceType"], eni["RequesterManaged"]) == ("vpc_endpoint", True)
    assert eni["Description"] == f"VPC Endpoint Interface {id}"
    return id


def state_of(account, endpoint):
    return account.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]["State"]


def acceptance(service, consumer, endpoint):
    step("the provider accepts, rejects, and accepts again")
    provider = service.account
    pair = {"ServiceId": service.id, "VpcEndpointIds": [endpoint]}
    seen = provider.ec2.describe_vpc_endpoint_connections(
        Filters=[{"Name": "service-id", "Values": [service.id]},
                 {"Name": "vpc-endpoint-state", "Values": ["PendingAcceptance"]}])["VpcEndpointConnections"]
    assert [(it["VpcEndpointId"], it["VpcEndpointOwner"]) for it in seen] == [(endpoint, consumer.id)]
    foreign = error("InvalidVpcEndpointServiceId.NotFound", 400, consumer.ec2.accept_vpc_endpoint_connections, **pair)
    assert service.id in foreign
    nobody = {**pair, "VpcEndpointIds": ["vpce-00000000000000000", endpoint]}
    failed = provider.ec2.accept_vpc_endpoint_connections(**nobody)["Unsuccessful"]
    assert [(it["ResourceId"], it["Error"]["Code"]) for it in failed] == [
        ("vpce-00000000000000000", "InvalidVpcEndpoint.NotFound")]
    wait_for("available", lambda: state_of(consumer, endpoint) == "available")
    assert provider.ec2.reject_vpc_endpoint_connections(**pair)["Unsuccessful"] == []
    assert state_of(consumer, endpoint) == "rejected"
    assert provider.ec2.accept_vpc_endpoint_connections(**pair)["Unsuccessful"] == []
    wait_for("available", lambda: state_of(consumer, endpoint) == "available")


def modification(network, service, endpoint):
    step("the consumer changes the endpoint")
    ec2 = network.account.ec2
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddSubnetIds=network.subnets[1:])
    wait_for("available", lambda: state_of(network.account, endpoint) == "available")
    shown = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    assert set(shown["SubnetIds"]) == set(network.subnets) and len(shown["NetworkInterfaceIds"]) == 2
    other = network.subnet(3, "us-east-1a")
    error("DuplicateSubnetsInSameZone", 400, ec2.modify_vpc_endpoint, VpcEndpointId=endpoint, AddSubnetIds=[other])
    policy = json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]})
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=policy)
    assert ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]["PolicyDocument"] == policy
    for text in ("not json", '{"Statement": {"Effect": "Perhaps", "Principal": "*", "Action": "*", "Resource": "*"}}'):
        error("InvalidPolicyDocument", 400, ec2.modify_vpc_endpoint, VpcEndpointId=endpoint, PolicyDocument=text)
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, ResetPolicy=True)
    error("InvalidParameterCombination", 400, ec2.modify_vpc_endpoint, VpcEndpointId=endpoint, ResetPolicy=True,
          PolicyDocument=policy)
    wait_for("available", lambda: state_of(network.account, endpoint) == "available")
    error("DependencyViolation", 400, ec2.delete_security_group, GroupId=network.group)
    service.account.ec2.modify_vpc_endpoint_service_configuration(ServiceId=service.id, AcceptanceRequired=False)
    error("InvalidVpcEndpointServiceId.NotFound", 400, ec2.modify_vpc_endpoint_service_configuration,
          ServiceId=service.id, AcceptanceRequired=False)
    ec2.delete_subnet(SubnetId=other)


def tags(network, endpoint):
    step("tags")
    ec2 = network.account.ec2
    ec2.create_tags(Resources=[endpoint, network.vpc], Tags=[{"Key": "team", "Value": "a"}, {"Key": "stage", "Value": ""}])
    of_endpoint = [{"Name": "resource-id", "Values": [endpoint]}]
    assert ec2.describe_tags(Filters=of_endpoint)["Tags"] == [
        {"Key": key, "ResourceId": endpoint, "ResourceType": "vpc-endpoint", "Value": value}
        for key, value in (("stage", ""), ("team", "a"))]
    by_type = [{"Name": "resource-type", "Values": ["vpc"]}, {"Name": "tag:team", "Values": ["a"]}]
    assert [it["ResourceId"] for it in ec2.describe_tags(Filters=by_type)["Tags"]] == [network.vpc]
    ec2.delete_tags(Resources=[endpoint], Tags=[{"Key": "team", "Value": "other"}, {"Key": "stage"}])
    assert [it["Key"] for it in ec2.describe_tags(Filters=of_endpoint)["Tags"]] == ["team"]
    found = ec2.describe_vpc_endpoints(Filters=[{"Name": "tag:team", "Values": ["a"]}])["VpcEndpoints"]
    assert [it["VpcEndpointId"] for it in found] == [endpoint]
    error("InvalidVpcID.NotFound", 400, ec2.create_tags, Resources=["vpc-00000000000000000"],
          Tags=[{"Key": "k", "Value": "v"}])
    error("InvalidID", 400, ec2.create_tags, Resources=["nonsense"], Tags=[{"Key": "k", "Value": "v"}])


def many(network, service):
    step("many endpoints at once, and page by page")
    account, count = network.account, 24
    made, failures = [], []

    def create():
        try:
            made.append(account.ec2.create_vpc_endpoint(
                VpcEndpointType="Interface", VpcId=network.vpc, ServiceName=service.name, SubnetIds=network.subnets,
                TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "many", "Value": "yes"}]}])["VpcEndpoint"])
        except Exception as failure:  # noqa: BLE001 - reported below
            failures.append(failure)

    threads = [threading.Thread(target=create) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [], failures
    ids = {it["VpcEndpointId"] for it in made}
    filters = [{"Name": "tag:many", "Values": ["y*"]}]
    pages = list(account.ec2.get_paginator("describe_vpc_endpoints").paginate(
        Filters=filters, PaginationConfig={"PageSize": 10}))
    assert [len(page["VpcEndpoints"]) for page in pages] == [10, 10, 4]
    assert {it["VpcEndpointId"] for page in pages for it in page["VpcEndpoints"]} == ids
    interfaces = account.ec2.get_paginator("describe_network_interfaces").paginate(
        Filters=[{"Name": "vpc-id", "Values": [network.vpc]}], PaginationConfig={"PageSize": 7})
    addresses = [it["PrivateIpAddress"] for page in interfaces for it in page["NetworkInterfaces"]]
    assert len(addresses) == len(set(addresses)) == 2 * count + 2
    connections = service.account.ec2.get_paginator("describe_vpc_endpoint_connections").paginate(
        PaginationConfig={"PageSize": 9})
    assert len([it for page in connections for it in page["VpcEndpointConnections"]]) == count + 1
    error("InvalidNextToken", 400, account.ec2.describe_vpc_endpoints, NextToken="nonsense")
    assert account.ec2.delete_vpc_endpoints(VpcEndpointIds=sorted(ids))["Unsuccessful"] == []
    wait_for("all are gone", lambda: {it["State"] for it in account.ec2.describe_vpc_endpoints(
        Filters=filters)["VpcEndpoints"]} == {"deleted"})


def the_end(service, provider_network, consumer_network, endpoint):
    step("everything is taken down again")
    provider, consumer = service.account, consumer_network.account
    kept = provider.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service.id])["Unsuccessful"]
    assert [it["Error"]["Code"] for it in kept] == ["ExistingVpcEndpointConnections"]
    error("ResourceInUse", 400, provider.elbv2.delete_load_balancer, LoadBalancerArn=service.balancer)
    assert consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"] == []

    def gone():
        try:
            return state_of(consumer, endpoint) == "deleted"
        except ClientError as failure:
            return failure.response["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"

    wait_for("the endpoint is gone", gone)
    connections = provider.ec2.describe_vpc_endpoint_connections(
        Filters=[{"Name": "vpc-endpoint-id", "Values": [endpoint]}])["VpcEndpointConnections"]
    assert [it["VpcEndpointState"] for it in connections] == ["deleted"]
    again = consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"]
    assert [it["Error"]["Code"] for it in again] == ["InvalidVpcEndpoint.NotFound"]
    assert provider.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service.id])["Unsuccessful"] == []
    error("InvalidVpcEndpointServiceId.NotFound", 400, provider.ec2.describe_vpc_endpoint_service_configurations,
          ServiceIds=[service.id])
    provider.elbv2.delete_listener(ListenerArn=service.listener)
    provider.elbv2.delete_load_balancer(LoadBalancerArn=service.balancer)
    provider.elbv2.delete_load_balancer(LoadBalancerArn=service.balancer)
    provider.elbv2.delete_target_group(TargetGroupArn=service.group)
    for network in (provider_network, consumer_network):
        ec2 = network.account.ec2
        running = [it["InstanceId"] for page in ec2.describe_instances()["Reservations"] for it in page["Instances"]
                   if it["State"]["Name"] != "terminated"]
        if running:
            ec2.terminate_instances(InstanceIds=running)
            ec2.get_waiter("instance_terminated").wait(InstanceIds=running, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
        ec2.delete_security_group(GroupId=network.group)
        for subnet in network.subnets:
            ec2.delete_subnet(SubnetId=subnet)
        ec2.delete_vpc(VpcId=network.vpc)
        error("InvalidVpcID.NotFound", 400, ec2.describe_vpcs, VpcIds=[network.vpc])
        assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def main():
    provider, consumer = Account(SETTINGS["provider"]), Account(SETTINGS["consumer"])
    refused.who_is_who(provider, consumer)
    refused.large_bodies(consumer)
    empty_services.check(consumer)
    regions(provider)
    provider_network, consumer_network = Network(provider), Network(consumer)
    networks(provider_network)
    rules(provider_network)
    rules(consumer_network)
    interfaces(provider_network)
    server = instances(provider_network)
    error("InvalidInstanceID.NotFound", 400, consumer.ec2.describe_instances, InstanceIds=[server])
    service = Service(provider_network, server)
    private_name(service)
    endpoint = link(service, consumer_network)
    acceptance(service, consumer, endpoint)
    modification(consumer_network, service, endpoint)
    tags(consumer_network, endpoint)
    step("topics, and notifications of connections")
    messages.tell(provider, error, service, endpoint)
    many(consumer_network, service)
    the_end(service, provider_network, consumer_network, endpoint)
    step("done")


main()
