"""Measures Adit side by side with what it competes with. `./dev bench --help` says how; README.md what and why."""

import argparse
import os
import platform
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import chart
import first_packet
import growth
import names
import program
import reads
import traffic
from adit import Endpoint
from peers import ALL, System
from report import Results
from stage import ENDING_SIGNALS, Failed, Stage, run

ROOT = Path(__file__).resolve().parent.parent
TRAFFIC = ("stream", "crr", "rr")
CASES = (*TRAFFIC, "packet", "scale", "first-packet", "api", "names", "memory")
SUBJECT = "adit"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"what to measure, of: {' '.join(CASES)} [all]")
    parser.add_argument("--rounds", type=int, help="how often each system is measured [5; quick: 2]")
    parser.add_argument("--seconds", type=float, help="length of one measurement [2; quick: 0.5]")
    parser.add_argument("--quick", action="store_true", help="a look in three minutes; not for quoting")
    parser.add_argument("--systems", default=",".join([SUBJECT, *ALL]), metavar="A,B",
                        help="through what stream, crr and rr go [%(default)s]; api, too, needs adit to be named")
    parser.add_argument("--mtu", type=int, default=8500, help="of every link of stream, crr and rr [%(default)s]")
    parser.add_argument("--results", type=Path, default=ROOT / "bench/results", help="where files go [bench/results]")
    chosen = parser.parse_args()
    for case in chosen.cases:
        if case not in CASES:
            parser.error(f"no case '{case}'; there are: {' '.join(CASES)}")
    chosen.cases = chosen.cases or list(CASES)
    chosen.systems = chosen.systems.split(",")
    for system in chosen.systems:
        if system not in (SUBJECT, *ALL):
            parser.error(f"no system '{system}'; there are: {SUBJECT} {' '.join(ALL)}")
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 5)
    chosen.seconds = chosen.seconds or (0.5 if chosen.quick else 2.0)
    return chosen


def facts(chosen: argparse.Namespace) -> dict:
    """What one needs to know of a run to judge its numbers."""
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    try:
        commit = run("git", "-C", str(ROOT), "describe", "--always", "--dirty").strip()
    except Failed:
        commit = "unknown"
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "commit": commit, "kernel": platform.release(), "cpu": model,
        "cpus": os.cpu_count(), "load_before": os.getloadavg()[0], "cases": chosen.cases, "rounds": chosen.rounds,
        "seconds": chosen.seconds, "quick": chosen.quick, "mtu": chosen.mtu,
    }


def place_netload(stage: Stage) -> Path:
    """Puts the load program where instances see it, too; returns its path."""
    built = shutil.which("netload")
    if built is None:
        raise Failed("netload is not on PATH: run this by ./dev bench")
    return Path(shutil.copy(built, stage.folder))


def systems(stage: Stage, chosen: argparse.Namespace, netload: Path, results: Results) -> list[System]:
    """Sets the chosen systems up."""
    built: list[System] = []
    for name in chosen.systems:
        results.progress(f"setting up {name}")
        kind: Callable[[Stage, Path, int], System] = Endpoint if name == SUBJECT else ALL[name]
        built.append(kind(stage, netload, chosen.mtu))
        results.facts.setdefault("systems", {})[name] = built[-1].notes
    return built


def traffic_case(stage: Stage, chosen: argparse.Namespace, netload: Path, results: Results) -> None:
    through = systems(stage, chosen, netload, results)
    traffic.measure(through, netload, set(chosen.cases), chosen.rounds, chosen.seconds, results)


def measure(stage: Stage, chosen: argparse.Namespace, results: Results) -> bool:
    """Runs the chosen cases, each on a stage of its own; whether all could be measured."""
    netload = place_netload(stage)
    with_adit = SUBJECT in chosen.systems
    endpoints = 20 if chosen.quick else 100
    seconds, rounds = chosen.seconds, chosen.rounds
    cases: list[tuple[set[str], Callable[[Stage], None]]] = [
        (set(TRAFFIC), lambda own: traffic_case(own, chosen, netload, results)),
        ({"packet"}, lambda own: program.measure_packet(rounds, results)),
        ({"scale"}, lambda own: program.measure_scale(rounds, results)),
        ({"memory"}, lambda own: program.measure_memory(own, results)),
        ({"first-packet"}, lambda own: first_packet.measure(own, netload, endpoints, results)),
        ({"api"}, lambda own: reads.measure(own, netload, rounds, seconds, chosen.quick, with_adit, results)),
        ({"api"}, lambda own: growth.measure(own, netload, rounds, seconds, chosen.quick, results)),
        ({"names"}, lambda own: names.measure(own, netload, rounds, seconds, chosen.quick, results)),
    ]
    complete = True
    for those, case in cases:
        if not those & set(chosen.cases):
            continue
        own = stage.inner()
        try:
            with own:
                case(own)
        except Exception as failed:  # one case's failure must not cost the others their results
            complete = False
            if not isinstance(failed, Failed):
                traceback.print_exc()
            print(own.tails(), file=sys.stderr)
            results.warn(f"{', '.join(sorted(those & set(chosen.cases)))}: not measured: {failed}")
            results.progress(results.warnings[-1])
    return complete


def save(results: Results, folder: Path) -> None:
    """Writes JSON and chart, and prints the table."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"bench-{time.strftime('%Y%m%d-%H%M%S')}"
    results.save(folder / f"{name}.json")
    told = results.facts
    chart.write(
        results, folder / f"{name}.svg", "Adit beside its peers",
        [f"{told['time']} · {told['commit']} · {told['cpus']} CPUs, {told['cpu']} · Linux {told['kernel']}",
         f"bars: medians of {told['rounds']} interleaved rounds of {told['seconds']} s; whiskers: all rounds"],
    )
    print(f"\n{results.table()}\n\n{folder / name}.json\n{folder / name}.svg")


def main() -> int:
    chosen = arguments()
    if os.geteuid() != 0:
        print("bench: network namespaces need root", file=sys.stderr)
        return 1
    for ending in ENDING_SIGNALS:
        signal.signal(ending, signal.default_int_handler)
    results = Results(SUBJECT, facts(chosen))
    try:
        with Stage() as stage:
            complete = measure(stage, chosen, results)
    except KeyboardInterrupt:
        print("bench: interrupted; everything is removed", file=sys.stderr)
        return 130
    except Failed as failed:
        print(f"bench: {failed}", file=sys.stderr)
        return 1
    save(results, chosen.results)
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
