"""An interface endpoint between two VPCs with the same addresses: what passes, what doesn't, what each side sees."""

import subprocess

import botocore.exceptions
import pytest

from adit import Adit, wait_for
from world import CIDR, Endpoint, Network, Service, private_link, web_server


def test_a_page_crosses_between_vpcs_that_use_the_same_addresses(adit):
    client, service, endpoint = private_link(adit)
    assert client.address == service.servers[0].address, "both are 10.0.1.10"
    page = client.fetch(endpoint.address)
    assert page is not None and page.endswith(f"saw {service.node_addresses().pop()}")


def test_pending_acceptance_passes_nothing_and_acceptance_opens(adit):
    provider, consumer = adit.account("provider"), adit.account("consumer")
    service, network = Service(Network(provider)), Network(consumer)
    client = network.instance()
    service.permit(consumer)
    endpoint = Endpoint(network, service.name)
    assert endpoint.state == "pendingAcceptance"
    assert client.fetch(endpoint.address, seconds=1) is None
    assert client.resolve(endpoint.names()[0]) == []
    service.accept(endpoint)
    assert client.fetch(endpoint.address) is not None
    assert client.resolve(endpoint.names()[0]) == [endpoint.address]


def test_a_request_that_expired_passes_nothing_and_stays_to_be_seen():
    adit = Adit(None, "--acceptance-timeout", "3s")
    try:
        provider, consumer = adit.account("provider"), adit.account("consumer")
        service, network = Service(Network(provider)), Network(consumer)
        client = network.instance()
        service.permit(consumer)
        kept = Endpoint(network, service.name)
        service.accept(kept)
        endpoint = Endpoint(network, service.name, [kept.group]).wait("expired")
        assert client.fetch(endpoint.address, seconds=1) is None
        assert client.resolve(endpoint.names()[0]) == []
        late = service.ec2.accept_vpc_endpoint_connections(ServiceId=service.id, VpcEndpointIds=[endpoint.id])
        assert [it["Error"]["Code"] for it in late["Unsuccessful"]] == ["InvalidState"]
        assert endpoint.state == "expired" and client.fetch(endpoint.address, seconds=1) is None
        states = {it["VpcEndpointId"]: it["VpcEndpointState"]
                  for it in service.ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"]}
        assert states == {kept.id: "available", endpoint.id: "expired"}
        assert client.fetch(kept.address) is not None
        adit.stop()
        adit.options = []
        adit.start()
        assert client.fetch(Endpoint(network, service.name, [kept.group]).wait("expired").address, seconds=1) is None
    finally:
        adit.close()


def test_without_acceptance_required_the_endpoint_becomes_available_by_itself(adit):
    client, _, endpoint = private_link(adit, acceptance=False)
    assert client.fetch(endpoint.address) is not None


def test_a_service_is_invisible_without_permission(adit):
    provider, consumer = adit.account("provider"), adit.account("consumer")
    service, network = Service(Network(provider)), Network(consumer)
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        Endpoint(network, service.name)
    assert refused.value.response["Error"]["Code"] == "InvalidServiceName"


def test_reject_cuts_a_live_transfer_and_new_connections(adit):
    client, service, endpoint = private_link(adit)
    live = adit.spawn(client.id, "curl", "-sSN", f"http://{endpoint.address}/stream", stdout=-1, stderr=-1)
    assert live.stdout.read(5), "the transfer is under way"
    service.reject(endpoint)
    _, complaint = live.communicate(timeout=10)
    assert live.returncode != 0 and b"reset" in complaint.lower()
    assert client.fetch(endpoint.address, seconds=1) is None
    assert endpoint.state == "rejected"
    assert adit.drops("flow_revoked") >= 1
    service.accept(endpoint)
    assert client.fetch(endpoint.address) is not None


def test_deleting_the_endpoint_cuts_it_off_and_leaves_nothing(adit):
    client, _, endpoint = private_link(adit)
    address = endpoint.address
    assert client.fetch(address) is not None
    assert endpoint.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint.id])["Unsuccessful"] == []

    def gone():
        try:
            return endpoint.state == "deleted"
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"

    wait_for("the endpoint is gone", gone)
    assert client.fetch(address, seconds=1) is None
    interfaces = endpoint.ec2.describe_network_interfaces(
        Filters=[{"Name": "interface-type", "Values": ["vpc_endpoint"]}])["NetworkInterfaces"]
    assert interfaces == []


