"""Results: samples, what is made of them, and the budgets they are held against."""

import json
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Measure:
    """One number, sampled for several systems. `better` is "more" or "less"."""

    key: str
    title: str
    unit: str
    better: str
    samples: dict[str, list[float]] = field(default_factory=dict)

    def sample(self, system: str, value: float) -> None:
        self.samples.setdefault(system, []).append(value)

    def median(self, system: str) -> float:
        return statistics.median(self.samples[system])

    def spread(self, system: str) -> tuple[float, float]:
        return min(self.samples[system]), max(self.samples[system])

    def ratios(self, system: str, other: str) -> list[float]:
        """Round by round, or turn by turn, so that a slow minute of the machine falls on both."""
        pairs = zip(self.samples.get(system, ()), self.samples.get(other, ()))
        return [one / another for one, another in pairs if another]


@dataclass(frozen=True)
class Budget:
    """What Adit wants of a measure: of its ratio to `over`, or of its own value."""

    title: str
    measure: str
    over: str | None
    at_least: float
    aim: float


BUDGETS = (
    *(budget for key, title in (("stream_1", "TCP stream, 1 connection"), ("stream_8", "TCP stream, 8 connections"))
      for budget in (
          Budget(f"{title} / direct", key, "direct", 0.90, 0.97),
          Budget(f"{title} / nftables", key, "nftables", 1.0, 1.1),
          Budget(f"{title} / HAProxy", key, "haproxy", 2.0, 2.5),
      )),
    Budget("connect-request-close / direct", "crr", "direct", 0.75, 0.90),
    Budget("connect-request-close / nftables", "crr", "nftables", 1.05, 1.2),
    Budget("connect-request-close / HAProxy", "crr", "haproxy", 2.0, 4.0),
    Budget("mean round trip, one CPU / direct", "rr_one_cpu_mean", "direct", 1.30, 1.10),
    Budget("mean round trip, two CPUs / direct", "rr_two_cpus_mean", "direct", 1.30, 1.10),
    Budget("program time, established flow, ns", "packet_established", None, 350, 150),
    Budget("program time, new flow with 60 rules, ns", "packet_new", None, 2500, 1000),
    *(Budget(f"program time, {flow} flow, {many} / ten", f"scale_{key}_{name}", "adit, ten", 1.10, 1.03)
      for key, many in (("services", "10,000 services"), ("flows", "1M flows"))
      for name, flow in (("established", "established"), ("new", "new"))),
    Budget("memory per flow, both directions, bytes", "flow_bytes", None, 450, 350),
    Budget("create to first packet, p99, ms", "create_to_packet_p99", None, 250, 50),
    Budget("accept to first packet, p99, ms", "accept_to_packet_p99", None, 250, 50),
    Budget("reads per second, all endpoints / moto", "reads_all", "moto", 10, 50),
    Budget("reads per second, one endpoint / moto", "reads_one", "moto", 10, 50),
    Budget("creates per second / moto", "creates", "moto", 1, 5),
    Budget("reads by id, beside 100,000 endpoints / 100", "growth_by_id", "adit, a hundred", 0.9, 0.97),
    Budget("reads by vpc-id, beside 100,000 endpoints / 100", "growth_by_vpc", "adit, a hundred", 0.9, 0.97),
    Budget("create, p99, beside 100,000 endpoints / 100", "growth_create_p99", "adit, a hundred", 1.5, 1.2),
    Budget("create, p99, beside 100,000 endpoints / redb commit", "growth_create_p99", "redb commit", 2.0, 1.5),
    Budget("start with 100,000 endpoints, s", "cold_start", None, 15, 5),
    Budget("resident memory per endpoint, bytes", "endpoint_bytes", None, 3000, 2000),
    Budget("names: queries per second / unbound", "names", "unbound", 0.7, 1.0),
)


