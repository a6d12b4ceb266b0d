"""Whether a cost grows faster than the logarithm of what it is measured against."""

from math import log

# The later half may add twice what the first half adds, and this share of the least cost, before it counts as more.
FACTOR, TOLERANCE = 2, 0.2


def halves(sizes, costs):
    """What a cost adds up to the middle of the sizes, on a logarithmic axis, and what it adds beyond.

    >>> halves([1, 10, 100], [1, 2, 5])
    (1.0, 3.0)
    >>> halves([1, 10, 100, 1000], [0, 2, 4, 10])
    (3.0, 7.0)
    """
    places = [log(size) for size in sizes]
    middle = (places[0] + places[-1]) / 2
    for (low, low_cost), (high, high_cost) in zip(zip(places, costs), zip(places[1:], costs[1:])):
        if low <= middle <= high:
            at_middle = low_cost + (high_cost - low_cost) * (middle - low) / (high - low)
            return round(at_middle - costs[0], 9), round(costs[-1] - at_middle, 9)
    raise ValueError("sizes must rise")


def is_worse_than_logarithmic(sizes, costs):
    """A logarithm adds the same in both halves.

    >>> is_worse_than_logarithmic([10, 100, 1000], [10, 12, 14])
    False
    >>> is_worse_than_logarithmic([10, 100, 1000], [10, 10, 11])
    False
    >>> is_worse_than_logarithmic([10, 100, 1000], [10, 10.5, 15])
    True
    >>> is_worse_than_logarithmic([1, 10, 100, 1000], [1, 10, 100, 1000])
    True
    """
    first, second = halves(sizes, costs)
    return second > FACTOR * max(first, 0) + TOLERANCE * min(costs)
