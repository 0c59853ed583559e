"""Two ways to say the same to Adit: boto3, and the `aws` command with the argument forms that people write.

Both take operations and parameters in boto3's words, so that one story is told by either.
"""

import json
import os
import subprocess
import tempfile

import botocore.exceptions
import botocore.session
import jmespath
from botocore import xform_name

# Seconds and tries of boto3's waiters. The command keeps AWS's 15 seconds: a story waits with it where things are true already.
PATIENCE = {"Delay": 1, "MaxAttempts": 30}
# What the command calls otherwise than the API does.
RENAMED = {"IpProtocol": "--protocol", "CidrIp": "--cidr"}


class Boto3:
    """boto3's clients of one account."""

    def __init__(self, account):
        self.account, self.id = account, account.id

    def client(self, service):
        return getattr(self.account, service)

    def call(self, service, operation, query=None, **params):
        """The reply, or what a JMESPath expression finds in it."""
        reply = getattr(self.client(service), operation)(**params)
        return jmespath.search(query, reply) if query else reply

    # boto3 takes any parameters as one document.
    by_document = call

    def refused(self, service, operation, **params):
        """The code of the error that answers."""
        try:
            getattr(self.client(service), operation)(**params)
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        raise AssertionError(f"{operation} {params} was not refused")

    def wait(self, service, waiter, **params):
        self.client(service).get_waiter(waiter).wait(**params, WaiterConfig=PATIENCE)

    def pages(self, service, operation, size, most=None, start=None, **params):
        """Everything, or at most some, asked for in pages of a size; with `NextToken` if that was not all."""
        config = {"PageSize": size, "MaxItems": most, "StartingToken": start}
        return self.client(service).get_paginator(operation).paginate(**params, PaginationConfig=config).build_full_result()


class AwsCommand:
    """The unmodified `aws` command with the credentials of one account."""

    models = botocore.session.get_session()

    def __init__(self, account):
        self.id, self.environment = account.id, account.adit.environment(account.name)
        self.folder = tempfile.TemporaryDirectory(prefix="adit-test-")

    def run(self, *words):
        return subprocess.run(["aws", *words], env=self.environment, capture_output=True, text=True, timeout=120)

    def said(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, f"aws {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def call(self, service, operation, query=None, **params):
        words = [*self.words(service, operation, params), *(["--query", query] if query else [])]
        return self.said(*words, "--output", "json")

    def by_document(self, service, operation, query=None, **params):
        """With `--cli-input-json`: a skeleton in which the parameters are filled in, and others are struck out."""
        command = [service, operation.replace("_", "-")]
        skeleton = self.said(*command, "--generate-cli-skeleton")
        filled = {name: params[name] for name in skeleton if name in params}
        assert filled == params, f"the skeleton of {operation} has no {params.keys() - filled.keys()}"
        document = self.file(json.dumps(filled))
        return self.said(*command, "--cli-input-json", document, *(["--query", query] if query else []), "--output", "json")

    def refused(self, service, operation, **params):
        done = self.run(*self.words(service, operation, params))
        assert done.returncode != 0, f"{operation} {params} was not refused: {done.stdout}"
        _, mark, rest = done.stderr.partition("An error occurred (")
        assert mark, done.stderr
        return rest.partition(")")[0]

    def wait(self, service, waiter, **params):
        waiters = self.models.get_waiter_model(service)
        name = next(name for name in waiters.waiter_names if xform_name(name) == waiter)
        _, _, *options = self.words(service, xform_name(waiters.get_waiter(name).operation), params)
        self.said(service, "wait", waiter.replace("_", "-"), *options)

    def pages(self, service, operation, size, most=None, start=None, **params):
        options = {"--page-size": size, "--max-items": most, "--starting-token": start}
        paging = [word for option, value in options.items() if value is not None for word in (option, str(value))]
        return self.said(*self.words(service, operation, params), *paging, "--output", "json")

    # -- how parameters are written ------------------------------------------

    def words(self, service, operation, params):
        """A command line, but for the name of the program."""
        model = self.models.get_service_model(service)
        name = next(name for name in model.operation_names if xform_name(name) == operation)
        members = model.operation_model(name).input_shape.members
        return [service, operation.replace("_", "-"), *self.options(members, dict(params))]

    def options(self, members, params):
        words = []
        if "MinCount" in params:
            least, most = params.pop("MinCount"), params.pop("MaxCount")
            words += ["--count", str(least) if least == most else f"{least}:{most}"]
        if "FromPort" in params:
            first, last = params.pop("FromPort"), params.pop("ToPort")
            words += ["--port", str(first) if first == last else f"{first}-{last}"]
        for name, value in params.items():
            option = RENAMED.get(name) or "--" + xform_name(name, "-")
            words += self.option(option, members[name].type_name, value)
        return words

    def option(self, option, kind, value):
        if kind == "boolean":
            return [option if value else option.replace("--", "--no-", 1)]
        if kind == "list":
            return [option, *(shorthand(item) if isinstance(item, dict) else str(item) for item in value)]
        if kind in ("structure", "map"):
            return [option, shorthand(value)]
        text = str(value)
        return [option, self.file(text) if "\n" in text or text.startswith("{") else text]

    def file(self, text):
        """`file://`, as people give long texts."""
        descriptor, path = tempfile.mkstemp(dir=self.folder.name)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        return f"file://{path}"


def shorthand(value):
    """The command's own notation: `Name=vpc-id,Values=a,b`, `ResourceType=vpc,Tags=[{Key=Name,Value=main}]`."""
    parts = []
    for key, part in value.items():
        if isinstance(part, list) and not any(isinstance(item, dict) for item in part):
            parts.append(f"{key}={','.join(map(str, part))}")
        else:
            parts.append(f"{key}={nested(part)}")
    return ",".join(parts)


def nested(part):
    if isinstance(part, dict):
        return "{" + ",".join(f"{key}={nested(inner)}" for key, inner in part.items()) + "}"
    if isinstance(part, list):
        return "[" + ",".join(map(nested, part)) + "]"
    return str(part).lower() if isinstance(part, bool) else str(part)
