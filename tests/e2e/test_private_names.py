"""Private DNS names: proved by a record in real DNS, and resolved in the endpoint's VPC alone."""

import botocore.exceptions
import pytest

from adit import Adit, wait_for
from world import Endpoint, Network, Service


@pytest.fixture
def adit(resolving_adit):
    return resolving_adit


def dig(client, *words):
    return client.run("dig", "+tries=1", "+time=2", *words, check=False).stdout


class Named:
    """A provider's service with a private name, and a consumer's network where private names can resolve."""

    def __init__(self, adit, published, name, acceptance=False):
        self.published, self.name = published, name
        self.provider, self.consumer = adit.account("provider"), adit.account("consumer")
        self.service, self.network = Service(Network(self.provider), acceptance=acceptance), Network(self.consumer)
        self.service.permit(self.consumer)
        self.configure(PrivateDnsName=name)
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.attribute(attribute, True)

    def configure(self, **changes):
        self.service.ec2.modify_vpc_endpoint_service_configuration(ServiceId=self.service.id, **changes)

    def attribute(self, name, value):
        self.network.ec2.modify_vpc_attribute(VpcId=self.network.vpc, **{name: {"Value": value}})

    def proof(self):
        """What describes the record: state, name and value."""
        reply = self.service.ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[self.service.id])
        return reply["ServiceConfigurations"][0]["PrivateDnsNameConfiguration"]

    def publish(self, domain, below=True):
        proof = self.proof()
        assert proof["Type"] == "TXT"
        self.published.text(f"{proof['Name']}.{domain}" if below else domain, proof["Value"])

    def start(self):
        self.service.ec2.start_vpc_endpoint_service_private_dns_verification(ServiceId=self.service.id)

    def verify(self, domain):
        self.publish(domain)
        self.start()
        wait_for("the name is verified", lambda: self.proof()["State"] == "verified")

    def switch(self, endpoint, enabled):
        self.network.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint.id, PrivateDnsEnabled=enabled)
        endpoint.wait("available")


def refusal(call, *args, **kwargs):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(*args, **kwargs)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_private_name_leads_to_the_endpoint_inside_its_vpc_and_to_the_world_outside(adit, published):
    published.addressed("api.example.com", "192.0.2.80")
    named = Named(adit, published, "api.example.com", acceptance=True)
    client, neighbour = named.network.instance(), named.service.servers[0]
    endpoint = Endpoint(named.network, named.service.name)
    on = {"VpcEndpointId": endpoint.id, "PrivateDnsEnabled": True}
    code, message = refusal(named.network.ec2.modify_vpc_endpoint, **on)
    assert code == "InvalidParameter" and "has not verified the private DNS name" in message
    named.verify("api.example.com")
    code, message = refusal(named.network.ec2.modify_vpc_endpoint, **on)
    assert code == "InvalidParameter" and "after the endpoint connection is accepted" in message
    assert client.resolve("api.example.com") == ["192.0.2.80"]
    named.service.accept(endpoint)
    named.switch(endpoint, True)
    private = endpoint.describe()["DnsEntries"][-1]
    assert private["DnsName"] == "api.example.com" and private["HostedZoneId"].startswith("Z")
    assert client.resolve("api.example.com") == [endpoint.address]
    assert client.fetch("api.example.com") is not None
    assert neighbour.resolve("api.example.com") == ["192.0.2.80"]
    missing = dig(client, "@10.0.0.2", "www.api.example.com")
    assert "status: NXDOMAIN" in missing and "SOA" in missing
    reply = dig(client, "@10.0.0.2", "api.example.com")
    assert "60\tIN\tA" in reply, reply

    named.service.reject(endpoint)
    wait_for("the name is the world's again", lambda: client.resolve("api.example.com") == ["192.0.2.80"])
    named.service.accept(endpoint)
    assert client.fetch("api.example.com") is not None
    named.switch(endpoint, False)
    assert client.resolve("api.example.com") == ["192.0.2.80"]
    assert client.fetch(endpoint.address) is not None


