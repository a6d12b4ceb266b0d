"""Where a request spends its processor time: the functions that a session adds most to, by perf.

profile [STORE:VISITORS …], in the environment SLICE (seconds a route, default 10). Samples time by `cycles`, or by the
kernel's clock where a virtual machine counts no cycles.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from load.server import Server
from report.result import Result

SECONDS = int(os.environ.get("SLICE", "10"))
FUNCTIONS = 20
ROUTES = ["bare", "read", "update"]
ALL = ["memory:500", "sqlite:500", "redis:500", "postgres:500"]


def event():
    """What perf can sample by on this machine."""
    for name in ["cycles", "cpu-clock"]:
        counted = subprocess.run(["perf", "stat", "-x,", "-e", name, "true"], capture_output=True, text=True)
        if counted.returncode == 0 and not counted.stderr.startswith("<not "):
            return name
    raise SystemExit("perf can't sample here; `Benchmarks/run.sh instructions` counts without it")


def demangled(lines):
    tool = subprocess.run(["swift", "demangle", "--simplified"], input="\n".join(lines), check=True,
                          capture_output=True, text=True)
    return tool.stdout.split("\n")


def stacks(script):
    """The stacks of the samples that `perf script -F ip,sym,dso` prints, each from its innermost function.

    >>> list(stacks("\\n 1f inner (/a/shop)\\n 2f main (/a/shop)\\n\\n 3f [unknown] (/lib/x.so)\\n\\n 4f do_work ([kernel.kallsyms])\\n"))
    [['inner', 'main'], ['unknown, in x.so'], ['the kernel']]
    """
    for block in re.split(r"\n\s*\n", script.strip("\n")):
        names = []
        for line in block.splitlines():
            _, _, rest = line.strip().partition(" ")
            name, _, place = rest.rpartition(" (")
            place = place.rstrip(")")
            if place.startswith("["):
                name = "the kernel"
            elif name == "[unknown]":
                name = f"unknown, in {Path(place).name}"
            names.append(name)
        if names:
            yield names


def counted(samples):
    """In how many samples each function was the innermost one, and in how many it was anywhere.

    >>> counted([["a", "b", "a"], ["b"]])
    (Counter({'a': 1, 'b': 1}), Counter({'b': 2, 'a': 1}))
    """
    own, inclusive = Counter(), Counter()
    for names in samples:
        own[names[0]] += 1
        inclusive.update(sorted(set(names)))
    return own, inclusive


def sampled(server, route, by):
    """Microseconds of processor time a request by function, in itself and with what it calls, and the load."""
    data = Path(server.work.name, "perf.data")
    perf = subprocess.Popen(
        ["perf", "record", "-q", "-g", "-e", by, "-F", "4000", "-p", str(server.roots[0].pid), "-o", data],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    load = server.load(route, SECONDS)
    perf.terminate()
    perf.wait()
    script = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym,dso"], check=True, capture_output=True, text=True)
    own, inclusive = counted(stacks(script.stdout))
    total = sum(own.values())
    readable = dict(zip(inclusive, demangled(list(inclusive))))
    costs = []
    for counts in own, inclusive:
        cost = Counter()
        for name, count in counts.items():
            cost[readable[name]] += count / total * load.processor
        costs.append(cost)
    return *costs, load


def measure(store, visitors, by):
    result = Result(f"profile:{store}:{visitors}", f"Processor time by function: {store}, {visitors} visitors")
    with Server(store, visitors) as server:
        for route in ROUTES:
            server.load(route, 1)
        measured = {route: sampled(server, route, by) for route in ROUTES}
    bare = measured["bare"]
    totals = result.table("Microseconds of processor time a request", "route", "in all", "more than bare")
    for route, (_, _, load) in measured.items():
        totals.row(route, round(load.processor, 1), round(load.processor - bare[2].processor, 1))
    for route in ROUTES[1:]:
        for index, kind in enumerate(["by themselves", "with all that they call"]):
            own, reference = measured[route][index], bare[index]
            added = Counter({name: own[name] - reference[name] for name in own | reference})
            if index == 1:
                # Not those of the server that call everything: they are on every stack.
                added = Counter({name: cost for name, cost in added.items() if cost >= 0.9 * own[name]})
            table = result.table(
                f"{route}: the functions that it adds most to {kind}, µs a request", "more than bare", "in all", "function")
            for name, cost in added.most_common(FUNCTIONS):
                table.row(f"{cost:.2f}", f"{own[name]:.2f}", f"`{name[:110].replace('`', '')}`")
    result.remark(
        f"Sampled by `{by}` for {SECONDS} s a route. A function that awaits isn't on the stack of what it awaits, so what "
        "it calls is what it calls at once. Of those with all that they call, only such are listed that hardly run in a "
        "bare request.")
    result.write()


def main(tables):
    by = event()
    for table in tables or ALL:
        store, _, visitors = table.rpartition(":")
        measure(store, int(visitors), by)


if __name__ == "__main__":
    main(sys.argv[1:])
