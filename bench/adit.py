"""Adit, driven as its users drive it: `adit up`, `adit env`, `adit exec`, `adit down`, and boto3 for the rest."""

import json
import re
import shlex
from pathlib import Path

import scenario
from peers import PORT
from stage import WITHOUT_PACING, Stage, accepts, free_port, run, succeeds, wait

CONSUMER = "consumer"
UP_SECONDS = 30
# `adit up` gives its instances this MTU; another one is set inside them, as their owner would.
DEFAULT_MTU = 8500


class Adit:
    """One installation under a name of its own, removed with the stage."""

    def __init__(self, stage: Stage, label: str, *options: str):
        self.name = f"{stage.name}-{label}"
        self._stage, self._label, self._port = stage, label, free_port()
        self._options = options
        stage.callback(self._remove)
        self.up(UP_SECONDS)

    def up(self, seconds: float) -> None:
        """Starts it; returns when it answers."""
        daemon = self._daemon = self._stage.daemon(f"adit-{self._label}", [
            "adit", "up", "--name", self.name, "--data-dir", str(self._stage.folder / f"adit-{self._label}"),
            "--listen", f"127.0.0.1:{self._port}", *self._options,
        ])

        def ready() -> bool:
            daemon.check()
            return accepts(self._port) and succeeds("adit", "status", "--name", self.name)

        wait("adit up is ready", seconds, ready)

    def down(self, seconds: float) -> None:
        """Removes it with all that is in the kernel, but not its data."""
        run("adit", "down", "--name", self.name, timeout=seconds)
        self._daemon.stop()

    def memory(self) -> dict[str, int]:
        """Resident bytes of its processes, by what they are."""
        status = self.status()
        processes = {"control plane": status["pid"], "agent": status["agent"]["pid"]}
        return {name: _resident(pid) for name, pid in processes.items()}

    def _remove(self) -> None:
        run("adit", "down", "--name", self.name, "--purge")

    def account(self, account: str | None = None) -> scenario.Account:
        """The credentials of an account; of the first one if none is named."""
        which = ["--account", account] if account else []
        lines = run("adit", "env", "--name", self.name, *which)
        values = dict(re.findall(r"^export (\w+)=(.*)$", lines, re.MULTILINE))
        plain = {key: "".join(shlex.split(value)) for key, value in values.items()}
        return scenario.Account(
            plain["AWS_ENDPOINT_URL"], plain["AWS_ACCESS_KEY_ID"], plain["AWS_SECRET_ACCESS_KEY"], plain["AWS_REGION"]
        )

    def create_account(self, account: str) -> scenario.Account:
        """Creates an account; returns its credentials."""
        run("adit", "account", "create", "--name", self.name, account)
        return self.account(account)

    def exec(self, instance: str, *argv: str) -> list[str]:
        """The command line that runs `argv` inside an instance."""
        return ["adit", "exec", "--name", self.name, instance, "--", *argv]

    def status(self) -> dict:
        """What `adit status` says."""
        return json.loads(run("adit", "status", "--name", self.name, "--json"))


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE).group(1)) * 1024


class Pair:
    """A provider with a server behind a load balancer and a consumer with a client, in accounts of their own."""

    def __init__(self, stage: Stage, label: str, netload: Path):
        self.adit = Adit(stage, label)
        self.provider, self.consumer = self.adit.account(), self.adit.create_account(CONSUMER)
        there, self.here = scenario.network(self.provider), scenario.network(self.consumer)
        self.server = scenario.instance(
            self.provider, there, f"#!/bin/sh\nexec {netload} serve --listen 0.0.0.0:{PORT}\n"
        )
        self.client = scenario.instance(self.consumer, self.here)
        for instance in (self.server, self.client):
            run(*self.adit.exec(instance, *WITHOUT_PACING))
        self.balancer = scenario.load_balancer(self.provider, there, "bench")
        scenario.listen(self.provider, there, self.balancer, self.server, PORT)

    def publish(self, acceptance: bool) -> tuple[str, str]:
        """A service that the consumer may use; returns its id and name."""
        service_id, service_name = scenario.service(self.provider, self.balancer, acceptance)
        scenario.permit(self.provider, service_id, self.consumer.number)
        return service_id, service_name


class Endpoint:
    """The system under test: an interface endpoint between two VPCs with the same addresses."""

    name = "adit"

    def __init__(self, stage: Stage, netload: Path, mtu: int):
        self._pair = Pair(stage, "traffic", netload)
        _, service_name = self._pair.publish(acceptance=False)
        ec2 = self._pair.consumer.api("ec2")
        made = scenario.create_endpoint(ec2, self._pair.here, service_name)
        shown = scenario.wait_available(ec2, made["VpcEndpointId"])
        self.target = f"{scenario.address(ec2, shown)}:{PORT}"
        self.notes = {"version": run("adit", "--version").strip()}
        self._set_mtu(mtu)

        probe = self.client(str(netload), "rr", "--connect", self.target, "--seconds", "0.01")
        wait("adit: the server answers through the endpoint", 10, lambda: succeeds(*probe))

    @property
    def installation(self) -> Adit:
        return self._pair.adit

    def client(self, *argv: str) -> list[str]:
        return self._pair.adit.exec(self._pair.client, *argv)

    def spaces(self) -> list[str]:
        """The network namespace that the server runs in; nothing but the kernel stands between it and the client."""
        return [run(*self._pair.adit.exec(self._pair.server, "readlink", "/proc/self/ns/net")).strip()]

    def _set_mtu(self, mtu: int) -> None:
        if mtu == DEFAULT_MTU:
            return
        for instance in (self._pair.client, self._pair.server):
            links = json.loads(run(*self._pair.adit.exec(instance, "ip", "-j", "link")))
            for link in links:
                if link["ifname"] != "lo":
                    run(*self._pair.adit.exec(instance, "ip", "link", "set", link["ifname"], "mtu", str(mtu)))
