"""What the SQLite store does against a program in C on the same tables, both durable, both on one core."""

import sqlite3
import subprocess

from load.processes import SERVER_CORE, Processes
from load.server import rounds
from parts import HERE, ROUNDS, SLICE
from parts.paced import Paced
from report.figure import Figure
from report.result import Result

CALLERS = 64


def copied(source, target):
    """A copy of a database that is in use."""
    with sqlite3.connect(source) as database, sqlite3.connect(target) as copy:
        database.backup(copy)


def main():
    result = Result("sqlite", f"The SQLite store by itself, {CALLERS} callers, against a program in C")
    with Processes() as place:
        program = f"{place.work.name}/sqlite"
        subprocess.run(["cc", "-O2", "-o", program, HERE / "load/sqlite.c", "-lsqlite3"], check=True)
        store = Paced.store(place, f"sqlite:{place.work.name}/store.db", core=SERVER_CORE, callers=CALLERS)
        copied(f"{place.work.name}/store.db", f"{place.work.name}/raw.db")
        raw = Paced(place, program, f"{place.work.name}/raw.db", CALLERS, core=SERVER_CORE)
        programs = {"the store": store, "C": raw}
        names = [(work, name) for work in ["loads", "commits"] for name in programs]

        def measure(name):
            return programs[name[1]].rate(name[0], SLICE)
        for name in names:
            measure(name)
        rates = rounds(ROUNDS, names, measure)
        store.end()
        raw.end()
    table = result.table(
        f"{ROUNDS} rounds of {SLICE} s each, 256 bytes, `synchronous=FULL`, commits in groups of up to {CALLERS}",
        "", "the store, a second", "C, a second", "the store's rate of that")
    for work in ["loads", "commits"]:
        ratio = Figure.ratio(rates[work, "the store"], rates[work, "C"])
        table.row(work, Figure.of(rates[work, "the store"], ""), Figure.of(rates[work, "C"], ""), ratio)
        result.fact(f"sqlite/{work}/of C", ratio)
        result.reference(f"C's {work}", rates[work, "C"])
    result.write()


if __name__ == "__main__":
    main()
