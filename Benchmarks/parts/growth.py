"""What a request through the engine costs against stored sessions, attributes of a session, and requests at once.

`parts.growth [PART …]`, with the parts `sessions`, `attributes`, `concurrency` and `pauses`; all of them if none is named.
In the environment ROUNDS, SECONDS (seconds of each size in a round, default 0.5), STORES (default: all of them) and LARGEST
(the most sessions, default 10,000,000 in the memory store and 1,000,000 in others).
"""

import json
import os
import subprocess
import sys
from math import log10

from load.engine import STORES, Engine
from load.processes import prefer
from parts import PROGRAMS, ROUNDS
from report.figure import Figure
from report.law import is_worse_than_logarithmic
from report.result import Result

SECONDS = float(os.environ.get("SECONDS", "0.5"))
CHOSEN = os.environ.get("STORES", " ".join(STORES)).split()
WORKS = ["read", "update"]
CALLERS, FILLERS = 8, 64
ATTRIBUTES = [1, 2, 4, 8, 16, 32, 64]
CONCURRENCY = [1, 2, 4, 8, 16, 32, 64]
FEW = 10_000  # sessions where something else is varied
LONG = 36_000  # seconds until a session is touched: never while it is measured
MOST_BYTES = 320  # of a session in the memory store, with one small attribute
GIB = 2**30
MOST_RATIO_SPREAD = 30  # of a ratio of percentiles, in percentage points


def largest(store):
    return int(os.environ.get("LARGEST", "10000000" if store == "memory" else "1000000"))


def sizes(store):
    return [10**power for power in range(3, round(log10(largest(store))) + 1)]


class Axis:
    """What is varied: its name, its values, and what becomes of one."""

    def __init__(self, part, title, unit, values, sessions, attributes, callers):
        self.part, self.title, self.unit, self.values = part, title, unit, values
        self.sessions, self.attributes, self.callers = sessions, attributes, callers


AXES = [
    Axis("sessions", "stored sessions", "sessions", sizes, lambda x: x, lambda x: 1, lambda x: CALLERS),
    Axis("attributes", "attributes of a session", "attributes", lambda _: ATTRIBUTES, lambda x: FEW, lambda x: x,
         lambda x: CALLERS),
    Axis("concurrency", "requests at once", "callers", lambda _: CONCURRENCY, lambda x: FEW, lambda x: 1, lambda x: x),
]


def measure(axis, store):
    """Costs by work and value, one a round, and the bytes of a session by value."""
    values = axis.values(store)
    costs = {(work, value): [] for work in WORKS for value in values}
    stored = {}
    with Engine(store) as load:
        shared = axis.part == "concurrency"
        for number, value in enumerate(values[:1] if shared else values):
            load.ask("open", value, load.address(number), axis.sessions(value), LONG)
            before = load.size(number) if store == "redis" else 0
            count = axis.sessions(value)
            filled = load.ask("fill", value, count, axis.attributes(value), 4 if store == "memory" else FILLERS)
            load.settle(number)
            stored[value] = (filled["bytes"] if store == "memory" else load.size(number) - before) / count
            print(f"  {store}: {count:,} sessions made in {filled['seconds']:.0f} s", file=sys.stderr, flush=True)
        for number in range(ROUNDS + 1):
            for value in values if number % 2 == 0 else values[::-1]:
                for work in WORKS:
                    cost = load.measure("for", values[0] if shared else value, work, SECONDS, axis.callers(value))
                    # The first round warms up.
                    if number:
                        costs[work, value].append(cost)
    return costs, stored


