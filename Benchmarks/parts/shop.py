"""What sessions cost a route of the shop, against the same route without, and in the memory store against a route that spins.

shop [STORE:VISITORS[:CONNECTIONS] …], in the environment ROUNDS (default 9) and SLICE (seconds a route a round, default 1).
"""

import sys
from statistics import median

from load.processes import LoadError
from load.server import CONNECTIONS, Server, rounds
from load.spins import equal_spins
from parts import ROUNDS, SLICE
from report.figure import Figure
from report.result import Result

# A server can be lucky or unlucky for its whole life, by where its memory lies: so there are several.
ROUNDS_A_SERVER = 3
SPINS = [0, 500, 1000, 1500, 2000, 3000, 5000, 8000]  # nanoseconds
MOST_SPIN_SPREAD = 1.0  # microseconds, or a third of the spin if that is more

# Every store, and the memory store with other numbers of visitors and of connections.
ALL = ["memory:500", "memory:1", "memory:20000", "memory:500:1", "memory:500:8",
       "sqlite:500", "redis:500", "redis-cluster:500", "postgres:500"]

# A route of the lab, by what it is called in the tables, and how it is asked.
ROUTES = {
    "bare": ("bare", {}),
    "stranger": ("read", {"cookies": "none"}),
    "garbage token": ("read", {"cookies": "garbage"}),
    "read": ("read", {}),
    "set": ("set", {}),
    "update": ("update", {}),
    "sign-in": ("sign-in", {"cookies": "none", "method": "POST"}),
}
# Each request but the first of a visitor renews the secret, or confirms that the client has come with the new one.
RENEWING = ["--renewal-interval", "1ms", "--renewal-settle", "0s", "--renewal-overlap", "1ms"]
RENEWALS = {"bare, by clients that keep cookies": "bare", "renewal": "read"}


def measured(store, visitors, connections):
    """{route: [Load, one a round]}."""
    spins = {f"spin {spin / 1000:g} µs": (f"spin/{spin}", {}) for spin in SPINS} if has_spins(store, visitors, connections) else {}
    routes = ROUTES | spins
    loads = {}
    for begun in range(0, ROUNDS, ROUNDS_A_SERVER):
        count = min(ROUNDS_A_SERVER, ROUNDS - begun)
        with Server(store, visitors) as server:
            def load(name, seconds=SLICE):
                route, how = routes[name]
                return server.load(route, seconds, connections=connections, **how)
            for name in ["bare", "read", "update"]:
                load(name, 1)
            collect(loads, rounds(count, list(routes), load))
        with Server(store, visitors, *RENEWING) as server:
            def load(name, seconds=SLICE):
                return server.load(RENEWALS[name], seconds, connections=connections, cookies="fresh")
            load("renewal", 1)
            collect(loads, rounds(count, list(RENEWALS), load))
    return loads


def collect(loads, more):
    for route, own in more.items():
        loads.setdefault(route, []).extend(own)


def has_spins(store, visitors, connections):
    return (store, visitors, connections) == ("memory", 500, CONNECTIONS)


def spin_figure(own, bare, loads):
    """The spin that takes as much more processor time than `bare` as `own` does."""
    # Multiples of the reference's cost, so that a round in which the whole machine was slow counts like the others.
    def costs(route):
        return [load.processor / reference.processor for reference, load in zip(bare, route)]
    curves = [costs(loads[f"spin {spin / 1000:g} µs"]) for spin in SPINS]
    value, low, high = (min(spin, SPINS[-1]) / 1000 for spin in equal_spins(SPINS, curves, costs(own)))
    is_sure = value < SPINS[-1] / 1000 and high - low <= max(MOST_SPIN_SPREAD, value / 3)
    return Figure(value, low, high, "µs", is_sure)


def measure(store, visitors, connections):
    name = f"{store}:{visitors}" + (f":{connections}" if connections != CONNECTIONS else "")
    title = f"Routes of the shop: {store}, {visitors:,} visitor{'s' if visitors > 1 else ''}, {connections} connection" + (
        "s" if connections > 1 else "")
    result = Result(f"shop:{name}", title)
    loads = measured(store, visitors, connections)
    write(result, name, loads)


def write(result, name, loads):
    """Fills and keeps the result; `loads` are those of each route."""
    bare = loads["bare"]
    table = result.table(
        f"{ROUNDS} rounds of {SLICE} s a route, medians (quartiles)",
        "route", "requests a second", "keeps of bare", "processor time a request", "of bare", "more than bare")
    chart = result.chart(f"What a request costs: {name}", "route", "µs of processor time")
    for route, own in loads.items():
        reference = loads[list(RENEWALS)[0]] if route in RENEWALS else bare
        time = Figure.of([load.processor for load in own], "µs")
        row = [route, Figure.of([load.rate for load in own], "")]
        if own is reference:
            table.row(*row, "", time, "", "")
        else:
            keeps = Figure.share([load.rate for load in own], [load.rate for load in reference])
            ratio = Figure.ratio([load.processor for load in own], [load.processor for load in reference])
            adds = Figure.of([load.processor - of.processor for load, of in zip(own, reference)], "µs")
            table.row(*row, keeps, time, ratio, adds)
            if not route.startswith("spin"):
                result.fact(f"shop/{name}/{route}/keeps", keeps)
                result.fact(f"shop/{name}/{route}/of bare", ratio)
        if not route.startswith(("spin", "bare,")):
            chart.point("", route, time)
    result.fact(f"shop/{name}/garbage token/of read", Figure.ratio(
        [load.processor for load in loads["garbage token"]], [load.processor for load in loads["read"]]))
    if any(route.startswith("spin") for route in loads):
        for route in ["read", "update"]:
            spin = spin_figure(loads[route], bare, loads)
            result.fact(f"shop/{name}/{route}/spin", spin)
            result.remark(f"By processor time, {route} costs as much as a handler that spins for {spin.text}.")
    result.reference("the bare route", [load.rate for load in bare])
    result.remark(f"The server used {100 * median(load.busy for load in bare):.0f} % of its core on the bare route.")
    result.write()


def main(tables):
    failed = []
    for table in tables or ALL:
        store, visitors, connections, *_ = [*table.split(":"), str(CONNECTIONS)]
        try:
            measure(store, int(visitors), int(connections))
        except LoadError as error:
            # The other tables are worth having without this one.
            failed.append(f"{table}: {error}")
    if failed:
        raise LoadError("\n".join(failed))


if __name__ == "__main__":
    main(sys.argv[1:])
