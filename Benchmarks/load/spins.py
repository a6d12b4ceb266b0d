"""The spin that costs as much as a session."""

import random
from statistics import median


def isotonic(values):
    """The non-decreasing values that are nearest to these (pool adjacent violators).

    >>> isotonic([1, 2, 3])
    [1, 2, 3]
    >>> isotonic([1, 4, 2, 8])
    [1, 3.0, 3.0, 8]
    >>> isotonic([3, 2, 1])
    [2.0, 2.0, 2.0]
    """
    pools = []  # [mean, count]
    for value in values:
        pools.append([value, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, count = pools.pop()
            before = pools[-1]
            before[0] = (before[0] * before[1] + mean * count) / (before[1] + count)
            before[1] += count
    return [mean for mean, count in pools for _ in range(count)]


def equal_spin(spins, costs, cost):
    """The spin that costs `cost`, by the monotone curve through (spins, costs); the middle of a level stretch.

    >>> equal_spin([0, 1000, 2000], [0, 2, 4], 3)
    1500.0
    >>> equal_spin([0, 1000, 2000, 3000], [0, 2, 2, 4], 2)
    1500.0

    Below the curve it is the least spin, above it infinite: no spin that was measured costs as much.

    >>> equal_spin([0, 1000], [0, 2], -1)
    0
    >>> equal_spin([0, 1000], [0, 2], 2.5)
    inf
    """
    curve = isotonic(costs)
    if cost < curve[0]:
        return spins[0]
    if cost > curve[-1]:
        return float("inf")

    def crossing(points):
        """Where the curve, walked in this order, reaches the cost first."""
        for (x, y), (next_x, next_y) in zip(points, points[1:]):
            if y == cost:
                return x
            if (y - cost) * (next_y - cost) < 0:
                return x + (next_x - x) * (cost - y) / (next_y - y)
        return points[-1][0]

    points = list(zip(spins, curve))
    return (crossing(points) + crossing(points[::-1])) / 2


def equal_spins(spins, spin_rounds, rounds, resamples=500):
    """The spin equal to a route, with the middle 80 % of what it would be had other rounds been drawn (bootstrap).

    `spin_rounds` holds a list of costs a spin, one cost a round; `rounds` the route's costs in the same rounds.

    >>> equal_spins([0, 1000], [[0, 0, 0], [2, 2, 2]], [1, 1, 1])
    (500.0, 500.0, 500.0)
    """
    def once(drawn):
        costs = [median(costs[index] for index in drawn) for costs in spin_rounds]
        return equal_spin(spins, costs, median(rounds[index] for index in drawn))

    count = len(rounds)
    source = random.Random(1)
    others = sorted(once([source.randrange(count) for _ in range(count)]) for _ in range(resamples))
    return once(range(count)), others[resamples // 10], others[resamples - 1 - resamples // 10]
