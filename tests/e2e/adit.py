"""Drives one installation of Adit as a user would: the binary, boto3 and nothing else."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

import boto3
from botocore.config import Config


def wait_for(what, condition, seconds=20.0, interval=0.05):
    """Returns the condition's first true value; fails when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not true within {seconds} s (last: {value!r})")
        time.sleep(interval)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Adit:
    """An installation under a name of its own; `close` removes every trace."""

    def __init__(self, binary=None, *options):
        self.binary = binary or shutil.which("adit")
        assert self.binary, "no adit on PATH: run the tests by ./dev test"
        self.name = "t" + uuid.uuid4().hex[:10]
        self.data_dir = tempfile.mkdtemp(prefix="adit-test-")
        self.listen = f"127.0.0.1:{free_port()}"
        self.options = list(options)
        self.process = None
        self.log_path = os.path.join(self.data_dir, "up.log")
        self.start()

    # -- life ------------------------------------------------------------

    def start(self, *options):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "up", "--name", self.name, "--data-dir", self.data_dir,
                 "--listen", self.listen, *self.options, *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        wait_for("adit serves its API", self.serves, 30)

    def serves(self):
        code = self.process.poll()
        if code is not None:
            raise AssertionError(f"adit up ended with {code}:\n{self.log()}")
        return self.run("status", check=False).returncode == 0

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()[-20000:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def close(self):
        subprocess.run([self.binary, "down", "--name", self.name, "--purge"], capture_output=True, timeout=60)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    # -- the command line ----------------------------------------------------

    def run(self, command, *arguments, check=True, **options):
        """`adit COMMAND --name NAME ARGUMENTS`"""
        words = command.split()
        done = subprocess.run([self.binary, *words, "--name", self.name, *map(str, arguments)],
                              capture_output=True, text=True, timeout=60, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"adit {command} {arguments}: {done.returncode}\n{done.stderr}\n{self.log()}")
        return done

    def environment(self, account=None):
        """The variables that `adit env` exports, on top of a clean environment."""
        text = self.run("env", *(["--account", account] if account else [])).stdout
        exported = dict(re.findall(r"^export (\w+)=['\"]?([^'\"\n]*)['\"]?$", text, re.M))
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        return {**clean, **exported, "AWS_PAGER": "", "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true"}

    def account(self, name):
        """A new account's clients."""
        self.run("account create", name)
        return Account(self, name)

    def exec(self, instance, *command, check=True, timeout=30, text=True, **options):
        done = subprocess.run([self.binary, "exec", "--name", self.name, instance, "--", *map(str, command)],
                              capture_output=True, text=text, timeout=timeout, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{command} in {instance}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def spawn(self, instance, *command, **options):
        return subprocess.Popen([self.binary, "exec", "--name", self.name, instance, "--", *map(str, command)],
                                **options)

    def status(self):
        return json.loads(self.run("status", "--json").stdout)

    def agent(self):
        """The agent's process, while `adit up` runs."""
        return self.status()["agent"]["pid"]

    def drops(self, reason):
        return self.status()["drops"].get(reason, 0)


class Account:
    """One tenant's boto3 clients."""

    def __init__(self, adit, name):
        self.adit, self.name = adit, name
        env = adit.environment(name)
        self.credentials = {"aws_access_key_id": env["AWS_ACCESS_KEY_ID"],
                            "aws_secret_access_key": env["AWS_SECRET_ACCESS_KEY"]}
        self.region = env["AWS_REGION"]
        self.endpoint_url = env["AWS_ENDPOINT_URL"]
        self.ec2, self.elbv2, self.sts, self.sns = (
            self.client(service) for service in ("ec2", "elbv2", "sts", "sns"))
        self.id = self.sts.get_caller_identity()["Account"]

    def client(self, service, **overrides):
        options = {"region_name": self.region, "endpoint_url": self.endpoint_url, **self.credentials,
                   "config": Config(retries={"total_max_attempts": 1}, read_timeout=30), **overrides}
        return boto3.Session().client(service, **options)
