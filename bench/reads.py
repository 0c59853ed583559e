"""DescribeVpcEndpoints per second, against moto's server with the same endpoints, made by the same calls.

Twice: by replaying one signed request from a client that costs next to nothing, and by boto3, whose parsing of a
thousand endpoints takes longer than a fast server needs to send them. The first says what the server can do, the
second what a Python program sees of it.
"""

import json
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from botocore.awsrequest import AWSPreparedRequest

import scenario
from adit import Adit
from report import Measure, Results
from stage import Failed, Stage, accepts, free_port, run, wait
from wire import Wire, element

ENDPOINTS = 1000
ENDPOINTS_QUICK = 100
ENDPOINTS_PER_VPC = 50
CONNECTIONS = 2
CREATES = 50
MOTO_UP_SECONDS = 60


@dataclass
class Server:
    """An API with the endpoints in it."""

    name: str
    account: scenario.Account
    endpoints: list[str]


def moto(stage: Stage) -> scenario.Account:
    """Starts moto's server; it takes any credentials."""
    port = free_port()
    daemon = stage.daemon("moto", ["moto_server", "-H", "127.0.0.1", "-p", str(port)])

    def listening() -> bool:
        daemon.check()
        return accepts(port)

    wait("moto's server listens", MOTO_UP_SECONDS, listening)
    return scenario.Account(f"http://127.0.0.1:{port}", "AKIAIOSFODNN7EXAMPLE", "bench", "us-east-1")


def measure(
    stage: Stage, netload: Path, rounds: int, seconds: float, quick: bool, with_adit: bool, results: Results
) -> None:
    """Fills the servers, reads from each in turn, and adds requests per second to `results`."""
    wanted = ENDPOINTS_QUICK if quick else ENDPOINTS
    servers = []
    starts: list[tuple[str, Callable[[], scenario.Account]]] = [("moto", lambda: moto(stage))]
    if with_adit:
        quota = f"vpcs={wanted // ENDPOINTS_PER_VPC + 1 + rounds}"
        starts.insert(0, ("adit", lambda: Adit(stage, "reads", "--quota", quota).account()))
    for name, start in starts:
        account = start()
        results.progress(f"reads: creating {wanted} endpoints at {name}")
        endpoints = scenario.populate(account, wanted, ENDPOINTS_PER_VPC)
        servers.append(Server(name, account, endpoints))
    results.facts["reads_endpoints"] = wanted
    for server in servers:
        _check(server)
    for round_number in range(rounds):
        results.progress(f"reads: round {round_number + 1} of {rounds}")
        for server in servers:
            _round(stage, netload, server, seconds, results)


def _check(server: Server) -> None:
    """Before anything is timed: the answer has every endpoint."""
    shown = {one["VpcEndpointId"] for one in server.account.api("ec2").describe_vpc_endpoints()["VpcEndpoints"]}
    if shown != set(server.endpoints):
        raise Failed(f"{server.name} shows {len(shown)} endpoints, {len(server.endpoints)} were created")


def _round(stage: Stage, netload: Path, server: Server, seconds: float, results: Results) -> None:
    loads = (
        ("reads_all", f"DescribeVpcEndpoints, all {len(server.endpoints)}", {}),
        ("reads_one", "DescribeVpcEndpoints, one by id", {"VpcEndpointIds": server.endpoints[:1]}),
    )
    for key, title, arguments in loads:
        rate = replayed(stage, netload, server.account, f"{server.name}-{key}", signed(server.account, arguments), seconds, results)
        results.add(Measure(key, f"{title}, replayed", "1/s", "more")).sample(server.name, rate)
        row = results.add(Measure(f"{key}_boto3", f"{title}, boto3", "1/s", "more"))
        row.sample(server.name, _by_boto3(server.account, arguments, seconds))
    row = results.add(Measure("creates", "CreateVpcEndpoint, one after another", "1/s", "more"))
    row.sample(server.name, _creates(server.account))


def replayed(
    stage: Stage, netload: Path, account: scenario.Account, label: str, request: bytes, seconds: float, results: Results
) -> float:
    """How often a second a signed request is answered to a client that costs next to nothing."""
    report = replay(stage, netload, account, label, [request], seconds, results, {"connections": CONNECTIONS})
    return report["responses_per_second"]


def replay(
    stage: Stage, netload: Path, account: scenario.Account, label: str, requests: list[bytes], seconds: float,
    results: Results, options: dict[str, int],
) -> dict:
    """Sends ready requests in turn, by options of `netload http`; returns its report, or raises if one was refused."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    for number, request in enumerate(requests):
        path = stage.folder / f"{label}-{number}.http"
        path.write_bytes(request)
        words += ["--request", str(path)]
    report = json.loads(run(
        str(netload), "http", "--connect", urllib.parse.urlsplit(account.endpoint_url).netloc, "--seconds", str(seconds), *words,
        timeout=seconds + 60,
    ))
    if report["other_statuses"]:
        raise Failed(f"{label}: {report['other_statuses']} of the replayed requests were refused")
    results.raw.append({"load": label, **report})
    return report


def _creates(account: scenario.Account) -> float:
    """Creates endpoints in a VPC of their own for a while; they are deleted again."""
    where = scenario.network(account)
    _, service_name = scenario.service(account, _balancer(account, where), acceptance=False)
    wire = Wire(account)
    began = time.monotonic()
    made = [
        element(wire.call("CreateVpcEndpoint", VpcEndpointType="Interface", VpcId=where.vpc, ServiceName=service_name,
                          **{"SubnetId.1": where.subnet}), "vpcEndpointId")
        for _ in range(CREATES)
    ]
    spent = time.monotonic() - began
    wire.call("DeleteVpcEndpoints", **{f"VpcEndpointId.{number + 1}": one for number, one in enumerate(made)})
    return CREATES / spent


def _balancer(account: scenario.Account, where: scenario.Network) -> str:
    return scenario.load_balancer(account, where, f"bench-{where.vpc[-12:]}")


def _by_boto3(account: scenario.Account, arguments: dict, seconds: float) -> float:
    ec2 = account.api("ec2")
    began = time.monotonic()
    done = 0
    while (spent := time.monotonic() - began) < seconds:
        ec2.describe_vpc_endpoints(**arguments)
        done += 1
    return done / spent


def signed(account: scenario.Account, arguments: dict) -> bytes:
    """The bytes of one DescribeVpcEndpoints, as boto3 signs and sends it. Good for as long as signatures are."""
    ec2 = account.api("ec2")
    kept: list[AWSPreparedRequest] = []

    def keep(request: AWSPreparedRequest, **_: object) -> None:
        kept.append(request)

    ec2.meta.events.register("before-send.ec2.DescribeVpcEndpoints", keep)
    ec2.describe_vpc_endpoints(**arguments)
    request = kept[0]
    url = urllib.parse.urlsplit(request.url)
    body = request.body if isinstance(request.body, bytes) else request.body.encode()
    headers = {"Host": url.netloc, **{name: _text(value) for name, value in request.headers.items()}}
    head = [f"{request.method} {url.path or '/'} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*head, "", ""]).encode() + body


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
