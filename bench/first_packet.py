"""From the API's acknowledgement to the first connection through an endpoint.

A prober lives in the consumer's instance and is given addresses one by one. Two ways to make an endpoint usable: the
consumer creates it at a service that accepts by itself, or the provider accepts one that waits. The clock starts when
the call has returned, and stops at the first connection that stands. Where the address is only known from a further
API call, that call counts, since a user has to make it, too.
"""

import json
import select
import statistics
import subprocess
import time
from pathlib import Path

import scenario
from adit import Pair
from peers import PORT
from report import Measure, Results
from stage import Failed, Stage

GIVE_UP_SECONDS = 20


class Prober:
    """netload first-connect inside the consumer's instance."""

    def __init__(self, stage: Stage, pair: Pair, netload: Path):
        argv = pair.adit.exec(
            pair.client, str(netload), "first-connect", "--attempt-ms", "2", "--give-up-secs", str(GIVE_UP_SECONDS)
        )
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, start_new_session=True
        )
        stage.callback(self._stop)

    def _stop(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def begin(self, address: str) -> float:
        """Has it connect to an address from now on; returns when now is."""
        self._process.stdin.write(f"{address}:{PORT}\n")
        return time.monotonic()

    def connected(self, began: float) -> float:
        """Waits for the connection; returns when it stood."""
        if not select.select([self._process.stdout], [], [], GIVE_UP_SECONDS + 5)[0]:
            raise Failed("the prober says nothing")
        line = self._process.stdout.readline()
        if not line:
            raise Failed("the prober has ended")
        outcome = json.loads(line)
        if not outcome["connected"]:
            raise Failed(f"nothing connects to {outcome['address']} within {GIVE_UP_SECONDS} s")
        return began + outcome["elapsed_us"] / 1e6


def measure(stage: Stage, netload: Path, count: int, results: Results) -> None:
    """Times `count` endpoints for each way and adds the percentiles to `results`."""
    results.progress("API acknowledgement to first packet: setting up")
    pair = Pair(stage, "first", netload)
    prober = Prober(stage, pair, netload)
    for key, title, way in (("create", "create to first packet", _create), ("accept", "accept to first packet", _accept)):
        results.progress(f"{title}: {count} endpoints")
        service = pair.publish(acceptance=way is _accept)
        millis = [max(0.0, way(pair, prober, service)) * 1e3 for _ in range(count)]
        results.raw.append({"load": f"{key}_to_packet", "system": "adit", "millis": millis})
        for name, value in (("p50", statistics.median(millis)), ("p99", percentile(millis, 0.99))):
            row = results.add(Measure(f"{key}_to_packet_{name}", f"{title}: {name}", "ms", "less"))
            row.sample("adit", value)


def _create(pair: Pair, prober: Prober, service: tuple[str, str]) -> float:
    ec2 = pair.consumer.api("ec2")
    made = scenario.create_endpoint(ec2, pair.here, service[1])
    returned = time.monotonic()
    connected = prober.connected(prober.begin(_address(ec2, made)))
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    return connected - returned


def _accept(pair: Pair, prober: Prober, service: tuple[str, str]) -> float:
    ec2, provider = pair.consumer.api("ec2"), pair.provider.api("ec2")
    made = scenario.create_endpoint(ec2, pair.here, service[1])
    known = scenario.address(ec2, made)
    began = prober.begin(known) if known else None
    provider.accept_vpc_endpoint_connections(ServiceId=service[0], VpcEndpointIds=[made["VpcEndpointId"]])
    returned = time.monotonic()
    if began is None:
        began = prober.begin(_address(ec2, made))
    connected = prober.connected(began)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    return connected - returned


def _address(ec2, shown: dict) -> str:
    """The endpoint's address, asked for until it has one."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not (found := scenario.address(ec2, shown)):
        if time.monotonic() > deadline:
            raise Failed(f"endpoint {shown['VpcEndpointId']} gets no interface within {GIVE_UP_SECONDS} s")
        shown = scenario.endpoint(ec2, shown["VpcEndpointId"])
    return found


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * round(share * 1000) // 1000) - 1)]
