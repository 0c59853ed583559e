"""Security groups, and what nobody may forge."""

from adit import wait_for
from world import CIDR, Endpoint, Network, private_link, web_server


def pair(adit, *allowed):
    """A client and a web server in one VPC; the server's group allows what is given."""
    network = Network(adit.account("tenant"))
    group = network.security_group("servers", *allowed)
    server = network.instance(web_server(), groups=[group])
    client = network.instance()
    wait_for("the server listens", lambda: server.listens(80))
    return network, client, server, group


def test_egress_without_ingress_is_not_enough(adit):
    network, client, server, group = pair(adit)
    assert client.fetch(server.address, seconds=1) is None
    assert adit.drops("rules_ingress") >= 1
    network.allow(group, "tcp", 80, CIDR)
    assert client.fetch(server.address) is not None


def test_ingress_without_egress_is_not_enough(adit):
    network, client, server, _ = pair(adit, ("tcp", 80, CIDR))
    assert client.fetch(server.address) is not None
    network.ec2.revoke_security_group_egress(GroupId=network.group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    assert client.fetch(server.address, seconds=1) is None
    assert adit.drops("rules_egress") >= 1


def test_replies_need_no_rule(adit):
    network, client, server, group = pair(adit, ("tcp", 80, CIDR))
    network.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    assert client.fetch(server.address) is not None


def test_a_group_as_peer_admits_its_members_only(adit):
    network, client, server, group = pair(adit)
    friends = network.security_group("friends")
    friend = network.instance(groups=[friends])
    network.allow(group, "tcp", 80, friends)
    assert friend.fetch(server.address) is not None
    assert client.fetch(server.address, seconds=1) is None


def test_ports_and_protocols_are_told_apart(adit):
    network, client, server, group = pair(adit, ("tcp", 81, CIDR), ("udp", 80, CIDR))
    assert client.fetch(server.address, seconds=1) is None
    assert client.run("ping", "-c1", "-W1", server.address, check=False).returncode != 0
    network.allow(group, "icmp", -1, CIDR)
    assert client.run("ping", "-c1", "-W2", server.address, check=False).returncode == 0


def test_revoking_a_rule_cuts_the_live_connection(adit):
    network, client, server, group = pair(adit, ("tcp", 80, CIDR))
    live = adit.spawn(client.id, "curl", "-sSN", f"http://{server.address}/stream", stdout=-1, stderr=-1)
    assert live.stdout.read(5)
    network.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[network.permission("tcp", 80, CIDR)])
    live.communicate(timeout=10)
    assert live.returncode != 0
    assert adit.drops("flow_revoked") >= 1


def test_the_endpoints_own_group_decides(adit):
    client, service, endpoint = private_link(adit)
    network = endpoint.network
    closed = network.security_group("closed")
    network.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint.id, AddSecurityGroupIds=[closed],
                                    RemoveSecurityGroupIds=[endpoint.group])
    endpoint.wait("available")
    assert client.fetch(endpoint.address, seconds=1) is None
    assert adit.drops("rules_frontend") >= 1


def test_the_targets_group_sees_the_load_balancer_node(adit):
    client, service, endpoint = private_link(adit)
    node = service.node_addresses().pop()
    network = service.network
    network.ec2.revoke_security_group_ingress(GroupId=service.group, IpPermissions=[network.permission("tcp", 80, CIDR)])
    network.allow(service.group, "tcp", 80, f"{node}/32")
    assert client.fetch(endpoint.address) is not None


def test_the_load_balancers_group_decides_what_is_sent_to_targets(adit):
    client, service, endpoint = private_link(adit, balancer_allows=[("tcp", 80, CIDR)])
    [balancer] = service.lb_groups
    live = adit.spawn(client.id, "curl", "-sSN", f"http://{endpoint.address}/stream", stdout=-1, stderr=-1)
    assert live.stdout.read(5)
    service.ec2.revoke_security_group_egress(GroupId=balancer, IpPermissions=[Network.permission("-1", -1, "0.0.0.0/0")])
    live.communicate(timeout=10)
    assert live.returncode != 0
    assert client.fetch(endpoint.address, seconds=1) is None
    assert adit.drops("rules_node") >= 1

    service.ec2.authorize_security_group_egress(GroupId=balancer, IpPermissions=[Network.permission("tcp", 80, service.group)])
    assert client.fetch(endpoint.address) is not None


def test_the_load_balancers_group_sees_the_clients_own_address(adit):
    client, service, endpoint = private_link(adit, balancer_allows=[("tcp", 80, "10.0.1.10/32")])
    [balancer] = service.lb_groups
    assert client.address == "10.0.1.10" != endpoint.address and client.fetch(endpoint.address) is not None
    of_client = [Network.permission("tcp", 80, f"{client.address}/32")]
    service.ec2.revoke_security_group_ingress(GroupId=balancer, IpPermissions=of_client)
    for other in (endpoint.address, *service.node_addresses()):
        service.network.allow(balancer, "tcp", 80, f"{other}/32")
    assert client.fetch(endpoint.address, seconds=1) is None
    assert set(service.health().values()) == {"healthy"}, "health checks need no inbound rule"

    judged = {"LoadBalancerArn": service.lb, "SecurityGroups": [balancer]}
    service.elbv2.set_security_groups(**judged, EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off")
    wait_for("inbound rules judge no traffic of endpoints", lambda: client.fetch(endpoint.address) is not None)
    service.elbv2.set_security_groups(**judged, EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="on")
    wait_for("inbound rules judge it again", lambda: client.fetch(endpoint.address, seconds=1) is None)


FORGE = """
import socket, struct, sys
def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff); total += total >> 16
    return ~total & 0xffff
def mac(text): return bytes.fromhex(text.replace(":", ""))
def ip(source, target, proto, payload):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, proto, 0, socket.inet_aton(source), socket.inet_aton(target))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload
own = open("/sys/class/net/eth0/address").read().strip()
router = "02:ad:00:00:00:01"
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); wire.bind(("eth0", 0))
"""


def test_forged_source_addresses_macs_and_arp_are_dropped(adit):
    network, client, server, _ = pair(adit, ("-1", -1, CIDR))
    echo = 'struct.pack("!BBHHH", 8, 0, 0xf7fe, 1, 0)'
    cases = {
        "spoofed_source": f'wire.send(mac(router) + mac(own) + b"\\x08\\x00" + ip("10.0.1.77", {server.address!r}, 1, {echo}))',
        "spoofed_mac": f'wire.send(mac(router) + mac("02:00:00:00:00:99") + b"\\x08\\x00" + ip({client.address!r}, {server.address!r}, 1, {echo}))',
        "spoofed_arp": f'wire.send(b"\\xff" * 6 + mac(own) + bytes.fromhex("0806000108000604" "0002") + mac(own) + socket.inet_aton({server.address!r}) + b"\\xff" * 6 + socket.inet_aton({server.address!r}))',
    }
    for reason, send in cases.items():
        before = adit.drops(reason)
        client.run("python3", "-c", FORGE + send)
        wait_for(f"{reason} is counted", lambda: adit.drops(reason) > before, 5)
    assert client.fetch(server.address) is not None, "honest packets still pass"


def test_an_endpoint_of_one_tenant_is_no_way_for_another(adit):
    client, _, endpoint = private_link(adit)
    stranger = Network(adit.account("stranger")).instance()
    assert client.fetch(endpoint.address) is not None
    assert stranger.fetch(endpoint.address, seconds=1) is None
    assert Endpoint
