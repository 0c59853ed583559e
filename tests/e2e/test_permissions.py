"""Users and roles: who may make an endpoint, and packets through the one that was made."""

import json
import subprocess

import botocore.exceptions
import pytest

from adit import wait_for
from world import Endpoint, Network, Service

ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def code(refused):
    return refused.value.response["Error"]["Code"]


def clients(account, credentials, *services):
    """Clients that sign with other credentials than the account's own."""
    keys = {"aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials.get("SessionToken")}
    return [account.client(service, **keys) for service in services]


def test_the_one_role_that_a_service_admits_connects_and_packets_cross(adit):
    provider, consumer = adit.account("provider"), adit.account("consumer")
    service, network = Service(Network(provider), acceptance=False), Network(consumer)
    client = network.instance()
    iam = consumer.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": consumer.id}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="connector", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="connector", PolicyName="own", PolicyDocument=policy(ANYTHING))
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=policy(ANYTHING))
    ec2, sts = clients(consumer, iam.create_access_key(UserName="alice")["AccessKey"], "ec2", "sts")
    provider.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service.id, AddAllowedPrincipals=[role])
    for stranger in (consumer.ec2, ec2):
        assert stranger.describe_vpc_endpoint_services()["ServiceNames"] == []
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            stranger.create_vpc_endpoint(VpcEndpointType="Interface", VpcId=network.vpc, ServiceName=service.name)
        assert code(refused) == "InvalidServiceName"
    session = sts.assume_role(RoleArn=role, RoleSessionName="shift")["Credentials"]
    [network.ec2] = clients(consumer, session, "ec2")
    endpoint = Endpoint(network, service.name).wait("available")
    assert client.fetch(endpoint.address) is not None
    # The session goes on when the process that gave it does not.
    assert adit.stop() == 0
    adit.start()
    wait_for("the session is known", lambda: endpoint.state == "available")


def test_the_aws_command_manages_users_and_is_denied_what_they_may_not(adit):
    account = adit.account("team")

    def aws(*words, env=None):
        done = subprocess.run(["aws", *words, "--output", "json"], env=env or adit.environment("team"),
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def must(*words, **options):
        status, output, complaint = aws(*words, **options)
        assert status == 0, complaint
        return json.loads(output) if output else None

    must("iam", "create-user", "--user-name", "alice")
    lists = policy({"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"})
    must("iam", "put-user-policy", "--user-name", "alice", "--policy-name", "lists", "--policy-document", lists)
    key = must("iam", "create-access-key", "--user-name", "alice")["AccessKey"]
    alice = {**adit.environment("team"), "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
             "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    assert must("sts", "get-caller-identity", env=alice)["Arn"] == f"arn:aws:iam::{account.id}:user/alice"
    assert must("ec2", "describe-vpcs", env=alice)["Vpcs"] == []
    status, _, complaint = aws("ec2", "create-vpc", "--cidr-block", "10.0.0.0/16", env=alice)
    assert status != 0 and "UnauthorizedOperation" in complaint
    assert "because no identity-based policy allows the ec2:CreateVpc action" in complaint
    must("iam", "update-access-key", "--user-name", "alice", "--access-key-id", key["AccessKeyId"],
         "--status", "Inactive")
    status, _, complaint = aws("sts", "get-caller-identity", env=alice)
    assert status != 0 and "InvalidClientTokenId" in complaint
