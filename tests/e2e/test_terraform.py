"""Terraform with its AWS provider, unchanged: applies, finds nothing to do, changes in place, and destroys."""

import glob
import json
import os
import shutil
import subprocess

import pytest

from adit import wait_for
from world import CIDR, Endpoint, Network, Service, web_server

CONFIGURATION = os.path.join(os.path.dirname(__file__), "terraform")
# Where a copy of the provider may lie on hosts that may not download it; ADIT_TERRAFORM_PLUGINS names another place.
MIRRORS = ("/opt/*/registry.terraform.io", "/usr/share/terraform/plugins/registry.terraform.io",
           "/usr/local/share/terraform/plugins/registry.terraform.io")
NOTHING_TO_DO, CHANGES = 0, 2


def mirror():
    """The folder that has the provider, or None."""
    named = os.environ.get("ADIT_TERRAFORM_PLUGINS")
    if named:
        return named
    found = [path for pattern in MIRRORS for path in sorted(glob.glob(pattern))]
    return os.path.dirname(found[0]) if found else None


def key(account):
    return {"id": account.credentials["aws_access_key_id"], "secret": account.credentials["aws_secret_access_key"]}


class Terraform:
    """One working folder, with one of the configurations, for a provider's and a consumer's account."""

    def __init__(self, adit, folder, configuration):
        if not shutil.which("terraform"):
            pytest.skip("terraform is not installed")
        self.adit, self.folder = adit, folder
        self.provider, self.consumer = adit.account("provider"), adit.account("consumer")
        for place in (CONFIGURATION, os.path.join(CONFIGURATION, configuration)):
            for file in glob.glob(os.path.join(place, "*.tf")):
                shutil.copy(file, folder)
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
        self.env = {**clean, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(folder / "rc"),
                    "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
        plugins = mirror()
        installation = f'provider_installation {{ filesystem_mirror {{ path = "{plugins}" }} }}' if plugins else ""
        (folder / "rc").write_text(installation)
        self.variables({
            "endpoint_url": self.provider.endpoint_url, "region": self.provider.region,
            "provider_key": key(self.provider), "consumer_key": key(self.consumer), "consumer_account": self.consumer.id})
        try:
            self.run("init", "-input=false", "-no-color", timeout=120)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"terraform has no AWS provider here: {str(error)[-300:]}")

    def variables(self, values):
        """Gives variables their values, beside those that have some."""
        file = self.folder / "terraform.tfvars.json"
        known = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps({**known, **values}))

    def run(self, *arguments, expect=(0,), timeout=600):
        done = subprocess.run(["terraform", *arguments], cwd=self.folder, env=self.env, capture_output=True, text=True,
                              timeout=timeout)
        assert done.returncode in expect, f"terraform {arguments}: {done.stdout[-6000:]}\n{done.stderr[-6000:]}"
        return done

    def change(self, command, *variables):
        self.run(command, "-auto-approve", "-input=false", "-no-color", *variables)

    def plan(self, *variables):
        """Whether there is something to do, and the plan's text."""
        done = self.run("plan", "-input=false", "-no-color", "-detailed-exitcode", *variables,
                        expect=(NOTHING_TO_DO, CHANGES))
        return done.returncode == CHANGES, done.stdout

    def outputs(self):
        return {name: value["value"] for name, value in json.loads(self.run("output", "-json").stdout).items()}


def test_terraform_applies_changes_and_destroys_and_packets_follow(adit, tmp_path):
    terraform = Terraform(adit, tmp_path, "link")
    terraform.variables({"web_server": web_server()})
    terraform.change("apply")
    changes, plan = terraform.plan()
    assert not changes, f"a second plan finds something to do:\n{plan}"
    outputs = terraform.outputs()
    assert outputs["owners"] == [terraform.provider.id, terraform.consumer.id]

    def page():
        done = adit.exec(outputs["client"], "curl", "-sS", "--max-time", "2", f"http://{outputs['name']}/", check=False)
        return done.stdout if done.returncode == 0 else None

    assert "saw 10.0." in wait_for("the page comes through the endpoint", page, 60)

    later = "-var=stage=second"
    changes, plan = terraform.plan(later)
    assert changes and "must be replaced" not in plan and "will be destroyed" not in plan, plan
    terraform.change("apply", later)
    changes, plan = terraform.plan(later)
    assert not changes, f"the changed configuration is not settled:\n{plan}"
    assert page() is not None

    terraform.change("destroy", later)
    # The records of deleted endpoints are shown for a while.
    left = terraform.consumer.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert {endpoint["State"] for endpoint in left} <= {"deleted"}
    for account in (terraform.provider, terraform.consumer):
        assert account.ec2.describe_vpcs()["Vpcs"] == []


