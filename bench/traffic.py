"""Bulk transfer, short connections and latency, through each system in turn, round after round.

Systems are interleaved (each round starts with another one), so that what the machine does besides falls on all of
them alike, and ratios are taken within a round.
"""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import affinity
from peers import System
from report import Measure, Results
from stage import Failed, run

WARM_UP_SECONDS = 0.3
# What a load may take longer than it was told to.
GRACE_SECONDS = 30
# More failed connections than this share are told of.
FAILED_SHARE_MAX = 0.001


@dataclass(frozen=True)
class Value:
    """One number of a load's report."""

    key: str
    title: str
    unit: str
    better: str
    of: Callable[[dict], float]


@dataclass(frozen=True)
class Load:
    """One way to run netload. With `client_cpu`, client and server are each kept on one CPU, by index from the last."""

    case: str
    argv: tuple[str, ...]
    values: tuple[Value, ...]
    client_cpu: int | None = None


def _gigabits(report: dict) -> float:
    return report["bytes_per_second"] * 8 / 1e9


def _latency(key: str, where: str) -> tuple[Value, ...]:
    return tuple(
        Value(f"{key}_{name}", f"round trip, {where}: {name}", "us", "less",
              lambda report, name=name: report["latency"][f"{name}_us"])
        for name in ("mean", "p50", "p99")
    )


LOADS = (
    Load("stream", ("stream",), (Value("stream_1", "TCP stream, 1 connection", "Gbit/s", "more", _gigabits),)),
    Load("stream", ("stream", "--direction", "down"),
         (Value("stream_1_down", "TCP stream, 1 connection, server sends", "Gbit/s", "more", _gigabits),)),
    Load("stream", ("stream", "--connections", "8"),
         (Value("stream_8", "TCP stream, 8 connections", "Gbit/s", "more", _gigabits),)),
    Load("crr", ("crr", "--workers", "16"), (
        Value("crr", "connect-request-close", "1000/s", "more", lambda report: report["connections_per_second"] / 1e3),
        Value("crr_p99", "connect-request-close: p99", "us", "less", lambda report: report["latency"]["p99_us"]),
    )),
    Load("rr", ("rr",), _latency("rr_one_cpu", "one CPU"), client_cpu=0),
    Load("rr", ("rr",), _latency("rr_two_cpus", "two CPUs"), client_cpu=1),
)


def measure(systems: list[System], netload: Path, cases: set[str], rounds: int, seconds: float, results: Results) -> None:
    """Runs the chosen loads and adds what they give to `results`."""
    cpus = affinity.cpus()
    loads = [load for load in LOADS if load.case in cases and (load.client_cpu or 0) < len(cpus)]
    measures = {
        value.key: results.add(Measure(value.key, value.title, value.unit, value.better))
        for load in loads for value in load.values
    }
    for system in systems:
        for load in loads:
            _run(system, netload, load, WARM_UP_SECONDS, cpus)
    for round_number in range(rounds):
        for load in loads:
            results.progress(f"round {round_number + 1} of {rounds}: {load.values[0].title}")
            turn = round_number % len(systems)
            for system in systems[turn:] + systems[:turn]:
                before = _cpu_times()
                report = _run(system, netload, load, seconds, cpus)
                report["cpu"] = _cpu_shares(before, _cpu_times())
                results.raw.append({"round": round_number, "system": system.name, "load": load.values[0].key, **report})
                for value in load.values:
                    measures[value.key].sample(system.name, value.of(report))
                _warn(system, load, report, results)


def _run(system: System, netload: Path, load: Load, seconds: float, cpus: list[int]) -> dict:
    argv = [str(netload), load.argv[0], "--connect", system.target, "--seconds", str(seconds), *load.argv[1:]]
    keep = contextlib.nullcontext()
    if load.client_cpu is not None:
        argv = ["taskset", "-c", str(cpus[-1 - load.client_cpu]), *argv]
        keep = affinity.confined(system.spaces(), cpus[-1])
    with keep:
        try:
            return json.loads(run(*system.client(*argv), timeout=seconds + GRACE_SECONDS))
        except Failed as failed:
            raise Failed(f"{system.name}: {failed}") from None


def _warn(system: System, load: Load, report: dict, results: Results) -> None:
    failed = sum(report.get("errors", {}).values())
    if failed > FAILED_SHARE_MAX * report.get("connections", 0) and failed:
        results.warn(f"{load.values[0].title} through {system.name}: {failed} connections failed: {report['errors']}")


def _cpu_times() -> list[int]:
    with open("/proc/stat") as stat:
        return [int(word) for word in stat.readline().split()[1:9]]


def _cpu_shares(before: list[int], after: list[int]) -> dict[str, float]:
    """Shares of the whole machine's time. Steal is what the hypervisor gave to others: such a round is suspect."""
    spent = [then - now for now, then in zip(before, after)]
    total = sum(spent) or 1
    _, _, _, idle, iowait, _, _, steal = spent
    return {"busy": round(1 - (idle + iowait) / total, 3), "steal": round(steal / total, 3)}
