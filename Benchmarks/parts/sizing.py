"""What a store needs for so many sign-ins, sign-outs and reads a second, from what one of each takes.

`parts.sizing [STORE …]`, with stores `memory`, `sqlite`, `redis` and `postgres`; all of them if none is named. In the environment
ROUNDS, COUNT (sign-ins of a round, default 2000), SESSIONS (stored, default 60,000), and the rates to size for:
SIGN_INS (default 100), SIGN_OUTS (default 100), READS (default 10,000). docs/sizing.md explains the formula.
"""

import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from load.engine import STORES, Engine
from parts import ROUNDS
from report.figure import Figure, number
from report.result import Result

COUNT = int(os.environ.get("COUNT", "2000"))
SESSIONS = int(os.environ.get("SESSIONS", "60000"))
RATES = {
    "sign-in": float(os.environ.get("SIGN_INS", "100")), "sign-out": float(os.environ.get("SIGN_OUTS", "100")),
    "read": float(os.environ.get("READS", "10000")),
}
TOUCH = 60  # seconds until a use of a session is written
CALLERS = 8
KEPT = 20_000  # sessions that the program uses
RETENTION = 3700  # seconds after which an ended session is forgotten
STEPS = ["sign-in", "sign-out", "read", "touch", "forget"]
QUANTITIES = {
    "own": ("processor, the application's", "µs"), "server": ("processor, the store's server", "µs"),
    "sent": ("sent to the store", "bytes"), "received": ("received from the store", "bytes"),
    "written": ("written to the disk", "bytes"),
}


