"""Terraform with its AWS provider, unchanged: applies, finds nothing to do, changes in place, and destroys."""

import glob
import json
import os
import shutil
import subprocess

import pytest

from adit import wait_for
from world import web_server

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


class Terraform:
    """One working folder."""

    def __init__(self, folder, variables):
        self.folder = folder
        for file in glob.glob(os.path.join(CONFIGURATION, "*.tf")):
            shutil.copy(file, folder)
        (folder / "terraform.tfvars.json").write_text(json.dumps(variables))
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_"))}
        self.env = {**clean, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(folder / "rc"),
                    "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
        plugins = mirror()
        installation = f'provider_installation {{ filesystem_mirror {{ path = "{plugins}" }} }}' if plugins else ""
        (folder / "rc").write_text(installation)

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


@pytest.fixture
def terraform(adit, tmp_path):
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    provider, consumer = adit.account("provider"), adit.account("consumer")

    def key(account):
        return {"id": account.credentials["aws_access_key_id"], "secret": account.credentials["aws_secret_access_key"]}

    terraform = Terraform(tmp_path, {
        "endpoint_url": provider.endpoint_url, "region": provider.region, "provider_key": key(provider),
        "consumer_key": key(consumer), "consumer_account": consumer.id, "web_server": web_server()})
    try:
        terraform.run("init", "-input=false", "-no-color", timeout=120)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"terraform has no AWS provider here: {str(error)[-300:]}")
    terraform.adit, terraform.provider, terraform.consumer = adit, provider, consumer
    return terraform


def test_terraform_applies_changes_and_destroys_and_packets_follow(terraform):
    terraform.change("apply")
    changes, plan = terraform.plan()
    assert not changes, f"a second plan finds something to do:\n{plan}"
    outputs = terraform.outputs()
    assert outputs["owners"] == [terraform.provider.id, terraform.consumer.id]

    def page():
        done = terraform.adit.exec(outputs["client"], "curl", "-sS", "--max-time", "2", f"http://{outputs['name']}/", check=False)
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