def test_an_instance_reaches_no_other_vpc_by_any_address(adit):
    client, service, endpoint = private_link(adit)
    server = service.servers[0]
    # A server whose address nobody has in the client's own VPC: its neighbour reaches it, the client does not.
    hidden = server.network.instance(web_server(), address="10.0.1.77", groups=[service.group])
    wait_for("the hidden server answers", lambda: server.fetch(hidden.address, seconds=1) is not None)
    interfaces = service.ec2.describe_network_interfaces()["NetworkInterfaces"]
    addresses = {interface["PrivateIpAddress"] for interface in interfaces} - {client.address, endpoint.address}
    assert hidden.address in addresses
    addresses |= {"10.0.1.1", "10.0.0.1", "10.0.1.255", "192.168.0.1", "127.0.0.2"}
    for address in sorted(addresses):
        assert client.fetch(address, seconds=1) is None, address
    # And the provider can't open anything towards the consumer: not even to who just called.
    assert server.fetch(endpoint.address, seconds=1) is None
    for node in service.node_addresses():
        assert server.fetch(node, seconds=1) is None


def test_both_directions_of_a_bulk_transfer_arrive_whole(adit):
    echo = """#!/usr/bin/env python3
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(1 << 16):
            self.request.sendall(data)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
Server(("0.0.0.0", 80), Echo).serve_forever()
"""
    client, _, endpoint = private_link(adit, user_data=echo)
    script = f"""
import hashlib, os, socket, threading
size = 64 << 20
sent, got = hashlib.sha256(), hashlib.sha256()
link = socket.create_connection(({endpoint.address!r}, 80))
def send():
    left = size
    while left:
        block = os.urandom(1 << 20); sent.update(block); link.sendall(block); left -= len(block)
    link.shutdown(socket.SHUT_WR)
thread = threading.Thread(target=send); thread.start()
while data := link.recv(1 << 20): got.update(data)
thread.join()
assert sent.digest() == got.digest()
"""
    client.run("python3", "-c", script, timeout=60)


def test_udp_crosses_and_a_closed_port_is_told(adit):
    echo = """#!/usr/bin/env python3
import socket, threading
def health():
    listener = socket.create_server(("0.0.0.0", 7))
    while True: listener.accept()[0].close()
threading.Thread(target=health, daemon=True).start()
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); sock.bind(("0.0.0.0", 5353))
while True:
    data, peer = sock.recvfrom(65535)
    sock.sendto(data + b" from " + peer[0].encode(), peer)
    if data == b"stop": break
sock.close()
threading.Event().wait()
"""
    provider, consumer = adit.account("provider"), adit.account("consumer")
    producer = Network(provider)
    service = Service.__new__(Service)
    network = Network(consumer)
    # The health check needs its own port in the servers' group.
    original = producer.security_group
    producer.security_group = lambda name, *allowed: original(name, *allowed, ("tcp", 7, "10.0.0.0/16"))
    Service.__init__(service, producer, port=5353, protocol="UDP", user_data=echo)
    client = network.instance()
    service.permit(consumer)
    endpoint = Endpoint(network, service.name)
    service.accept(endpoint)
    ask = f"""
import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); sock.settimeout(3); sock.connect(({endpoint.address!r}, 5353))
def ask(data):
    sock.send(data); return sock.recv(65535)
assert ask(b"hello") == b"hello from {service.node_addresses().pop()}", ask(b"hello")
assert ask(b"x" * 8000).startswith(b"x" * 8000)
ask(b"stop")
# The server's kernel says that the port is closed, and the message finds its way back through the endpoint.
for attempt in range(20):
    try: ask(b"anyone?")
    except ConnectionRefusedError: break
    except TimeoutError: pass
else: raise AssertionError("nothing told that the port is closed")
"""
    client.run("python3", "-c", ask)


def test_a_large_segment_size_is_clamped(adit):
    client, service, endpoint = private_link(adit)
    script = f"""
import socket
link = socket.create_connection(({endpoint.address!r}, 80))
print(link.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))
"""
    # 8,500 bytes less both headers and the timestamp option.
    assert int(client.run("python3", "-c", script).stdout) == 8500 - 40 - 12
    mtu = client.run("cat", "/sys/class/net/eth0/mtu").stdout.strip()
    assert mtu == "8500"