class Meter:
    """What the program and its server have used so far: bytes on the wire and on the disk."""

    def __init__(self, load):
        self.load = load

    def read(self):
        sent, received = self.wire()
        return {"sent": sent, "received": received, "written": self.disk()}

    def wire(self):
        """Bytes that the program's connections to the server have carried, without headers of TCP and IP."""
        if self.load.server is None:
            return 0, 0
        port = self.load.port if self.load.name == "redis" else int(re.search(r":(\d+)/", self.load.place)[1])
        lines = subprocess.run(
            ["ss", "-tinH", f"dport = :{port}"], check=True, capture_output=True, text=True).stdout
        return tuple(sum(map(int, re.findall(rf"\b{name}:(\d+)", lines))) for name in ["bytes_sent", "bytes_received"])

    def disk(self):
        """Bytes that the store has written: Redis to its file (AOF), PostgreSQL to its log (WAL), SQLite to all its files."""
        if self.load.name == "redis":
            return int(self.load.redis_info("aof_current_size"))
        if self.load.name == "postgres":
            return int(self.load.sql(self.load.place, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"))
        io = Path(f"/proc/{self.load.program.pid}/io").read_text()
        return int(re.search(r"^write_bytes: (\d+)", io, re.M)[1])


def measure(store):
    """For each step a list of what it took, one a round, and its calls of the store."""
    rounds = {step: [] for step in STEPS}
    with Engine(store, keeps_file=True) as load:
        meter = Meter(load)
        address = load.address(0)
        before = load.size(0) if store == "redis" else 0
        load.ask("open", "all", address, 4 * SESSIONS, TOUCH)
        filled = load.ask("fill", "all", SESSIONS, 1, 4 if store == "memory" else 64)
        load.settle(0)
        size = (filled["bytes"] if store == "memory" else load.size(0) - before) / SESSIONS
        load.ask("run", "all", "read", KEPT, CALLERS)

        def step(name, *words):
            used, server = meter.read(), load.server_seconds()
            answer = load.ask(*words)
            after = meter.read()
            count = answer["count"]
            costs = {name: (after[name] - used[name]) / count for name in used}
            costs |= {"own": 1e6 * answer["processor"] / count, "server": 1e6 * (load.server_seconds() - server) / count}
            rounds[name].append(costs)

        for _ in range(ROUNDS):
            step("sign-in", "run", "all", "sign-in", COUNT, CALLERS)
            step("sign-out", "run", "all", "sign-out", COUNT, CALLERS)
            load.ask("pass", "all", TOUCH + 1)
            step("touch", "run", "all", "read", KEPT, CALLERS)
            step("read", "run", "all", "read", KEPT, CALLERS)
            load.ask("pass", "all", RETENTION)
            step("forget", "sweep", "all")
        calls = {name: load.ask("calls", "all", name, 200) for name in ["sign-in", "sign-out"]}
        load.ask("pass", "all", TOUCH + 1)
        calls["touch"] = load.ask("calls", "all", "read", 200)
        calls["read"] = load.ask("calls", "all", "read", 200)
        calls["forget"] = {}
    return rounds, calls, size


def rates():
    """How often each step is taken a second."""
    # What signs in is active until it signs out, and each active session is touched once a touch interval.
    touches = min(RATES["read"], SESSIONS / TOUCH)
    return RATES | {"read": RATES["read"] - touches, "touch": touches, "forget": RATES["sign-out"]}


def size(result, needs, store):
    rounds, calls, stored = measure(store)
    table = result.table(
        f"{STORES[store]}, what one takes", "step", "calls of the store", *(title for title, _ in QUANTITIES.values()))
    figures = {}
    for step in STEPS:
        row = [step, ", ".join(f"{count:g} {name}" for name, count in sorted(calls[step].items())) or "a part of a sweep"]
        for quantity, (_, unit) in QUANTITIES.items():
            values = [costs[quantity] for costs in rounds[step]]
            figures[step, quantity] = Figure.of(values, unit)
            row.append(figures[step, quantity] if any(values) else "–")
        table.row(*row)

    result.reference(f"a read from {STORES[store]}", [costs["own"] for costs in rounds["read"]])
    a_second = rates()

    def total(quantity):
        return sum(a_second[step] * figures[step, quantity].median for step in STEPS)

    operations = sum(a_second[step] * sum(calls[step].values()) for step in STEPS)
    needs.row(
        STORES[store], f"{total('own') / 1e6:.2f}", f"{total('server') / 1e6:.2f}" if total("server") else "–",
        f"{operations:,.0f}", f"{total('sent') / 1e6:.1f} MB" if total("sent") else "–",
        f"{total('received') / 1e6:.1f} MB" if total("received") else "–",
        f"{total('written') / 1e6:.1f} MB" if total("written") else "–", "–" if store == "memory" else f"{stored:,.0f} bytes")


def hash_milliseconds():
    """Processor time of a password's hash, as OWASP's Password Storage Cheat Sheet asks for it (scrypt, 2^17, 8, 1)."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        hashlib.scrypt(b"a password", salt=bytes(16), n=2**17, r=8, p=1, maxmem=2**28)
        times.append(1000 * (time.process_time() - begun))
    return sorted(times)[1]


def main():
    stores = sys.argv[1:] or list(STORES)
    unknown = set(stores) - set(STORES)
    if unknown:
        raise SystemExit(f"parts.sizing: no store {', '.join(sorted(unknown))}; there are {', '.join(STORES)}")
    result = Result("sizing", "Sizing")
    a_second = rates()
    needs = result.table(
        f"A second with {RATES['sign-in']:,.0f} sign-ins, {RATES['sign-out']:,.0f} sign-outs and {RATES['read']:,.0f} reads, "
        f"of {SESSIONS:,} active sessions", "store", "cores of the application", "cores of the store's server",
        "calls of the store", "sent to the store", "received from it", "written to the disk", "stored, a session")
    for store in stores:
        print(f"  {store}", file=sys.stderr, flush=True)
        size(result, needs, store)
        result.keep()
    result.remark(
        f"The formula: {number(a_second['sign-in'], 100)} × sign-in + {number(a_second['sign-out'], 100)} × sign-out + "
        f"{number(a_second['read'], 100)} × read + {number(a_second['touch'], 100)} × touch + "
        f"{number(a_second['forget'], 100)} × forget. A touch is a read that also writes the time of last use, once in "
        f"{TOUCH} seconds for each active session; it stands in place of a read.")
    milliseconds = hash_milliseconds()
    result.remark(
        f"Not in it: what the server takes for a request without a session, and the hash of a password. One by scrypt with "
        f"OWASP's parameters took {milliseconds:.0f} ms here, so {RATES['sign-in']:,.0f} sign-ins a second by password take "
        f"{RATES['sign-in'] * milliseconds / 1000:.0f} cores more, whatever the store.")
    result.write()


if __name__ == "__main__":
    main()