def test_a_wildcard_leads_every_name_below_its_domain_to_the_endpoint(adit, published):
    published.addressed("example.com", "192.0.2.80")
    named = Named(adit, published, "*.example.com")
    client = named.network.instance()
    named.verify("example.com")
    endpoint = Endpoint(named.network, named.service.name, private_dns=True).wait("available")
    for name in ("a.example.com", "b.c.example.com"):
        assert client.resolve(name) == [endpoint.address]
    assert client.resolve("example.com") == []
    code, message = refusal(Endpoint, named.network, named.service.name, [endpoint.group], private_dns=True)
    assert code == "InvalidParameter" and "conflicting DNS domain for example.com in the VPC" in message
    endpoint.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint.id])
    wait_for("the name is the world's again", lambda: client.resolve("example.com") == ["192.0.2.80"])


def test_a_record_that_is_published_late_is_found_without_asking_again(adit, published):
    named = Named(adit, published, "late.example.com")
    named.start()
    wait_for("it was looked for", lambda: "late.example.com" in published.asked)
    assert named.proof()["State"] == "pendingVerification"
    named.publish("late.example.com", below=False)
    wait_for("the name is verified", lambda: named.proof()["State"] == "verified")
    details = named.consumer.ec2.describe_vpc_endpoint_services(ServiceNames=[named.service.name])["ServiceDetails"][0]
    assert details["PrivateDnsName"] == "late.example.com"
    assert details["PrivateDnsNames"] == [{"PrivateDnsName": "late.example.com"}]
    assert details["PrivateDnsNameVerificationState"] == "verified"


def test_a_record_of_the_domain_above_proves_a_name(adit, published):
    named = Named(adit, published, "a.b.example.com")
    named.verify("example.com")


def test_a_record_that_is_not_found_in_time_fails_and_connections_outlive_a_lost_verification(published):
    installation = Adit(None, "--resolver", published.address, "--verification-timeout", "2s")
    try:
        named = Named(installation, published, "api.example.com")
        client = named.network.instance()
        named.start()
        wait_for("the verification fails", lambda: named.proof()["State"] == "failed")
        named.verify("api.example.com")
        endpoint = Endpoint(named.network, named.service.name, private_dns=True).wait("available")
        published.records.clear()
        named.start()
        wait_for("the verification is lost", lambda: named.proof()["State"] == "failed")
        assert client.fetch("api.example.com") is not None
        code, message = refusal(Endpoint, named.network, named.service.name, [endpoint.group], private_dns=True)
        assert code == "InvalidParameter" and "has not verified the private DNS name" in message
    finally:
        installation.close()


def test_a_verification_goes_on_where_it_was_when_adit_starts_again(adit, published):
    named = Named(adit, published, "api.example.com")
    named.start()
    adit.kill()
    named.published.records.clear()
    adit.start()
    named.publish("api.example.com")
    wait_for("the name is verified", lambda: named.proof()["State"] == "verified")


def test_the_vpcs_attributes_switch_private_names_and_the_whole_resolver(adit, published):
    published.addressed("www.example.com", "192.0.2.80")
    named = Named(adit, published, "api.example.com")
    client = named.network.instance()
    named.verify("api.example.com")
    endpoint = Endpoint(named.network, named.service.name, private_dns=True).wait("available")
    regional = endpoint.names()[0]
    assert client.resolve("api.example.com") == [endpoint.address]

    named.attribute("EnableDnsHostnames", False)
    wait_for("private names are off", lambda: client.resolve("api.example.com") == [])
    assert client.resolve(regional) == [endpoint.address]
    assert client.resolve("www.example.com") == ["192.0.2.80"]
    named.attribute("EnableDnsHostnames", True)
    wait_for("private names are on", lambda: client.resolve("api.example.com") == [endpoint.address])

    named.attribute("EnableDnsSupport", False)
    silent = "connection timed out", "no servers could be reached", "communications error"

    def nobody_answers(server, *words):
        return any(text in dig(client, f"@{server}", *words, regional) for text in silent)

    wait_for("the resolver is gone", lambda: nobody_answers("10.0.0.2"))
    for server in ("10.0.0.2", "169.254.169.253"):
        assert nobody_answers(server) and nobody_answers(server, "+tcp"), server
    assert client.fetch(endpoint.address) is not None, "only names are gone"
    neighbour = named.service.servers[0]
    assert neighbour.resolve(regional) == [endpoint.address], "other VPCs have their own resolver"
    named.attribute("EnableDnsSupport", True)
    wait_for("the resolver is back", lambda: client.resolve("api.example.com") == [endpoint.address])
