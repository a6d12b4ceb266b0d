"""What sessions cost a route of the shop, against the same route without, and against a route that spins.

measure.py [STORE:VISITORS …], in the environment ROUNDS (default 12) and SLICE (seconds a route a round, default 1).
"""

import os
import sys
from statistics import median

from figures import equal_spins, scatter, spread
from server import Server

ROUNDS = int(os.environ.get("ROUNDS", "12"))
SLICE = int(os.environ.get("SLICE", "1"))
# A server can be lucky or unlucky for its whole life, by where its memory lies: so there are several.
ROUNDS_A_SERVER = 3
# Nanoseconds. In the memory store a session costs a few microseconds, elsewhere tens.
SPINS = {"memory": [0, 500, 1000, 1500, 2000, 3000, 5000, 8000]}
LONG_SPINS = [0, 2000, 5000, 10_000, 20_000, 40_000, 80_000]
ALL = ["memory:1", "memory:500", "memory:20000", "sqlite:500", "redis:500", "postgres:500"]

# A figure is quotable if the machine was quiet, and the figure itself is as sure as it claims to be.
LEAST_ROUNDS = 9
MOST_SCATTER = 5  # percent between the quartiles of the bare route
MOST_OTHERS = 3  # percent of the server's core that others used
MOST_SHARE_SPREAD = 3  # percentage points between the quartiles of a kept share
MOST_SPIN_SPREAD = 1.0  # microseconds, or a third of the spin if that is more


def with_spread(values, form):
    middle, low, high = spread(values)
    return f"{middle:{form}} ({low:{form}} to {high:{form}})"


class Figure:
    """A number with its spread."""

    def __init__(self, text, certain):
        self.text = text
        self.certain = certain


def kept(bare, route):
    """The share of the bare route's rate that a route keeps, in percent, one a round."""
    return [100 * own.rate / reference.rate for reference, own in zip(bare, route)]


def kept_by_processor(bare, route):
    return [100 * reference.processor / own.processor for reference, own in zip(bare, route)]


def spin_figure(spins, rounds, route, shares, reference="bare"):
    """The spin that keeps as much as `route` does. With another reference, spins are compared with that one."""
    # Multiples of the reference's cost, so that a round in which the whole machine was slow counts like the others.
    costs = [[100 / share for share in shares(rounds[reference], rounds[f"spin/{spin}"])] for spin in spins]
    own = [100 / share for share in shares(rounds["bare"], rounds[route])]
    value, low, high = (spin / 1000 for spin in equal_spins(spins, costs, own))
    if value == float("inf"):
        return Figure(f"more than {spins[-1] / 1000:.0f} µs", False)
    return Figure(f"{value:.1f} µs ({low:.1f} to {high:.1f})", high - low <= max(MOST_SPIN_SPREAD, value / 3))


def measure(store, visitors):
    spins = SPINS.get(store, LONG_SPINS)
    routes = ["bare"] + [f"spin/{spin}" for spin in spins] + ["read", "update"]
    rounds = {route: [] for route in routes}
    for begun in range(0, ROUNDS, ROUNDS_A_SERVER):
        with Server(store, visitors) as server:
            for route in ["bare", "read", "update"]:
                server.load(route, 1)
            for number in range(begun, min(begun + ROUNDS_A_SERVER, ROUNDS)):
                # Every other round backwards, so that no route always follows the same one.
                for route in routes if number % 2 == 0 else routes[::-1]:
                    rounds[route].append(server.load(route, SLICE))

    bare = rounds["bare"]
    print(f"\n{store}, {visitors} visitor{'s' if visitors > 1 else ''}: {ROUNDS} rounds of {SLICE} s a route; "
          "medians (quartiles)")
    print(f"  {'route':<10} {'requests/s':>26} {'processor µs a request':>24}   {'keeps':<18}   by processor time")
    for route in routes:
        line = f"  {route:<10} {with_spread([load.rate for load in rounds[route]], ',.0f'):>26}"
        line += f" {with_spread([load.processor for load in rounds[route]], '.1f'):>24}"
        if route != "bare":
            line += f"   {with_spread(kept(bare, rounds[route]), '.0f') + ' %':<18}"
            line += f"   {with_spread(kept_by_processor(bare, rounds[route]), '.0f')} %"
        print(line)

    figures = []
    for route in ["read", "update"]:
        by_processor = spin_figure(spins, rounds, route, kept_by_processor)
        by_rate = spin_figure(spins, rounds, route, kept)
        net = spin_figure(spins, rounds, route, kept_by_processor, reference="spin/0")
        print(f"  {route} keeps as much as a spin of {by_processor.text} by processor time, "
              f"{by_rate.text} by throughput")
        print(f"    net of what the spin's own route costs, {net.text} by processor time")
        share = kept(bare, rounds[route])
        _, low, high = spread(share)
        name = f"{store}, {visitors}: {route}"
        figures.append(Figure(f"{name} keeps {with_spread(share, '.0f')} %", high - low <= MOST_SHARE_SPREAD))
        figures.append(Figure(f"{name} costs a spin of {by_processor.text}", by_processor.certain))

    scattered = scatter([load.rate for load in bare])
    everything = [load for loads in rounds.values() for load in loads]
    others = max(0, 100 * sum(load.others for load in everything) / len(everything))
    busy = 100 * median(load.busy for load in bare)
    reasons = [reason for reason, holds in [
        (f"there were fewer than {LEAST_ROUNDS} rounds", ROUNDS < LEAST_ROUNDS),
        (f"the bare route scattered by more than {MOST_SCATTER} %", scattered > MOST_SCATTER),
        (f"others used more than {MOST_OTHERS} % of the server's core", others > MOST_OTHERS),
    ] if holds]
    print(f"  noise: the bare route scattered by {scattered:.1f} %; others used {others:.1f} % of the server's core; "
          f"the server used {busy:.0f} % of it on the bare route")
    print(f"  quotable: {'no, because ' + ' and '.join(reasons) if reasons else 'yes, where the figure is certain'}")
    return [] if reasons else [figure for figure in figures if figure.certain]


def main():
    quotable = []
    for configuration in sys.argv[1:] or ALL:
        store, _, visitors = configuration.rpartition(":")
        quotable += measure(store, int(visitors))
    print("\nThe README may quote:" if quotable else "\nThe README may quote none of this.")
    for figure in quotable:
        print(f"  {figure.text}")


if __name__ == "__main__":
    main()
