"""What the Redis store does against redis-benchmark in the same run, and the memory of a session in Redis.

Redis runs on one core and the callers on another.
"""

import csv
import subprocess

from load.processes import SERVER_CORE, Processes, prefer
from load.server import rounds
from parts import PROGRAMS, ROUNDS, SLICE, lines
from parts.paced import Paced
from report.figure import Figure
from report.result import Result

REFERENCES = {"loads": "get", "commits": "set"}


def raw(port, command):
    """Requests a second of redis-benchmark, with 256 bytes."""
    output = subprocess.run(
        ["taskset", "-c", SERVER_CORE, "redis-benchmark", "-p", port, "-c", "64", "-P", "1", "-n", str(SLICE * 80_000),
         "-d", "256", "-r", "1000", "-t", command, "--csv"], preexec_fn=prefer, check=True, capture_output=True, text=True).stdout
    return float(list(csv.DictReader(output.splitlines()))[-1]["rps"])


def main():
    result = Result("redis", "The Redis store by itself, 64 callers, against redis-benchmark")
    with Processes() as place:
        address = place.redis()
        port = address.split(":")[1]
        store = Paced.store(place, f"redis://{address}", core=SERVER_CORE)
        names = ["get", "loads", "set", "commits"]

        def measure(name):
            return raw(port, name) if name in REFERENCES.values() else store.rate(name, SLICE)
        for name in names:
            measure(name)
        rates = rounds(ROUNDS, names, measure)
        store.end()
        [memory] = lines(PROGRAMS / "Footprint", f"redis://{address}")
    table = result.table(
        f"{ROUNDS} rounds of {SLICE} s each, 256 bytes", "store", "a second", "`redis-benchmark -c 64 -P 1`", "a second ",
        "the store's rate of that")
    for name, command in REFERENCES.items():
        ratio = Figure.ratio(rates[name], rates[command])
        table.row(name, Figure.of(rates[name], ""), command.upper(), Figure.of(rates[command], ""), ratio)
        result.fact(f"redis/{name}/of redis-benchmark", ratio)
        result.reference(command.upper(), rates[command])
    table = result.table("Memory in Redis", "what", "bytes")
    table.row("a raw key of 48 bytes with 256 bytes and an expiry", memory["raw"])
    table.row("a visitor's session with an attribute of 10 bytes", memory["session"])
    result.write()


if __name__ == "__main__":
    main()
