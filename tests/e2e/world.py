"""Networks to test in: a VPC with instances, a published service, an endpoint to it."""

import textwrap

from adit import wait_for

# Every VPC uses the same addresses, on purpose.
CIDR = "10.0.0.0/16"
ZONES = {"us-east-1a": "10.0.1.0/24", "us-east-1b": "10.0.2.0/24"}
IMAGE = "ami-00000000"

# Answers each HTTP request with the address that it came from; /stream never ends.
WEB_SERVER = textwrap.dedent("""\
    #!/usr/bin/env python3
    import http.server, os, socketserver, time
    class Page(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def do_GET(self):
            self.send_response(200)
            if self.path == "/stream":
                self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                while True:
                    self.wfile.write(b"5\\r\\ntick\\n\\r\\n"); self.wfile.flush(); time.sleep(0.02)
            body = f"{os.uname().nodename} saw {self.client_address[0]}".encode()
            self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
        def log_message(self, *args): pass
    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True
        request_queue_size = 512
    Server(("0.0.0.0", PORT), Page).serve_forever()
    """)


def web_server(port=80):
    return WEB_SERVER.replace("PORT", str(port))


class Network:
    """One account's VPC: a subnet in each zone and a security group that allows nothing in."""

    def __init__(self, account, zones=("us-east-1a",)):
        self.account, self.adit, self.ec2 = account, account.adit, account.ec2
        self.vpc = self.ec2.create_vpc(CidrBlock=CIDR)["Vpc"]["VpcId"]
        self.subnets = {zone: self.subnet(zone) for zone in zones}
        self.first_subnet = self.subnets[zones[0]]
        self.group = self.security_group("default-of-tests")

    def subnet(self, zone):
        return self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=ZONES[zone], AvailabilityZone=zone)["Subnet"]["SubnetId"]

    def security_group(self, name, *allowed):
        group = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"]
        for protocol, port, peer in allowed:
            self.allow(group, protocol, port, peer)
        return group

    @staticmethod
    def permission(protocol, port, peer):
        """`peer` is a CIDR or a security group's id; port -1: all."""
        ports = {} if protocol == "-1" else {"FromPort": port, "ToPort": port}
        source = {"UserIdGroupPairs": [{"GroupId": peer}]} if peer.startswith("sg-") else {"IpRanges": [{"CidrIp": peer}]}
        return {"IpProtocol": protocol, **ports, **source}

    def allow(self, group, protocol, port, peer):
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[self.permission(protocol, port, peer)])

    def instance(self, user_data=None, subnet=None, groups=None, address=None):
        options = {"UserData": user_data} if user_data else {}
        if address:
            options["PrivateIpAddress"] = address
        reply = self.ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, SubnetId=subnet or self.first_subnet,
                                       SecurityGroupIds=groups or [self.group], **options)
        return Instance(self, reply["Instances"][0])


class Instance:
    def __init__(self, network, description):
        self.network, self.adit = network, network.adit
        self.id, self.address = description["InstanceId"], description["PrivateIpAddress"]
        wait_for(f"{self.id} runs", lambda: self.describe()["State"]["Name"] == "running")

    def describe(self):
        return self.network.ec2.describe_instances(InstanceIds=[self.id])["Reservations"][0]["Instances"][0]

    def run(self, *command, **options):
        return self.adit.exec(self.id, *command, **options)

    def fetch(self, address, port=80, seconds=3):
        """The page's text, or None when none came in time."""
        done = self.run("curl", "-sS", "--max-time", seconds, f"http://{address}:{port}/", check=False)
        return done.stdout if done.returncode == 0 else None

    def listens(self, port):
        return self.run("python3", "-c", f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)",
                        check=False).returncode == 0

    def resolve(self, name):
        done = self.run("getent", "ahostsv4", name, check=False)
        return sorted({line.split()[0] for line in done.stdout.splitlines()})


