"""Where a request spends its processor time: the functions that a session adds most to, by perf.

sampling.py [STORE:VISITORS], in the environment SLICE (seconds a route, default 10). Samples time by `cycles`, or by
the kernel's clock where a virtual machine counts no cycles.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from server import Server

SECONDS = int(os.environ.get("SLICE", "10"))
FUNCTIONS = 25
ROUTES = ["bare", "read", "update"]


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


def sampled(server, route, by):
    """Microseconds of processor time a request by function, and the load under which they were sampled."""
    data = Path(server.work.name, "perf.data")
    perf = subprocess.Popen(
        ["perf", "record", "-q", "-e", by, "-F", "4000", "-p", str(server.pid), "-o", data],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    load = server.load(route, SECONDS)
    perf.terminate()
    perf.wait()
    # One line a sample: its function and where that is.
    script = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym,dso"], check=True, capture_output=True,
                            text=True)
    samples = Counter()
    for line in script.stdout.splitlines():
        _, _, rest = line.strip().partition(" ")
        name, _, place = rest.rpartition(" (")
        kernel = place.startswith("[")
        samples["the kernel" if kernel else name if name != "[unknown]" else f"unknown, in {place.rstrip(')')}"] += 1
    total = sum(samples.values())
    names = demangled(list(samples))
    costs = Counter()
    for name, count in zip(names, samples.values()):
        costs[name] += count / total * load.processor
    return costs, load


def main():
    store, _, visitors = (sys.argv[1] if len(sys.argv) > 1 else "memory:500").rpartition(":")
    by = event()
    print(f"Processor time by function (self), {store}, {visitors} visitors, sampled by {by}; microseconds a request")
    with Server(store, int(visitors)) as server:
        for route in ROUTES:
            server.load(route, 1)
        costs, loads = {}, {}
        for route in ROUTES:
            costs[route], loads[route] = sampled(server, route, by)
    for route in ROUTES[1:]:
        added = Counter({name: costs[route][name] - costs["bare"][name] for name in costs[route] | costs["bare"]})
        print(f"\n{route}: {loads[route].processor:.1f} in all, {loads[route].processor - loads['bare'].processor:.1f} "
              f"more than bare. The {FUNCTIONS} functions that it adds most to:")
        print("  added   self  function")
        for name, cost in added.most_common(FUNCTIONS):
            print(f"  {cost:5.2f}  {costs[route][name]:5.2f}  {name[:120]}")
    for route in ROUTES[1:]:
        print(f"\n{route}: the {FUNCTIONS} functions with the most self cost:")
        for name, cost in costs[route].most_common(FUNCTIONS):
            print(f"  {cost:5.2f}  {name[:120]}")


if __name__ == "__main__":
    main()