def grow(result, axis):
    charts = {
        work: result.chart(f"Processor time of {'a read' if work == 'read' else 'an update'} against {axis.title}",
                           axis.unit, "µs", is_logarithmic=True) for work in WORKS}
    worse = []
    for store in CHOSEN:
        costs, stored = measure(axis, store)
        values = axis.values(store)
        table = result.table(
            f"{STORES[store]}, {axis.title}", axis.unit, *(f"{work}: {what}" for work in WORKS for what in [
                "processor time", "of it the server's", "until the answer"]),
            *([] if axis.part == "concurrency" else ["stored, a session"]))
        figures = {}
        for value in values:
            row = [value]
            for work in WORKS:
                own = costs[work, value]
                figures[work, value] = Figure.of([cost.processor for cost in own], "µs")
                server = Figure.of([cost.server for cost in own], "µs")
                row += [figures[work, value], "–" if store in ["memory", "sqlite"] else server,
                        Figure.of([cost.answer for cost in own], "µs")]
                charts[work].point(STORES[store], value, figures[work, value])
            table.row(*row, *([] if axis.part == "concurrency" else [f"{stored[value]:,.0f} bytes"]))
        for work in WORKS:
            line = [figures[work, value].median for value in values]
            times = f"{STORES[store]}, {work}: {line[-1] / line[0]:.2f} times"
            if len(values) > 2 and is_worse_than_logarithmic(values, line):
                worse.append(times)
            print(f"  {times}", file=sys.stderr, flush=True)
        result.reference(f"a read from {STORES[store]}", [cost.processor for cost in costs["read", values[0]]])
        if axis.part == "sessions" and store == "memory":
            footprint(result, values[-1], stored)
        # Some of these take long.
        result.keep()
    first, last = ([axis.values(store)[index] for store in CHOSEN] for index in [0, -1])
    result.remark(
        f"Cost against {axis.title}, from {min(first):,} to {max(last):,}: "
        + ("none is worse than logarithmic." if not worse else "worse than logarithmic: " + "; ".join(worse) + "."))


def footprint(result, count, stored):
    size = stored[count]
    if count == 10_000_000:
        result.fact("growth/memory/GiB of ten million", size * count / GIB)
    verdict = "as it should be" if size <= MOST_BYTES else f"more than the {MOST_BYTES} that it should be"
    result.remark(
        f"In the memory store {count:,} sessions took {size * count / GIB:.2f} GiB of resident memory, {size:.0f} bytes each: "
        f"{verdict}.")


SITUATIONS = {
    "alone": "nothing beside them", "spin": "a thread beside them that only spins",
    "expiry": "{} sessions expire at once", "growth": "{} sessions are made, and the shards grow",
    "creation": "{} sessions are made in shards that have grown",
}


def pauses(result):
    """Percentiles of requests while sessions expire and shards grow, against the same beside a thread that spins."""
    count = min(largest("memory"), 1_000_000)
    program = subprocess.run(
        [PROGRAMS / "Pauses", str(ROUNDS), str(count)], preexec_fn=prefer, check=True, stdout=subprocess.PIPE, text=True)
    rounds = [json.loads(line) for line in program.stdout.splitlines()]
    table = result.table(
        "Requests on the memory store, reads and updates in turn", "meanwhile", "50th percentile", "99th", "99.9th", "longest",
        "99.9th against a thread that spins")
    for name, text in SITUATIONS.items():
        ratio = Figure.of(
            [100 * own[name]["p99.9"] / own["spin"]["p99.9"] for own in rounds], "%", most=MOST_RATIO_SPREAD)
        table.row(
            text.format(f"{count:,}"), *(Figure.of([own[name][column] for own in rounds], "µs") for column in [
                "p50", "p99", "p99.9", "longest"]), "100 %" if name == "spin" else ratio)
        if name in ["expiry", "growth"]:
            result.fact(f"pauses/{name}/of spin", ratio)
    result.reference("the 50th percentile of a request", [own["alone"]["p50"] for own in rounds])


def main():
    parts = sys.argv[1:] or [axis.part for axis in AXES] + ["pauses"]
    known = {axis.part: axis for axis in AXES}
    for part in parts:
        if part not in [*known, "pauses"]:
            raise SystemExit(f"parts.growth: no part {part}; there are {', '.join(known)} and pauses")
    for part in parts:
        axis = known.get(part)
        result = Result(f"growth:{part}", f"Growth: {axis.title}" if axis else "Pauses of the memory store")
        if axis:
            grow(result, axis)
            result.remark(
                f"{ROUNDS} rounds of {SECONDS:g} seconds a size and kind, sizes in turn, every other round backwards; up to "
                f"20,000 of the sessions are used, in no order. The processor time is the program's and the server's.")
        else:
            pauses(result)
            result.remark(f"{ROUNDS} rounds; the situations take turns.")
        result.write()


if __name__ == "__main__":
    main()
