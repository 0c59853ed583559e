"""Queries per second and latency of a VPC's resolver, beside unbound with the same names as local data.

Adit is asked as instances ask it: by dnsperf inside an instance, at the second address of the VPC. unbound stands in a
namespace of its own behind one veth pair. Both get the same file of queries, all of which they answer from what they
hold: nothing is forwarded, and nothing comes from a cache of somebody else's answers.
"""

import os
import random
import re
import statistics
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import scenario
from adit import Adit
from peers import FRONT, Direct, first_version, tidy
from report import Measure, Results
from stage import Failed, Stage, run, succeeds, wait

ENDPOINTS = 1000
ENDPOINTS_QUICK = 100
ENDPOINTS_PER_VPC = 50
# The second address of scenario.VPC_CIDR.
RESOLVER = "10.0.0.2"
DNS_PORT = 53
TTL_SECONDS = 60
MTU = 8500
# Of 20 queries, so many of each kind; README.md says why.
MIX = {"regional": 6, "zonal": 6, "no address of version 6": 5, "missing": 2, "pointer": 1}
QUERIES = 20_000
SEED = 53
# dnsperf's: sockets, each with a port of its own by which the kernel spreads them, and queries on their way.
SOCKETS, OUTSTANDING = 32, 200
TIMEOUT_SECONDS = 1
# Far below what either can do.
LATENCY_RATE = 2_000
# More lost queries than this share are told of.
LOST_SHARE_MAX = 0.001


@dataclass(frozen=True)
class Zone:
    """What both resolvers know, and what they are asked."""

    apex: str
    addresses: dict[str, str]
    pointer: tuple[str, str]
    queries: list[tuple[str, str]]


class Resolver(Protocol):
    """A resolver, and a client of its."""

    name: str
    address: str

    def client(self, *argv: str) -> list[str]:
        """The command line that runs `argv` where the client is."""


class VpcResolver:
    """Adit's, asked by an instance."""

    name = "adit"
    address = RESOLVER

    def __init__(self, stage: Stage, endpoints: int):
        quota = f"vpcs={endpoints // ENDPOINTS_PER_VPC + 1}"
        # One instance asks all that the resolver can answer.
        self._adit = Adit(stage, "names", "--quota", quota, "--resolver-packets-max", "0")
        account = self._adit.account()
        # Names of endpoints are public: the VPC of the instance need not be that of an endpoint.
        self._client = scenario.instance(account, scenario.network(account))
        scenario.populate(account, endpoints, ENDPOINTS_PER_VPC)
        self.zone = self._zone(account)

    def client(self, *argv: str) -> list[str]:
        return self._adit.exec(self._client, *argv)

    def _zone(self, account: scenario.Account) -> Zone:
        ec2 = account.api("ec2")

        def available() -> list[dict] | None:
            shown = ec2.describe_vpc_endpoints()["VpcEndpoints"]
            return shown if all(one["State"].lower() == "available" for one in shown) else None

        endpoints = wait("all endpoints are available", scenario.READY_SECONDS, available, pause=0.2)
        pages = ec2.get_paginator("describe_network_interfaces").paginate()
        address_of = {
            one["NetworkInterfaceId"]: one["PrivateIpAddress"] for page in pages for one in page["NetworkInterfaces"]
        }
        regional, zonal, addresses = [], [], {}
        for shown in endpoints:
            names = [entry["DnsName"] for entry in shown["DnsEntries"]]
            # One zone each, so all names of an endpoint are one address's.
            addresses |= dict.fromkeys(names, address_of[shown["NetworkInterfaceIds"][0]])
            one, *others = sorted(names, key=len)
            regional.append(one)
            zonal += others
        apex = f"{account.region}.{regional[0].split(f'.{account.region}.', 1)[1]}"
        found = ec2.describe_instances(InstanceIds=[self._client])["Reservations"][0]["Instances"][0]
        reverse = ".".join(reversed(found["PrivateIpAddress"].split("."))) + ".in-addr.arpa"
        pointer = (reverse, found["PrivateDnsName"])
        return Zone(apex, addresses, pointer, _queries(regional, zonal, apex, reverse))