@dataclass
class Verdict:
    """A budget and what was reached. `value` is None when it was not measured."""

    budget: Budget
    better: str
    value: float | None

    def holds(self, limit: float) -> bool:
        return self.value is not None and (self.value >= limit if self.better == "more" else self.value <= limit)

    def word(self, limit: float) -> str:
        if self.value is None:
            return "-"
        return "pass" if self.holds(limit) else "MISS"


class Results:
    """What a run has found so far."""

    def __init__(self, subject: str, facts: dict):
        self.subject, self.facts = subject, facts
        self.measures: dict[str, Measure] = {}
        self.warnings: list[str] = []
        self.raw: list[dict] = []
        self._began = time.monotonic()

    def add(self, measure: Measure) -> Measure:
        return self.measures.setdefault(measure.key, measure)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def progress(self, text: str) -> None:
        """Tells whoever waits what is being done."""
        print(f"[{time.monotonic() - self._began:5.0f} s] {text}", file=sys.stderr, flush=True)

    def verdicts(self) -> list[Verdict]:
        """The budgets of all measures that were taken."""
        found = []
        for budget in BUDGETS:
            if measure := self.measures.get(budget.measure):
                found.append(Verdict(budget, measure.better, self._value(measure, budget)))
        return found

    def _value(self, measure: Measure, budget: Budget) -> float | None:
        if self.subject not in measure.samples:
            return None
        if budget.over is None:
            return measure.median(self.subject)
        ratios = measure.ratios(self.subject, budget.over)
        return statistics.median(ratios) if ratios else None

    def taken(self) -> list[Measure]:
        """The measures that have samples: a case that failed half way leaves some without."""
        return [measure for measure in self.measures.values() if measure.samples]

    def table(self) -> str:
        """The results for a screen."""
        systems = list(dict.fromkeys(name for measure in self.taken() for name in measure.samples))
        rows = [["median (spread)", "unit", *systems]]
        for measure in self.taken():
            rows.append([measure.title, measure.unit, *(_cell(measure, name) for name in systems)])
        text = _align(rows)
        if verdicts := self.verdicts():
            rows = [["budget", "found", "at least", "", "aim", ""]]
            for verdict in verdicts:
                budget = verdict.budget
                sign = ">=" if verdict.better == "more" else "<="
                found = "not measured" if verdict.value is None else number(verdict.value)
                rows.append([
                    budget.title, found, f"{sign} {number(budget.at_least)}", verdict.word(budget.at_least),
                    f"{sign} {number(budget.aim)}", verdict.word(budget.aim),
                ])
            text += "\n\n" + _align(rows)
        return text + "".join(f"\nwarning: {warning}" for warning in self.warnings)

    def save(self, path: Path) -> None:
        """Everything, as JSON."""
        path.write_text(json.dumps({
            "facts": self.facts,
            "warnings": self.warnings,
            "measures": [
                {"key": m.key, "title": m.title, "unit": m.unit, "better": m.better,
                 "median": {name: m.median(name) for name in m.samples}, "samples": m.samples}
                for m in self.taken()
            ],
            "budgets": [
                {"title": v.budget.title, "measure": v.budget.measure, "over": v.budget.over, "value": v.value,
                 "better": v.better, "at_least": v.budget.at_least, "aim": v.budget.aim,
                 "at_least_holds": v.holds(v.budget.at_least), "aim_holds": v.holds(v.budget.aim)}
                for v in self.verdicts()
            ],
            "raw": self.raw,
        }, indent=1) + "\n")


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def _cell(measure: Measure, system: str) -> str:
    if system not in measure.samples:
        return "-"
    median, (low, high) = measure.median(system), measure.spread(system)
    if len(measure.samples[system]) == 1 or not median:
        return number(median)
    return f"{number(median)} ({(low / median - 1) * 100:+.0f}..{(high / median - 1) * 100:+.0f}%)"


def _align(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *rest = (cell.ljust(width) if not column else cell.rjust(width)
                        for column, (cell, width) in enumerate(zip(row, widths)))
        lines.append("  ".join([first, *rest]).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)
