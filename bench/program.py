"""What the BPF program costs: nanoseconds per packet, also beside many others, and bytes per flow."""

import json
from pathlib import Path

from adit import Adit
from report import Measure, Results
from stage import Failed, Stage, run

# The established flows' map, told apart from others by the size of its key (struct flow_key in bpf/lib/abi.h) and by
# its type: BPF_MAP_TYPE_HASH. Half-open flows have the same key in an LRU map of a fixed size.
FLOW_KEY_BYTES = 44
MAP_TYPE_HASH = 1
# The counters beside it: struct flow_counters in an array.
COUNTERS_BYTES = 64
MAP_TYPE_ARRAY = 2
ENTRIES_PER_FLOW = 2
# Of packet_cost, in each of ours.
PACKET_ROUNDS = 11
# Services and flows in the tables, as packet_cost takes them.
FEW = "10:10"
MANY = {"services": ("10000:10", "10,000 services"), "flows": ("10:1000000", "1M flows")}
# What FEW is called beside MANY.
FEW_NAME = "adit, ten"


def measure_packet(rounds: int, results: Results) -> None:
    """Runs the data plane's own example, which runs the program on made packets by BPF_PROG_TEST_RUN."""
    for round_number in range(rounds):
        results.progress(f"program time: round {round_number + 1} of {rounds}")
        report = _packet_cost()[0]
        results.raw.append({"load": "packet", "system": "adit", **report})
        for key, title, field in (
            ("packet_established", "program time, established flow", "established_ns"),
            ("packet_new", "program time, new flow with 60 rules", "new_with_60_rules_ns"),
            ("packet_spoofed", "program time, spoofed packet", "spoofed_ns"),
        ):
            results.add(Measure(key, title, "ns", "less")).sample("adit", report[field])


def measure_scale(rounds: int, results: Results) -> None:
    """The same beside many services and beside many flows, each with the same program beside ten in turn."""
    for round_number in range(rounds):
        results.progress(f"program time at scale: round {round_number + 1} of {rounds}")
        few, *reports = _packet_cost(FEW, *(size for size, _ in MANY.values()))
        for (key, (_, present)), many in zip(MANY.items(), reports):
            rows = [
                ("established", f"established flow beside {present}", "established_ns"),
                ("new", f"new flow beside {present}", "new_with_60_rules_ns"),
            ]
            if key == "flows":
                rows.append(("random", f"any of {present}", "random_ns"))
            for name, title, field in rows:
                row = results.add(Measure(f"scale_{key}_{name}", f"program time, {title}", "ns", "less"))
                row.sample("adit", many[field])
                row.sample(FEW_NAME, few[field])
        results.raw += [{"load": "scale", "system": "adit", **report} for report in (few, *reports)]


def _packet_cost(*sizes: str) -> list[dict]:
    """One report for each size; without any, of a table of one."""
    return json.loads(run("packet_cost", str(PACKET_ROUNDS), *sizes))["sizes"]


def measure_memory(stage: Stage, results: Results) -> None:
    """Reads what the kernel charges for the table of flows, which is allocated when it is created."""
    results.progress("memory per flow")
    row = results.add(Measure("flow_bytes", "memory per flow, both directions", "bytes", "less"))
    flows = flow_table(Adit(stage, "memory").status()["agent"]["pid"])
    results.raw.append({"load": "memory", "system": "adit", **flows})
    row.sample("adit", ENTRIES_PER_FLOW * (flows["memlock"] + flows["counters"]) / flows["max_entries"])
    if entry := conntrack_entry_bytes():
        row.sample("nftables", entry)


def flow_table(pid: int) -> dict[str, int]:
    """/proc/PID/fdinfo of the flow table that a process holds open, and what its counters take."""
    flows = one_map(pid, map_type=MAP_TYPE_HASH, key_size=FLOW_KEY_BYTES)
    counters = one_map(pid, map_type=MAP_TYPE_ARRAY, value_size=COUNTERS_BYTES)
    return flows | {"counters": counters["memlock"]}


def one_map(pid: int, **wanted: int) -> dict[str, int]:
    """/proc/PID/fdinfo of the map that these fields tell from a process's others."""
    for file in Path(f"/proc/{pid}/fdinfo").iterdir():
        fields = dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
        if all(int(fields.get(name, 0)) == value for name, value in wanted.items()):
            return {name: int(fields[name]) for name in ("key_size", "value_size", "max_entries", "memlock")}
    raise Failed(f"process {pid} holds no map with {wanted}: has bpf/lib/abi.h changed?")


def conntrack_entry_bytes() -> int | None:
    """The size of one conntrack entry without its extensions, which both directions share."""
    for line in Path("/proc/slabinfo").read_text().splitlines():
        if line.startswith("nf_conntrack "):
            return int(line.split()[3])
    return None
