"""What the API costs as its state grows: the same calls beside a hundred endpoints and beside a hundred thousand.

Two installations stand side by side and are asked in turn. A third party says what disk and library take at least: a
bare durable commit of redb, beside the same change by the store that Adit has around it.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import reads
import scenario
from adit import Adit
from report import Measure, Results
from stage import Failed, Stage, run, wait
from wire import Wire, element, elements

MANY, MANY_QUICK, FEW = 100_000, 5_000, 100
PER_VPC = 50
FILLERS = 8
# How often reads take turns within a round, and how many turns are as long as a measurement.
TURNS, TURNS_PER_TIME = 8, 4
CREATES = 500
CREATE_SECONDS = 60
FOLLOW_SECONDS = 300
COLD_START_SECONDS = 120
# What the small installation is called beside the large one.
FEW_NAME = "adit, a hundred"
# What a create changes: itself, its interface, counters, the head.
COMMIT_RECORDS, COMMIT_BYTES = "5", "500"
RECORDS_PER_ENDPOINT = 2
# A bare commit of redb in a new file and in one of as many records, and the same by Adit's store beside as many: what they are
# called, and what `commit_cost` calls them.
COMMITS = {"redb commit": "", "redb, beside many": "full_", "store, beside many": "store_full_"}


@dataclass
class Filled:
    """An installation with endpoints to one service, fifty in each VPC."""

    name: str
    adit: Adit
    account: scenario.Account
    service: str = ""
    # VPCs, with a subnet of each, for the endpoints that are made while the others are there.
    spare: list[tuple[str, str]] = field(default_factory=list)
    endpoints: list[str] = field(default_factory=list)


def measure(stage: Stage, netload: Path, rounds: int, seconds: float, quick: bool, results: Results) -> None:
    """Fills both, measures in turns, then stops the large one and starts it again."""
    many = MANY_QUICK if quick else MANY
    systems = []
    for name, count in (("adit", many), (FEW_NAME, FEW)):
        quotas = [word for quota in (f"vpcs={(count + CREATES) // PER_VPC + 1}", f"network-interfaces={count * 2 + 5000}")
                  for word in ("--quota", quota)]
        adit = Adit(stage, "large" if count == many else "small", *quotas)
        systems.append(Filled(name, adit, adit.account()))
        results.progress(f"growth: creating {count} endpoints")
        fill(systems[-1], count)
    results.facts["growth_endpoints"] = many
    large, small = systems
    for round_number in range(rounds):
        results.progress(f"growth: round {round_number + 1} of {rounds}")
        _reads(stage, netload, systems, seconds, results)
        for system in systems if round_number % 2 else reversed(systems):
            _creates(stage, netload, system, results)
        present = str(many * RECORDS_PER_ENDPOINT)
        cost = json.loads(run("commit_cost", str(stage.folder), str(CREATES), COMMIT_RECORDS, COMMIT_BYTES, present, timeout=120))
        for which in ("p50", "p99"):
            for name, key in COMMITS.items():
                results.add(_create_row(which)).sample(name, cost[f"{key}{which}_ms"])
    _memory(large, small, many - FEW, results)
    results.progress(f"growth: starting with {many} endpoints")
    large.adit.down(COLD_START_SECONDS)
    began = time.monotonic()
    large.adit.up(COLD_START_SECONDS)
    wait("the first answer after the start", COLD_START_SECONDS, lambda: _shows(large))
    took = time.monotonic() - began
    results.add(Measure("cold_start", f"start with {many} endpoints, to the first answer", "s", "less")).sample("adit", took)


def _memory(large: Filled, small: Filled, more: int, results: Results) -> None:
    many, few = large.adit.memory(), small.adit.memory()
    each = {name: (many[name] - few[name]) / more for name in many}
    row = results.add(Measure("endpoint_bytes", "resident memory per endpoint, both processes", "B", "less"))
    row.sample("adit", sum(each.values()))
    for name, size in each.items():
        key = f"endpoint_bytes_{name.replace(' ', '_')}"
        results.add(Measure(key, f"resident memory per endpoint, {name}", "B", "less")).sample("adit", size)


def fill(system: Filled, count: int) -> None:
    """Creates the endpoints, several VPCs at a time, and waits until the data plane follows."""
    first = scenario.network(system.account)
    balancer = scenario.load_balancer(system.account, first, "bench-growth")
    _, system.service = scenario.service(system.account, balancer, acceptance=False)
    left, lock = [count // PER_VPC], threading.Lock()
    failures: list[Exception] = []

    def work() -> None:
        wire = Wire(system.account)
        while not failures:
            with lock:
                if not left[0]:
                    return
                left[0] -= 1
            try:
                vpc, subnet = _vpc(wire, system)
                made = [_create(wire, system, vpc, subnet) for _ in range(PER_VPC)]
            except Exception as failed:  # told by whoever waits for the threads
                failures.append(failed)
                return
            with lock:
                system.endpoints += made

    threads = [threading.Thread(target=work) for _ in range(FILLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    wire = Wire(system.account)
    system.spare = [_vpc(wire, system) for _ in range(CREATES // PER_VPC)]

    def follows() -> bool:
        status = system.adit.status()
        return status["applied_revision"] >= status["revision"]

    wait(f"the data plane follows {count} endpoints", FOLLOW_SECONDS, follows, pause=0.2)


def _vpc(wire: Wire, system: Filled) -> tuple[str, str]:
    vpc = element(wire.call("CreateVpc", CidrBlock=scenario.VPC_CIDR), "vpcId")
    subnet = element(wire.call("CreateSubnet", VpcId=vpc, CidrBlock=scenario.SUBNET_CIDR,
                               AvailabilityZone=system.account.zone), "subnetId")
    return vpc, subnet


def _create(wire: Wire, system: Filled, vpc: str, subnet: str) -> str:
    return element(wire.call("CreateVpcEndpoint", **_endpoint(system, vpc, subnet)), "vpcEndpointId")


def _endpoint(system: Filled, vpc: str, subnet: str) -> dict[str, str]:
    return {"VpcEndpointType": "Interface", "VpcId": vpc, "ServiceName": system.service, "SubnetId.1": subnet}


def _reads(stage: Stage, netload: Path, systems: list[Filled], seconds: float, results: Results) -> None:
    """In many short turns, each with connections of its own. Which processors the connections' work falls on is chosen for
    each connection anew, and makes more of a difference than what is to be measured.
    """
    loads = [load for system in systems for load in _read_loads(system)]
    for turn in range(TURNS):
        for system, key, title, request in loads if turn % 2 else reversed(loads):
            label, length = f"{key}-{system.adit.name}", seconds / TURNS_PER_TIME
            rate = reads.replayed(stage, netload, system.account, label, request, length, results)
            results.add(Measure(key, f"{title}, beside many", "1/s", "more")).sample(system.name, rate)


def _read_loads(system: Filled) -> list[tuple[Filled, str, str, bytes]]:
    """What is asked: the system, what the measure is called, its title, and the request."""
    one = system.endpoints[0]
    vpc = system.account.api("ec2").describe_vpc_endpoints(VpcEndpointIds=[one])["VpcEndpoints"][0]["VpcId"]
    by_id = reads.signed(system.account, {"VpcEndpointIds": [one]})
    by_vpc = reads.signed(system.account, {"Filters": [{"Name": "vpc-id", "Values": [vpc]}]})
    return [
        (system, "growth_by_id", "DescribeVpcEndpoints, one by id", by_id),
        (system, "growth_by_vpc", f"DescribeVpcEndpoints, {PER_VPC} by vpc-id", by_vpc),
    ]


def _creates(stage: Stage, netload: Path, system: Filled, results: Results) -> None:
    """One after another, as a user's script makes them, by a client that costs next to nothing; they are deleted again."""
    wire = Wire(system.account)
    requests = [wire.request("CreateVpcEndpoint", **_endpoint(system, *where)) for where in system.spare]
    report = reads.replay(stage, netload, system.account, f"create-{system.adit.name}", requests, CREATE_SECONDS, results,
                          {"requests": CREATES})
    if report["responses"] != CREATES:
        raise Failed(f"{report['responses']} of {CREATES} endpoints were created in {CREATE_SECONDS} s")
    for which in ("p50", "p99"):
        results.add(_create_row(which)).sample(system.name, report["latency"][f"{which}_us"] / 1e3)
    for vpc, _ in system.spare:
        shown = wire.call("DescribeVpcEndpoints", **_in(vpc))
        # Those of earlier rounds may be shown for a while.
        made = [one for one, state in zip(elements(shown, "vpcEndpointId"), elements(shown, "state")) if state != "deleted"]
        wire.call("DeleteVpcEndpoints", **{f"VpcEndpointId.{number + 1}": one for number, one in enumerate(made)})
    for vpc, _ in system.spare:
        wait("the endpoints are gone", FOLLOW_SECONDS, lambda vpc=vpc: _is_empty(wire, vpc), pause=0.05)


def _create_row(which: str) -> Measure:
    return Measure(f"growth_create_{which}", f"CreateVpcEndpoint beside many, {which}", "ms", "less")


def _in(vpc: str) -> dict[str, str]:
    return {"Filter.1.Name": "vpc-id", "Filter.1.Value.1": vpc}


def _is_empty(wire: Wire, vpc: str) -> bool:
    shown = wire.call("DescribeVpcEndpoints", **_in(vpc))
    return shown.count("<state>") == shown.count("<state>deleted</state>")


def _shows(system: Filled) -> bool:
    try:
        return system.endpoints[0] in Wire(system.account).call("DescribeVpcEndpoints", **{"VpcEndpointId.1": system.endpoints[0]})
    except (Failed, OSError):
        return False
