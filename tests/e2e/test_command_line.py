"""The commands around `adit up`, and what the real `aws` command says through it."""

import json
import os
import re
import signal
import subprocess

import pytest

from adit import Adit, wait_for
from world import Network, private_link


@pytest.fixture(scope="module")
def instance(shared_adit):
    return Network(shared_adit.account("tenant")).instance("#!/bin/sh\necho hello from user data\nexit 3\n")


def aws(adit, *words, account=None, check=True):
    done = subprocess.run(["aws", *words, "--output", "json"], env=adit.environment(account), capture_output=True,
                          text=True, timeout=60)
    if check:
        assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if check and done.stdout else done


def test_env_makes_aws_talk_to_adit(shared_adit):
    caller = aws(shared_adit, "sts", "get-caller-identity")
    assert re.fullmatch(r"\d{12}", caller["Account"]) and caller["Arn"] == f"arn:aws:iam::{caller['Account']}:root"
    vpc = aws(shared_adit, "ec2", "create-vpc", "--cidr-block", "172.16.0.0/16")["Vpc"]
    assert aws(shared_adit, "ec2", "describe-vpcs", "--vpc-ids", vpc["VpcId"])["Vpcs"][0]["CidrBlock"] == "172.16.0.0/16"


def test_env_puts_away_what_a_shell_has_from_elsewhere(shared_adit):
    nowhere = "http://127.0.0.1:1"
    services = ("EC2", "ELASTIC_LOAD_BALANCING_V2", "IAM", "SNS", "STS")
    left = {"AWS_SESSION_TOKEN": "left", "AWS_SECURITY_TOKEN": "left", "AWS_PROFILE": "no-such-profile",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
            **{f"AWS_ENDPOINT_URL_{service}": nowhere for service in services}}
    proxies = {"HTTP_PROXY": nowhere, "http_proxy": nowhere, "NO_PROXY": "internal.example"}
    make = f'eval "$({shared_adit.binary} env --name {shared_adit.name})"'
    script = f'{make} && {make} && echo "$NO_PROXY $no_proxy" >&2 && aws sts get-caller-identity --output json'
    done = subprocess.run(["sh", "-euc", script], env=shared_adit.environment() | left | proxies, capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr.split() == ["127.0.0.1,internal.example"] * 2
    assert json.loads(done.stdout) == aws(shared_adit, "sts", "get-caller-identity")
    # What says so of every host says so once something is before it no more.
    everywhere = {**proxies, "NO_PROXY": "*"}
    done = subprocess.run(["sh", "-euc", script], env=shared_adit.environment() | left | everywhere, capture_output=True,
                          text=True, timeout=60)
    assert (done.returncode, done.stderr.split()) == (0, ["*", "*"]), done.stderr
    told = shared_adit.run("env", "--help").stdout
    assert all(name in told for name in [*list(left)[:4], "AWS_ENDPOINT_URL_...", "NO_PROXY"])


def test_another_region_is_served_to_every_service_and_says_so_to_those_who_ask_for_one(request):
    adit = Adit(None, "--region", "eu-west-1")
    request.addfinalizer(adit.close)
    # The address is the same for all services, so that IAM's requests, too, are signed for the region.
    assert aws(adit, "iam", "get-account-summary")["SummaryMap"]["Users"] == 0
    assert aws(adit, "iam", "list-groups")["Groups"] == []
    refused = aws(adit, "--region", "us-east-1", "ec2", "describe-vpcs", check=False)
    assert refused.returncode != 0 and "AuthFailure" in refused.stderr
    assert "serves the region 'eu-west-1', not 'us-east-1'" in refused.stderr
    assert "This installation serves 'eu-west-1'" in adit.log()


def test_services_that_are_not_offered_say_so_to_their_own_commands(shared_adit):
    for service, words in (("s3", ["s3api", "list-objects-v2", "--bucket", "b"]), ("lambda", ["lambda", "list-functions"]),
                           ("dynamodb", ["dynamodb", "list-tables"]), ("cloudfront", ["cloudfront", "list-distributions"]),
                           ("logs", ["logs", "describe-log-groups"])):
        refused = aws(shared_adit, *words, check=False)
        assert refused.returncode != 0 and f"The service '{service}' is not offered here." in refused.stderr, refused
    # Of these there is nothing, and nothing can be made.
    assert aws(shared_adit, "route53", "list-hosted-zones")["HostedZones"] == []
    assert aws(shared_adit, "route53resolver", "list-resolver-rules")["ResolverRules"] == []
    refused = aws(shared_adit, "route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "1", check=False)
    assert refused.returncode != 0 and "(UnsupportedOperation)" in refused.stderr, refused


def test_accounts_are_listed_for_programs_under_either_place_of_the_name(shared_adit):
    account = shared_adit.account("listed")
    for words in (["account", "list", "--json", "--name", shared_adit.name],
                  ["account", "--name", shared_adit.name, "list", "--json"]):
        done = subprocess.run([shared_adit.binary, *words], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, done.stderr
        assert {"name": "listed", "id": account.id} in json.loads(done.stdout)


def test_malformed_options_say_what_is_wrong_with_them(shared_adit):
    for option, value, words in (("--dns-suffix", "a..b", "is no domain name"),
                                 ("--subscriber-net", "10.0.0.0/40", "from 0 to 32, not '40'"),
                                 ("--region", "eu_central", "is no region code"),
                                 ("--quota", "wishes=3", "subnets-per-vpc")):
        done = subprocess.run([shared_adit.binary, "up", "--name", "nobody", option, value], capture_output=True, text=True,
                              timeout=20)
        assert done.returncode == 2 and words in done.stderr, done.stderr


def test_accounts_never_see_each_other(shared_adit):
    first, second = shared_adit.account("first"), shared_adit.account("second")
    vpc = first.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert second.ec2.describe_vpcs()["Vpcs"] == []
    with pytest.raises(Exception, match="InvalidVpcID.NotFound"):
        second.ec2.describe_vpcs(VpcIds=[vpc])
    listed = shared_adit.run("account list").stdout
    assert first.id in listed and second.id in listed
    assert shared_adit.run("account create", "first", check=False).returncode != 0
    assert shared_adit.environment(first.id)["AWS_ACCESS_KEY_ID"] == first.credentials["aws_access_key_id"]


def test_wrong_credentials_get_awss_errors(shared_adit):
    tenant = shared_adit.account("careful")
    wrong = tenant.client("ec2", aws_secret_access_key="x" * 40)
    with pytest.raises(Exception, match="AuthFailure"):
        wrong.describe_vpcs()
    unknown = tenant.client("sts", aws_access_key_id="AKIAXXXXXXXXXXXXXXXX")
    with pytest.raises(Exception, match="InvalidClientTokenId"):
        unknown.get_caller_identity()
    unsupported = aws(shared_adit, "ec2", "describe-spot-fleet-requests", check=False)
    assert "InvalidAction" in unsupported.stderr


def test_exec_passes_exit_codes_output_and_signals(shared_adit, instance):
    assert instance.run("sh", "-c", "echo out; echo err >&2; exit 7", check=False).returncode == 7
    assert instance.run("hostname").stdout.strip() == "ip-" + instance.address.replace(".", "-")
    assert instance.run("sh", "-c", "kill -TERM $$", check=False).returncode == 128 + signal.SIGTERM
    assert instance.run("no-such-command", check=False).returncode == 127
    shell = shared_adit.spawn(instance.id, "sh", "-c", "trap 'exit 5' INT; echo ready; while :; do sleep 0.05; done",
                              stdout=subprocess.PIPE, text=True)
    assert shell.stdout.readline() == "ready\n"
    shell.send_signal(signal.SIGINT)
    assert shell.wait(timeout=10) == 5
    echo = shared_adit.exec(instance.id, "cat", input="through stdin\n")
    assert echo.stdout == "through stdin\n"
    missing = shared_adit.exec("i-00000000000000000", "true", check=False)
    assert missing.returncode == 125 and "not running" in missing.stderr
    assert f"in installation '{shared_adit.name}'; --name chooses another" in missing.stderr
    nowhere = subprocess.run([shared_adit.binary, "exec", "--name", "nobody", instance.id, "--", "true"],
                             capture_output=True, text=True, timeout=20)
    assert nowhere.returncode == 125 and "no installation named 'nobody' has run" in nowhere.stderr
    malformed = shared_adit.exec("no-instance", "true", check=False)
    assert malformed.returncode == 125 and "'no-instance' is no instance id" in malformed.stderr


def test_user_data_runs_and_the_console_shows_it(shared_adit, instance):
    def console():
        return instance.network.ec2.get_console_output(InstanceId=instance.id).get("Output", "")

    wait_for("the console has the script's output", lambda: "hello from user data" in console())


def test_status_tells_what_is_there(shared_adit, instance):
    status = shared_adit.status()
    assert status["name"] == shared_adit.name and status["resources"]["instances"] >= 1
    text = shared_adit.run("status").stdout
    assert shared_adit.listen in text and "resources" in text
    assert status["running"] is True


def test_status_of_what_does_not_run_has_a_form_for_programs_too(adit):
    def status():
        done = adit.run("status", "--json", check=False)
        assert done.returncode == 3
        return json.loads(done.stdout)

    agent = adit.agent()
    adit.stop()
    expected = {"name": adit.name, "running": False, "has_run": True, "in_kernel": True,
                "agent": {"pid": agent, "failure": None}}
    assert status() == expected
    adit.run("down")
    assert status() == {**expected, "in_kernel": False, "agent": None}
    adit.run("down", "--purge")
    assert status() == {**expected, "has_run": False, "in_kernel": False, "agent": None}
    text = adit.run("status", check=False)
    assert text.returncode == 3 and "never run" in text.stdout


def test_status_counts_what_is_there_and_no_records(adit):
    client, _, endpoint = private_link(adit)
    consumer = client.network
    before = adit.status()["resources"]
    consumer.ec2.terminate_instances(InstanceIds=[client.id])
    consumer.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint.id])
    wait_for("the instance is gone", lambda: client.describe()["State"]["Name"] == "terminated")
    wait_for("the endpoint is gone", lambda: endpoint.state == "deleted")
    after = adit.status()["resources"]
    gone = {"instances": before["instances"] - 1, "endpoints": before["endpoints"] - 1}
    assert after == {**before, **gone}
    text = adit.run("status").stdout
    assert "3 accounts" in text and " 1 instance," in text and " 1 endpoint service," in text, text


def test_down_of_a_name_that_is_not_there_says_so(shared_adit):
    def down(*arguments):
        return subprocess.run([shared_adit.binary, "down", "--name", "nobody", *arguments], capture_output=True,
                              text=True, timeout=20)

    for arguments, code in ([], 0), (["--purge"], 1):
        done = down(*arguments)
        assert done.returncode == code and done.stdout == ""
        assert "'nobody' has never run on this host" in done.stderr and "nothing to remove" in done.stderr
    assert not os.path.exists("/run/adit-nobody")


def test_the_last_word_of_up_is_true(adit):
    adit.stop()
    assert "health checks go on until" in adit.log().splitlines()[-1]
    adit.start()
    adit.run("down")
    adit.process.wait(timeout=10)
    last = adit.log().splitlines()[-1]
    assert "adit down" in last and "go on" not in last, last


def test_help_and_completions_work_without_root_or_state(shared_adit):
    for words in (["--help"], ["up", "--help"], ["exec", "--help"], ["completions", "bash"], ["--version"]):
        done = subprocess.run([shared_adit.binary, *words], capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout


def test_who_is_not_root_is_told_why_it_takes_root(shared_adit):
    for command in ("status", "env", "down"):
        done = subprocess.run(["unshare", "--user", "--map-user=1000", shared_adit.binary, command], capture_output=True,
                              text=True, timeout=20)
        assert done.returncode == 1 and "adit needs root: an installation's files" in done.stderr, done.stderr


def test_exec_help_tells_what_an_instance_has_of_its_own(shared_adit, instance, tmp_path_factory):
    told = " ".join(shared_adit.run("exec", "--help").stdout.split())
    assert "its own /tmp, /run and /dev/shm" in told and "SIGKILL" in told
    script = tmp_path_factory.mktemp("host") / "script"
    script.write_text("")
    assert str(script).startswith("/tmp/") and instance.run("test", "-e", script, check=False).returncode == 1
    assert instance.run("test", "-e", "/usr/bin/env").returncode == 0
    shell = shared_adit.spawn(instance.id, "sh", "-c", "echo ready; sleep 2; echo went on > /tmp/on", stdout=subprocess.PIPE)
    assert shell.stdout.readline() == b"ready\n"
    shell.kill()
    shell.wait()
    wait_for("the command goes on", lambda: instance.run("cat", "/tmp/on", check=False).stdout == "went on\n")
