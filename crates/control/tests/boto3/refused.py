"""Requests that are refused before anything is looked at: by whom they are, for which service, and how large."""

import datetime
import http.client
import unittest.mock

import botocore.auth

from accounts import IMAGE, SETTINGS, error, step


def who_is_who(provider, consumer):
    step("accounts, and credentials that are wrong")
    identity = provider.sts.get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (provider.id, f"arn:aws:iam::{provider.id}:root")
    assert consumer.sts.get_caller_identity()["Account"] == consumer.id != provider.id
    strange = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}
    error("AuthFailure", 401, provider.client("ec2", **strange).describe_vpcs)
    error("InvalidClientTokenId", 403, provider.client("sts", **strange).get_caller_identity)
    wrong = {"aws_secret_access_key": "wrong"}
    error("AuthFailure", 401, provider.client("ec2", **wrong).describe_vpcs)
    error("SignatureDoesNotMatch", 403, provider.client("elbv2", **wrong).describe_load_balancers)
    token = {"aws_session_token": "token"}
    error("AuthFailure", 401, provider.client("ec2", **token).describe_vpcs)
    elsewhere = {"region_name": "eu-west-1"}
    error("SignatureDoesNotMatch", 403, provider.client("sts", **elsewhere).get_caller_identity)
    skewed(provider)
    unknown_action(provider)


def skewed(account):
    now = botocore.auth.get_current_datetime
    an_hour_ago = lambda *args, **kwargs: now(*args, **kwargs) - datetime.timedelta(hours=1)  # noqa: E731
    with unittest.mock.patch("botocore.auth.get_current_datetime", an_hour_ago):
        error("RequestExpired", 400, account.ec2.describe_vpcs)
        error("SignatureDoesNotMatch", 403, account.sts.get_caller_identity)


def unknown_action(account):
    message = error("InvalidAction", 400, account.ec2.describe_fleets)
    assert "DescribeFleets" in message, message
    message = error("UnsupportedOperation", 400, account.ec2.create_internet_gateway)
    assert "CreateInternetGateway" in message, message
    assert account.ec2.describe_internet_gateways()["InternetGateways"] == []
    missing = {"InternetGatewayIds": ["igw-0123456789abcdef0"]}
    error("InvalidInternetGatewayID.NotFound", 400, account.ec2.describe_internet_gateways, **missing)
    assert account.ec2.describe_images(Owners=["self"])["Images"] == []
    message = error("InvalidAMIID.NotFound", 400, account.ec2.describe_images, ImageIds=[IMAGE])
    assert message == f"The image id '[{IMAGE}]' does not exist", message
    assert account.ec2.describe_transit_gateway_route_tables()["TransitGatewayRouteTables"] == []
    assert account.ec2.describe_vpc_block_public_access_exclusions()["VpcBlockPublicAccessExclusions"] == []
    options = account.ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    assert (options["InternetGatewayBlockMode"], options["AwsAccountId"]) == ("off", account.id)
    error("InvalidAction", 400, account.elbv2.describe_trust_stores)
    for service, call in ("cloudfront", "list_distributions"), ("s3", "list_buckets"), ("autoscaling", "describe_tags"):
        assert f"'{service}' is not offered" in error("InvalidAction", 400, getattr(account.client(service), call))


def large_bodies(account):
    step("bodies that are too large are refused in words that clients read")
    error("RequestEntityTooLarge", 413, account.ec2.run_instances, ImageId=IMAGE, MinCount=1, MaxCount=1,
          UserData="x" * (2 << 20))
    for size in 2 << 20, 100 << 20:
        # A client that listens only after it has sent everything, and takes an error while sending for the end.
        connection = http.client.HTTPConnection(SETTINGS["url"].split("//")[1], timeout=30)
        connection.request("POST", "/", body=bytes(size))
        answer = connection.getresponse()
        assert answer.status == 413 and b"RequestEntityTooLarge" in answer.read()
        connection.close()
