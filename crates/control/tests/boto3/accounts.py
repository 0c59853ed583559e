"""Accounts as boto3 has them: clients whose answers must hold nothing that botocore's models do not know."""

import json
import sys
import time
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# What the test tells on standard input: where the API is, and the accounts.
SETTINGS = json.load(sys.stdin)
# One session for all accounts: it reads the models once.
SESSION = boto3.Session()
# An instance's image, which is any text.
IMAGE = "ami-00000000"


def step(text):
    print(f"- {text}", flush=True)


def wait_for(what, condition, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not true in time"
        time.sleep(0.01)


def error(code, status, call, *args, **kwargs):
    """The call fails with this code and status; returns the message."""
    try:
        answer = call(*args, **kwargs)
    except ClientError as failure:
        got = failure.response["Error"]["Code"], failure.response["ResponseMetadata"]["HTTPStatusCode"]
        assert got == (code, status), f"{got} instead of {code}, {status}: {failure}"
        assert failure.response["ResponseMetadata"]["RequestId"]
        return failure.response["Error"]["Message"]
    raise AssertionError(f"no {code} but {answer}")


# -- answers that the models do not know ---------------------------------------


def check_element(element, shape, path):
    """An element's members must be the shape's, down to the leaves."""
    if shape.type_name == "structure":
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for child in element:
            tag = child.tag.split("}")[-1]
            assert tag in known, f"{path} has no {tag}"
            check_element(child, known[tag], f"{path}.{tag}")
    elif shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        for child in element:
            tag = child.tag.split("}")[-1]
            assert tag == item, f"{path} holds {tag} instead of {item}"
            check_element(child, shape.member, f"{path}[]")
    elif shape.type_name == "map":
        for entry in element:
            assert [part.tag.split("}")[-1] for part in entry] == ["key", "value"], path
    else:
        assert len(element) == 0, f"{path} is plain text"


def check_document(operation_model, response_dict, **_):
    if response_dict["status_code"] != 200:
        return
    protocol = operation_model.service_model.protocol
    if protocol == "json":
        unknown = json.loads(response_dict["body"]).keys() - operation_model.output_shape.members.keys()
        assert not unknown, f"{operation_model.name} has no {unknown}"
        return
    root = ElementTree.fromstring(response_dict["body"])
    name, shape = operation_model.name, operation_model.output_shape
    assert root.tag.split("}")[-1] == f"{name}Response", root.tag
    if protocol == "rest-xml":
        check_element(root, shape, name)
    elif protocol == "ec2":
        children = [child for child in root if child.tag.split("}")[-1] != "requestId"]
        if shape is None:
            assert [child.tag.split("}")[-1] for child in children] == ["return"], name
            return
        root[:] = children
        # The API reference has a return value that not every model has.
        if "Return" not in shape.members:
            root[:] = [child for child in children if child.tag.split("}")[-1] != "return"]
        check_element(root, shape, name)
    else:
        result = root[0]
        assert result.tag.split("}")[-1] == f"{name}Result", result.tag
        if shape is not None:
            check_element(result, shape, name)


class Account:
    def __init__(self, credentials):
        self.id = credentials["id"]
        self.keys = {
            "aws_access_key_id": credentials["access_key_id"],
            "aws_secret_access_key": credentials["secret_access_key"],
            "aws_session_token": credentials.get("session_token"),
        }
        names = ("ec2", "elbv2", "iam", "sts", "sns")
        self.ec2, self.elbv2, self.iam, self.sts, self.sns = (self.client(name) for name in names)

    def client(self, service, **overrides):
        options = {
            "region_name": SETTINGS["region"],
            "endpoint_url": SETTINGS["url"],
            "config": Config(retries={"total_max_attempts": 1}, read_timeout=30),
            **self.keys,
            **overrides,
        }
        client = SESSION.client(service, **options)
        client.meta.events.register("before-parse", check_document)
        return client