def test_deregistering_a_target_moves_new_connections_only(adit):
    client, service, endpoint = private_link(adit, servers=2)
    names = {client.fetch(endpoint.address).split()[0] for _ in range(40)}
    assert len(names) == 2, "both targets are used"
    streams = [adit.spawn(client.id, "curl", "-sSN", "--http1.1", f"http://{endpoint.address}/stream", stdout=-1)
               for _ in range(8)]
    try:
        for stream in streams:
            assert stream.stdout.read(5)
        service.deregister(service.servers[0])
        survivor = "ip-" + service.servers[1].address.replace(".", "-")
        wait_for("new connections go to the other target",
                 lambda: {client.fetch(endpoint.address).split()[0] for _ in range(10)} == {survivor})
        for stream in streams:
            assert stream.poll() is None and stream.stdout.read(50), "every old connection goes on"
    finally:
        for stream in streams:
            stream.kill()
            stream.wait()


def test_a_target_that_dies_is_left_out_after_its_health_check_fails(adit):
    client, service, endpoint = private_link(adit, servers=2)
    service.elbv2.modify_target_group(TargetGroupArn=service.target_group, HealthCheckIntervalSeconds=5,
                                      HealthCheckTimeoutSeconds=2)
    kill_all = """
import os
for pid in filter(str.isdigit, os.listdir("/proc")):
    if pid not in ("1", str(os.getpid())): os.kill(int(pid), 9)
"""
    service.servers[0].run("python3", "-c", kill_all)
    wait_for("the dead target is unhealthy", lambda: service.health()[service.servers[0].id] == "unhealthy", 40)
    assert all(client.fetch(endpoint.address) for _ in range(20))


def test_a_second_server_program_on_another_port(adit):
    client, service, endpoint = private_link(adit, port=8080)
    assert client.fetch(endpoint.address, port=8080) is not None
    assert client.fetch(endpoint.address, port=80, seconds=1) is None, "no listener, no answer"
    assert web_server(8080)


# Keeps one connection, and for each line that it is told gets the page through it.
ASK = """
import http.client, sys
link = http.client.HTTPConnection(sys.argv[1], timeout=5); link.connect(); link.auto_open = 0
for line in sys.stdin:
    link.request("GET", "/"); print(link.getresponse().read().decode(), flush=True)
"""


class Connection:
    """An open connection of a client to an endpoint."""

    def __init__(self, client, address):
        self.process = client.adit.spawn(client.id, "python3", "-c", ASK, address, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def fetch(self):
        """The page's text, or None when the connection is broken."""
        try:
            print("again", file=self.process.stdin, flush=True)
        except BrokenPipeError:
            return None
        return self.process.stdout.readline().strip() or None

    def close(self):
        self.process.kill()
        self.process.communicate()


def test_endpoints_keep_their_load_balancer_when_another_one_is_added(adit):
    provider, consumer = adit.account("provider"), adit.account("consumer")
    service, network = Service(Network(provider), acceptance=False), Network(consumer)
    client = network.instance()
    service.permit(consumer)
    group = network.security_group("endpoints", ("-1", -1, CIDR))

    def connect():
        return Endpoint(network, service.name, [group]).wait("available")

    def node_of(page):
        return {page.split()[-1]} if page else None

    endpoints = [connect() for _ in range(6)]
    addresses = [endpoint.address for endpoint in endpoints]
    connections = [Connection(client, address) for address in addresses]
    try:
        first = service.node_addresses()
        assert all(node_of(connection.fetch()) == first for connection in connections)
        added = service.add_load_balancer("added")
        second = service.node_addresses(added)
        # An endpoint is available once the data plane knows it, and then it knows of the load balancer as well. By chance it
        # uses the first one; that all of many do is as good as impossible.
        fresh = []
        while len(fresh) < 20 and second not in [node_of(client.fetch(endpoint.address)) for endpoint in fresh[-1:]]:
            fresh.append(connect())
        assert len(fresh) < 20, "a new endpoint comes to the new load balancer"
        assert all(node_of(connection.fetch()) == first for connection in connections), "open connections go on"
        assert all(node_of(client.fetch(address)) == first for address in addresses), "new ones go the same way"
    finally:
        for connection in connections:
            connection.close()

    def remove():
        service.ec2.modify_vpc_endpoint_service_configuration(
            ServiceId=service.id, RemoveNetworkLoadBalancerArns=[service.lb])

    # As on AWS, it is removed between connections only.
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        remove()
    assert refused.value.response["Error"]["Code"] == "ExistingVpcEndpointConnections"
    for endpoint in endpoints + fresh:
        service.reject(endpoint)
    remove()
    for endpoint in endpoints:
        service.accept(endpoint)
    assert all(node_of(client.fetch(address)) == second for address in addresses), "all come to the other one"