class Unbound(Direct):
    """unbound, a thread and a socket per CPU, without logs and without modules that only recursion needs."""

    name = "unbound"
    address = FRONT

    def __init__(self, stage: Stage, netload: Path, zone: Zone):
        self._zone = zone
        super().__init__(stage, netload, MTU)

    def serve(self, netload: Path) -> None:
        zone = self._zone
        reverse, name = zone.pointer
        soa = f"ns.{zone.apex}. hostmaster.{zone.apex}. 1 7200 900 1209600 5"
        data = [
            f"{zone.apex}. 5 IN SOA {soa}",
            *(f"{name}. {TTL_SECONDS} IN A {address}" for name, address in zone.addresses.items()),
            f"{reverse}. {TTL_SECONDS} IN PTR {name}.",
        ]
        config = self._stage.folder / "unbound.conf"
        config.write_text(tidy(f"""
            server:
                interface: {FRONT}
                port: {DNS_PORT}
                num-threads: {os.cpu_count()}
                so-reuseport: yes
                so-rcvbuf: 1m
                so-sndbuf: 1m
                access-control: 0.0.0.0/0 allow
                do-daemonize: no
                username: ""
                chroot: ""
                directory: "{self._stage.folder}"
                pidfile: ""
                use-syslog: no
                verbosity: 0
                log-queries: no
                statistics-interval: 0
                extended-statistics: no
                module-config: "iterator"
                local-zone: "{zone.apex}." static
                local-zone: "{reverse}." static
            """) + "".join(f"    local-data: '{line}'\n" for line in data) + "remote-control:\n    control-enable: no\n")
        self.notes["version"] = first_version(run("sh", "-c", "unbound -V 2>&1"))
        self.start("resolver", self._server, "unbound", "-d", "-c", str(config))


def _queries(regional: list[str], zonal: list[str], apex: str, reverse: str) -> list[tuple[str, str]]:
    """Names and types in the shares of MIX, names drawn evenly, the same in every run."""
    draw = random.Random(SEED)
    one_of = {
        "regional": lambda: (draw.choice(regional), "A"),
        "zonal": lambda: (draw.choice(zonal), "A"),
        "no address of version 6": lambda: (draw.choice(regional + zonal), "AAAA"),
        "missing": lambda: (f"vpce-{draw.getrandbits(68):017x}.{apex}", "A"),
        "pointer": lambda: (reverse, "PTR"),
    }
    kinds = draw.choices(list(MIX), weights=list(MIX.values()), k=QUERIES)
    return [one_of[kind]() for kind in kinds]


def measure(
    stage: Stage, netload: Path, rounds: int, seconds: float, quick: bool, results: Results
) -> None:
    """Fills both resolvers, asks each in turn, and adds what dnsperf says to `results`."""
    wanted = ENDPOINTS_QUICK if quick else ENDPOINTS
    results.progress(f"names: creating {wanted} endpoints")
    adit = VpcResolver(stage, wanted)
    unbound = Unbound(stage, netload, adit.zone)
    results.facts["names"] = {
        "endpoints": wanted, "names": len(adit.zone.addresses), "apex": adit.zone.apex, "unbound": unbound.notes,
        "mix": {kind: share / sum(MIX.values()) for kind, share in MIX.items()},
    }
    # Where instances see it, too.
    file = stage.folder / "queries"
    file.write_text("".join(f"{name} {kind}\n" for name, kind in adit.zone.queries))
    resolvers: list[Resolver] = [adit, unbound]
    for resolver in resolvers:
        _check(resolver, file, adit.zone)
    for round_number in range(rounds):
        results.progress(f"names: round {round_number + 1} of {rounds}")
        turn = round_number % len(resolvers)
        for resolver in resolvers[turn:] + resolvers[:turn]:
            _throughput(resolver, file, seconds, results)
            _latency(resolver, file, seconds, results)


