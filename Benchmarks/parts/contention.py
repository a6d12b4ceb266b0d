"""Updates of one session by 64 callers against sessions of their own, through the engine."""

from load.processes import SERVER_CORE, Processes
from parts import PROGRAMS, ROUNDS, SLICE, lines
from report.figure import Figure
from report.result import Result

STORES = ["redis", "sqlite", "memory"]


def main():
    result = Result("contention", "Updates by 64 callers that meet at one session")
    with Processes() as place:
        urls = [place.store(name) for name in STORES]
        rounds = lines(PROGRAMS / "Contention", ROUNDS, SLICE, *urls, core=SERVER_CORE)
    table = result.table(
        f"{ROUNDS} rounds of {SLICE} s each; every update that was told is stored", "store", "a session each, updates a second",
        "processor time each", "one session for all, updates a second", "processor time each ", "of that of a session each")
    for store in STORES:
        own, one = ([each[kind] for each in rounds if each["store"] == store] for kind in ["own", "one"])
        times = [[load["processor"] for load in loads] for loads in (own, one)]
        table.row(store, *(
            cell for loads, time in zip((own, one), times)
            for cell in (Figure.of([load["rate"] for load in loads], ""), Figure.of(time, "µs"))),
            Figure.ratio(times[1], times[0]))
        if store == "memory":
            result.reference("updates in memory", [load["rate"] for load in own])
    result.write()


if __name__ == "__main__":
    main()