class Service:
    """A web server behind a network load balancer, published as an endpoint service.

    `balancer_allows`: what a security group of the load balancer lets in; None: it has no group.
    """

    def __init__(self, network, port=80, acceptance=True, servers=1, protocol="TCP", user_data=None,
                 balancer_allows=None):
        self.network, self.account, self.ec2, self.elbv2 = network, network.account, network.ec2, network.account.elbv2
        self.adit, self.port = network.adit, port
        self.group = network.security_group(f"servers-{port}", (protocol.lower(), port, CIDR))
        self.servers = [network.instance(user_data or web_server(port), groups=[self.group], address=f"10.0.1.{10 + number}")
                        for number in range(servers)]
        self.lb_groups = [] if balancer_allows is None else [network.security_group(f"balancer-{port}", *balancer_allows)]
        self.protocol = protocol
        self.lb, self.target_group, self.listener = self.load_balancer(str(port))
        configuration = self.ec2.create_vpc_endpoint_service_configuration(
            NetworkLoadBalancerArns=[self.lb], AcceptanceRequired=acceptance)["ServiceConfiguration"]
        self.id, self.name = configuration["ServiceId"], configuration["ServiceName"]
        wait_for("all targets are healthy", lambda: set(self.health().values()) == {"healthy"}, 60)

    def load_balancer(self, name):
        """A load balancer in front of the servers: its ARN, its target group's and its listener's."""
        load_balancer = self.elbv2.create_load_balancer(
            Name=f"lb-{name}", Type="network", Scheme="internal", Subnets=list(self.network.subnets.values()),
            SecurityGroups=self.lb_groups)["LoadBalancers"][0]["LoadBalancerArn"]
        check = {} if self.protocol == "TCP" else {"HealthCheckPort": "7"}
        target_group = self.elbv2.create_target_group(
            Name=f"tg-{name}", Protocol=self.protocol, Port=self.port, VpcId=self.network.vpc, TargetType="instance",
            **check)["TargetGroups"][0]["TargetGroupArn"]
        self.elbv2.register_targets(TargetGroupArn=target_group, Targets=[{"Id": server.id} for server in self.servers])
        listener = self.elbv2.create_listener(
            LoadBalancerArn=load_balancer, Protocol=self.protocol, Port=self.port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}])["Listeners"][0]["ListenerArn"]
        return load_balancer, target_group, listener

    def add_load_balancer(self, name):
        """Puts one more load balancer behind the service, once its targets are healthy: its ARN."""
        load_balancer, target_group, _ = self.load_balancer(name)
        wait_for("its targets are healthy", lambda: set(self.health(target_group).values()) == {"healthy"}, 60)
        self.ec2.modify_vpc_endpoint_service_configuration(ServiceId=self.id, AddNetworkLoadBalancerArns=[load_balancer])
        return load_balancer

    def register(self, *servers):
        self.elbv2.register_targets(TargetGroupArn=self.target_group, Targets=[{"Id": server.id} for server in servers])

    def deregister(self, *servers):
        self.elbv2.deregister_targets(TargetGroupArn=self.target_group, Targets=[{"Id": server.id} for server in servers])

    def health(self, target_group=None):
        reply = self.elbv2.describe_target_health(TargetGroupArn=target_group or self.target_group)
        return {row["Target"]["Id"]: row["TargetHealth"]["State"] for row in reply["TargetHealthDescriptions"]}

    def permit(self, account):
        self.ec2.modify_vpc_endpoint_service_permissions(
            ServiceId=self.id, AddAllowedPrincipals=[f"arn:aws:iam::{account.id}:root"])

    def accept(self, endpoint):
        reply = self.ec2.accept_vpc_endpoint_connections(ServiceId=self.id, VpcEndpointIds=[endpoint.id])
        assert reply["Unsuccessful"] == []
        endpoint.wait("available")

    def reject(self, endpoint):
        reply = self.ec2.reject_vpc_endpoint_connections(ServiceId=self.id, VpcEndpointIds=[endpoint.id])
        assert reply["Unsuccessful"] == []

    def node_addresses(self, load_balancer=None):
        name = (load_balancer or self.lb).split("loadbalancer/")[1]
        reply = self.ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": [f"ELB {name}"]}])
        return {interface["PrivateIpAddress"] for interface in reply["NetworkInterfaces"]}


class Endpoint:
    """An interface endpoint of a consumer's network."""

    def __init__(self, network, service_name, groups=None, subnets=None, private_dns=False):
        self.network, self.ec2 = network, network.ec2
        self.group = network.security_group(f"endpoint-{service_name[-6:]}", ("-1", -1, CIDR)) if not groups else groups[0]
        created = self.ec2.create_vpc_endpoint(
            VpcEndpointType="Interface", VpcId=network.vpc, ServiceName=service_name, PrivateDnsEnabled=private_dns,
            SubnetIds=subnets or list(network.subnets.values()), SecurityGroupIds=groups or [self.group])["VpcEndpoint"]
        self.id = created["VpcEndpointId"]

    def describe(self):
        return self.ec2.describe_vpc_endpoints(VpcEndpointIds=[self.id])["VpcEndpoints"][0]

    @property
    def state(self):
        return self.describe()["State"]

    def wait(self, state):
        wait_for(f"{self.id} is {state}", lambda: self.state == state)
        return self

    def addresses(self):
        ids = self.describe()["NetworkInterfaceIds"]
        reply = self.ec2.describe_network_interfaces(NetworkInterfaceIds=ids)
        return [interface["PrivateIpAddress"] for interface in reply["NetworkInterfaces"]]

    @property
    def address(self):
        return self.addresses()[0]

    def names(self):
        return [entry["DnsName"] for entry in self.describe()["DnsEntries"]]


def private_link(adit, **options):
    """(consumer's network with a client, service, endpoint that is available), in two accounts of their own."""
    provider, consumer = adit.account("provider"), adit.account("consumer")
    service = Service(Network(provider), **options)
    network = Network(consumer)
    client = network.instance(address="10.0.1.10")
    service.permit(consumer)
    endpoint = Endpoint(network, service.name)
    if endpoint.state == "pendingAcceptance":
        service.accept(endpoint)
    endpoint.wait("available")
    return client, service, endpoint