def _dnsperf(resolver: Resolver, file: Path, *options: str, timeout: float = 60) -> str:
    return run(*resolver.client(
        "dnsperf", "-s", resolver.address, "-d", str(file), "-t", str(TIMEOUT_SECONDS), *options,
    ), timeout=timeout)


def _check(resolver: Resolver, file: Path, zone: Zone) -> None:
    """Before anything is timed: every query of the file gets the answer that it should."""
    one = ["dnsperf", "-s", resolver.address, "-d", str(file), "-n", "1", "-c", "1", "-q", "1", "-t", "0.1", "-l", "0.1"]
    wait(f"{resolver.name} answers", 30, lambda: succeeds(*resolver.client(*one)))
    output = _dnsperf(resolver, file, "-n", "1", "-q", "20", "-v")
    found = Counter(re.findall(r"^> (\S+) (\S+) (\S+) ", output, re.MULTILINE))
    known = {*zone.addresses, zone.pointer[0]}
    wanted = Counter(
        ("NOERROR" if name in known else "NXDOMAIN", name, kind) for name, kind in zone.queries
    )
    if found != wanted:
        wrong = next(iter(found - wanted), None) or next(iter(wanted - found))
        raise Failed(f"{resolver.name} does not answer as it should: {' '.join(wrong)}\n{output[-500:]}")


def _throughput(resolver: Resolver, file: Path, seconds: float, results: Results) -> None:
    output = _dnsperf(
        resolver, file, "-l", str(seconds), "-c", str(SOCKETS), "-q", str(OUTSTANDING), timeout=seconds + 30
    )
    report = summary(output)
    results.raw.append({"load": "names", "system": resolver.name, **report})
    if report["lost"] > LOST_SHARE_MAX * report["sent"]:
        results.warn(f"{resolver.name}: {report['lost']} of {report['sent']} queries were lost")
    row = results.add(Measure("names", "names: queries answered", "1000/s", "more"))
    row.sample(resolver.name, report["per_second"] / 1e3)


def _latency(resolver: Resolver, file: Path, seconds: float, results: Results) -> None:
    output = _dnsperf(
        resolver, file, "-l", str(seconds), "-c", str(SOCKETS), "-Q", str(LATENCY_RATE), "-v", timeout=seconds + 30
    )
    micros = sorted(float(found) * 1e6 for found in re.findall(r"^> \S+ \S+ \S+ ([\d.]+)$", output, re.MULTILINE))
    if not micros:
        raise Failed(f"{resolver.name}: dnsperf tells no latency:\n{output[-500:]}")
    found = {"mean": statistics.fmean(micros), "p99": micros[len(micros) * 99 // 100]}
    results.raw.append({"load": "names_latency", "system": resolver.name, "queries": len(micros), **found})
    for name, value in found.items():
        row = results.add(Measure(f"names_{name}", f"names: at {LATENCY_RATE:,} queries per second, {name}", "us", "less"))
        row.sample(resolver.name, value)


def summary(output: str) -> dict:
    """What dnsperf says at its end."""

    def number(label: str) -> float:
        found = re.search(rf"^ *{label}: +([\d.]+)", output, re.MULTILINE)
        if not found:
            raise Failed(f"dnsperf says nothing of '{label}':\n{output[-500:]}")
        return float(found[1])

    sizes = re.search(r"Average packet size: +request (\d+), response (\d+)", output)
    codes = re.search(r"Response codes: +(.*)", output)
    return {
        "sent": int(number("Queries sent")), "lost": int(number("Queries lost")),
        "per_second": number("Queries per second"),
        "response_bytes": int(sizes[2]) if sizes else None, "codes": codes[1] if codes else None,
    }
