"""What the resolver of a VPC answers."""

import re

from adit import Adit, wait_for
from world import Network, private_link


def test_endpoint_names_have_awss_shape_and_resolve(adit):
    client, service, endpoint = private_link(adit)
    regional, zonal = endpoint.names()
    token = r"vpce-[0-9a-f]{17}-[a-z0-9]{8}"
    base = re.escape(f"{service.id}.us-east-1.vpce.amazonaws.com")
    assert re.fullmatch(rf"{token}\.{base}", regional)
    assert re.fullmatch(rf"{token}-us-east-1a\.{base}", zonal)
    for name in (regional, zonal, regional.upper()):
        assert client.resolve(name) == [endpoint.address]
    assert client.fetch(regional) is not None


def dig(client, *words):
    return client.run("dig", "+tries=1", "+time=2", *words, check=False).stdout


def test_the_resolver_answers_at_both_addresses_over_udp_and_tcp(adit):
    client, _, endpoint = private_link(adit)
    name = endpoint.names()[0]
    for server in ("10.0.0.2", "169.254.169.253"):
        for transport in ("+notcp", "+tcp"):
            assert dig(client, f"@{server}", transport, "+short", name).split() == [endpoint.address]
    reply = dig(client, "@10.0.0.2", name)
    assert " aa " in reply.replace(";", " ; ") and re.search(r"\s60\s+IN\s+A\s", reply)


def test_unknown_names_of_ours_do_not_exist_and_other_types_have_no_data(adit):
    client, service, endpoint = private_link(adit)
    missing = dig(client, "@10.0.0.2", f"vpce-0.{service.id}.us-east-1.vpce.amazonaws.com")
    assert "status: NXDOMAIN" in missing and "SOA" in missing
    other = dig(client, "@10.0.0.2", endpoint.names()[0], "AAAA")
    assert "status: NOERROR" in other and "ANSWER: 0" in other and "SOA" in other


def test_instances_know_each_other_by_name_within_their_vpc_only(adit):
    network = Network(adit.account("tenant"))
    first, second = network.instance(), network.instance()
    name = "ip-" + second.address.replace(".", "-") + ".ec2.internal"
    assert first.resolve(name) == [second.address]
    assert dig(first, "@10.0.0.2", "+short", "-x", second.address).strip() == name + "."
    stranger = Network(adit.account("stranger")).instance()
    assert stranger.resolve(name) == []


# Asks COUNT times as fast as it can, and waits for no answer.
FLOOD = """
import socket
query = b"\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + b"\\7missing\\3ec2\\10internal\\0" + b"\\0\\1\\0\\1"
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(COUNT):
    link.sendto(query, ("10.0.0.2", 53))
"""


def flood(count):
    return "python3", "-c", FLOOD.replace("COUNT", str(count))


def test_who_floods_the_resolver_takes_nobody_elses_answers(adit):
    network = Network(adit.account("tenant"))
    first, second = network.instance(), network.instance()
    name = "ip-" + second.address.replace(".", "-") + ".ec2.internal"
    assert first.resolve(name) == second.resolve(name) == [second.address]
    assert adit.drops("resolver_limit") == 0
    flooding = adit.spawn(first.id, *flood(5_000_000))
    try:
        wait_for("what is too much is dropped", lambda: adit.drops("resolver_limit") > 10_000)
        for _ in range(10):
            assert dig(second, "@10.0.0.2", "+short", name).split() == [second.address]
        assert flooding.poll() is None, "it had ended before"
    finally:
        flooding.terminate()
        flooding.wait(10)
    wait_for("the flood's source is answered again", lambda: first.resolve(name) == [second.address])


def test_the_operator_sets_how_much_the_resolver_may_be_asked():
    installation = Adit(None, "--resolver-packets-max", "0")
    try:
        instance = Network(installation.account("tenant")).instance()
        instance.run(*flood(20_000))
        assert installation.drops("resolver_limit") == 0
        installation.stop()
        installation.options = ["--resolver-packets-max", "3"]
        installation.start()

        def refused():
            instance.run(*flood(20))
            return installation.drops("resolver_limit")

        wait_for("the new limit holds for the instance that was there", refused)
    finally:
        installation.close()


def test_the_suffix_can_be_the_operators_own():
    installation = Adit(None, "--dns-suffix", "cloud.example")
    try:
        client, service, endpoint = private_link(installation)
        name = endpoint.names()[0]
        assert name.endswith(f"{service.id}.us-east-1.vpce.cloud.example")
        assert client.resolve(name) == [endpoint.address]
    finally:
        installation.close()
