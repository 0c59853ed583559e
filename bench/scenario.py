"""What a provider and a consumer set up, through boto3 and nothing else, so that Adit and moto are asked the same.

Both VPCs have the same addresses, as strangers' VPCs do.
"""

from dataclasses import dataclass

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from stage import wait

VPC_CIDR = "10.0.0.0/16"
SUBNET_CIDR = "10.0.1.0/24"
ZONE_SUFFIX = "a"
IMAGE = "ami-00000000000000000"
READY_SECONDS = 60


@dataclass(frozen=True)
class Account:
    """An account's credentials at one API."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str
    region: str

    def api(self, service: str) -> BaseClient:
        """A client that never retries: a failure is a failure."""
        return boto3.client(
            service, region_name=self.region, endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key_id, aws_secret_access_key=self.secret_access_key,
            config=Config(retries={"total_max_attempts": 1}, user_agent_extra="adit-bench"),
        )

    @property
    def number(self) -> str:
        """The account's twelve digits."""
        return self.api("sts").get_caller_identity()["Account"]

    @property
    def zone(self) -> str:
        return self.region + ZONE_SUFFIX


@dataclass(frozen=True)
class Network:
    """A VPC with one subnet, and a security group that lets the VPC's own addresses in by TCP."""

    vpc: str
    subnet: str
    group: str


def network(account: Account) -> Network:
    """Creates one."""
    ec2 = account.api("ec2")
    vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=SUBNET_CIDR, AvailabilityZone=account.zone)["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="bench", Description="bench", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": VPC_CIDR}]},
    ])
    return Network(vpc, subnet, group)


def instance(account: Account, where: Network, user_data: str = "") -> str:
    """Starts an instance and waits until it runs; returns its id."""
    ec2 = account.api("ec2")
    started = ec2.run_instances(
        ImageId=IMAGE, MinCount=1, MaxCount=1, SubnetId=where.subnet, SecurityGroupIds=[where.group], UserData=user_data,
    )["Instances"][0]["InstanceId"]

    def runs() -> bool:
        found = ec2.describe_instances(InstanceIds=[started])["Reservations"][0]["Instances"][0]
        return found["State"]["Name"] == "running"

    wait(f"instance {started} runs", READY_SECONDS, runs)
    return started


def load_balancer(account: Account, where: Network, name: str) -> str:
    """A network load balancer without listeners; returns its ARN."""
    made = account.api("elbv2").create_load_balancer(
        Name=name, Type="network", Scheme="internal", Subnets=[where.subnet]
    )
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def listen(account: Account, where: Network, balancer: str, target: str, port: int) -> None:
    """A listener that leads to an instance, which must pass a health check first."""
    elb = account.api("elbv2")
    group = elb.create_target_group(
        Name=f"bench-{port}", Protocol="TCP", Port=port, VpcId=where.vpc, TargetType="instance",
        HealthCheckProtocol="TCP", HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2, HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": target, "Port": port}])
    elb.create_listener(
        LoadBalancerArn=balancer, Protocol="TCP", Port=port,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )

    def healthy() -> bool:
        found = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return any(one["TargetHealth"]["State"] == "healthy" for one in found)

    wait(f"target {target} is healthy", READY_SECONDS, healthy, pause=0.1)


def service(account: Account, balancer: str, acceptance: bool) -> tuple[str, str]:
    """Publishes a load balancer; returns the service's id and name."""
    made = account.api("ec2").create_vpc_endpoint_service_configuration(
        AcceptanceRequired=acceptance, NetworkLoadBalancerArns=[balancer]
    )["ServiceConfiguration"]
    return made["ServiceId"], made["ServiceName"]


def permit(account: Account, service_id: str, consumer: str) -> None:
    """Allows an account to create endpoints to a service."""
    account.api("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=service_id, AddAllowedPrincipals=[f"arn:aws:iam::{consumer}:root"]
    )


def create_endpoint(ec2: BaseClient, where: Network, service_name: str) -> dict:
    """One CreateVpcEndpoint; returns what it answers."""
    return ec2.create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId=where.vpc, ServiceName=service_name,
        SubnetIds=[where.subnet], SecurityGroupIds=[where.group],
    )["VpcEndpoint"]


def endpoint(ec2: BaseClient, endpoint_id: str) -> dict:
    """One endpoint as DescribeVpcEndpoints shows it."""
    return ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]


def address(ec2: BaseClient, shown: dict) -> str | None:
    """The private address of an endpoint, if it has its interface yet."""
    interfaces = shown.get("NetworkInterfaceIds") or []
    if not interfaces:
        return None
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=interfaces[:1])["NetworkInterfaces"]
    return found[0]["PrivateIpAddress"]


def wait_available(ec2: BaseClient, endpoint_id: str) -> dict:
    """Waits until an endpoint is available; returns what is shown of it then."""

    def available() -> dict | None:
        shown = endpoint(ec2, endpoint_id)
        return shown if shown["State"].lower() == "available" else None

    return wait(f"endpoint {endpoint_id} is available", READY_SECONDS, available)


def populate(account: Account, count: int, per_vpc: int) -> list[str]:
    """Creates `count` endpoints to one service of the same account, the first in its own VPC; returns their ids."""
    ec2 = account.api("ec2")
    where = network(account)
    _, service_name = service(account, load_balancer(account, where, "bench-reads"), acceptance=False)
    made: list[str] = []
    while len(made) < count:
        if made and len(made) % per_vpc == 0:
            where = network(account)
        made.append(create_endpoint(ec2, where, service_name)["VpcEndpointId"])
    return made
