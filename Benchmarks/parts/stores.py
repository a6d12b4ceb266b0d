"""Loads and commits a second of the stores in this process, by 64 callers."""

from load.processes import Processes
from parts import PROGRAMS, ROUNDS, SLICE, lines
from report.figure import Figure
from report.result import Result

NAMES = {"memory": "memory", "sqlite": "SQLite, `synchronous=FULL`", "sqlite-normal": "SQLite, `synchronous=NORMAL`"}


def main():
    result = Result("stores", "The stores by themselves, 64 callers")
    with Processes() as place:
        urls = [f"{kind}:{place.work.name}/{kind}.db" if kind != "memory" else kind for kind in NAMES]
        rounds = lines(PROGRAMS / "Stores", ROUNDS, SLICE, *urls)
    table = result.table(f"{ROUNDS} rounds of {SLICE} s each", "store", "loads a second", "commits a second")
    for kind, name in NAMES.items():
        own = [each[kind] for each in rounds]
        loads, commits = (Figure.of([each[work] for each in own], "") for work in ["loads", "commits"])
        table.row(name, loads, commits)
    result.reference("the memory store's loads", [each["memory"]["loads"] for each in rounds])
    result.write()


if __name__ == "__main__":
    main()