class Side:
    """One account's network, where private names can resolve, with a client that may call endpoints in it."""

    def __init__(self, account):
        self.network = Network(account)
        self.network.allow(self.network.group, "tcp", 80, CIDR)
        self.network.ec2.modify_vpc_attribute(VpcId=self.network.vpc, EnableDnsHostnames={"Value": True})
        self.client = self.network.instance(address="10.0.1.50")

    def variable(self):
        return {"vpc": self.network.vpc, "subnet": self.network.first_subnet, "group": self.network.group}

    def address_of(self, endpoint):
        interfaces = self.network.ec2.describe_network_interfaces(
            Filters=[{"Name": "description", "Values": [f"VPC Endpoint Interface {endpoint}"]}])["NetworkInterfaces"]
        return [interface["PrivateIpAddress"] for interface in interfaces]


def test_terraform_proves_a_private_name_and_switches_it(resolving_adit, published, tmp_path):
    name, world = "api.example.com", ["192.0.2.80"]
    published.file = str(tmp_path / "zone")
    published.addressed(name, *world)
    terraform = Terraform(resolving_adit, tmp_path, "names")
    own, consumer = Side(terraform.provider), Side(terraform.consumer)
    terraform.variables({
        "load_balancer": Service(own.network).lb, "private_name": name, "zone_file": published.file,
        "provider_network": own.variable(), "consumer_network": consumer.variable()})

    def settled(*variables):
        terraform.change("apply", *variables)
        changes, plan = terraform.plan(*variables)
        assert not changes, f"another plan finds something to do:\n{plan}"
        return terraform.outputs()

    outputs = settled()
    assert (outputs["found_name"], outputs["found_names"]) == (name, [name])
    assert consumer.client.resolve(name) == consumer.address_of(outputs["consumer"])
    assert "saw 10.0." in consumer.client.fetch(name)
    assert own.client.resolve(name) == world

    later = "-var=stage=second"
    changes, plan = terraform.plan(later)
    assert changes and "must be replaced" not in plan and "will be destroyed" not in plan, plan
    assert settled(later) == outputs
    assert consumer.client.resolve(name) == world
    assert own.client.resolve(name) == own.address_of(outputs["own"])
    assert "saw 10.0." in own.client.fetch(name)

    terraform.change("destroy", later)
    wait_for("the name is the world's again", lambda: own.client.resolve(name) == world)
    for side in own, consumer:
        left = side.network.ec2.describe_vpc_endpoints()["VpcEndpoints"]
        assert {endpoint["State"] for endpoint in left} <= {"deleted"}


def test_terraform_is_told_that_there_are_no_gateway_endpoints(adit, tmp_path):
    terraform = Terraform(adit, tmp_path, "gateway")
    network = Network(terraform.provider)
    service = Service(network, acceptance=False)
    table = network.ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    endpoint = Endpoint(network, service.name).wait("available")
    terraform.variables({"vpc": network.vpc, "route_table": table, "endpoint": endpoint.id})
    refused = terraform.run("apply", "-auto-approve", "-input=false", "-no-color", expect=(1,), timeout=60)
    told = " ".join(refused.stderr.replace("\u2502", "").split())
    assert "UnsupportedOperation: Gateway endpoints are not supported: there are interface endpoints alone." in told
    assert "InvalidParameter: Route table IDs are only supported for Gateway type VPC Endpoint." in told
    assert json.loads(terraform.run("show", "-json").stdout).get("values", {}).get("root_module", {}) == {}
    terraform.change("destroy")
