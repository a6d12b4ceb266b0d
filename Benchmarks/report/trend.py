"""Whether a quantity that was sampled for a while grows, by a rule that outliers and saw teeth don't upset.

The time is cut into ten stretches, and each is its median. The slope is the median of the slopes between any two stretches
(Theil and Sen). The quantity grows if at least 36 of the 45 pairs of stretches rise (Mann and Kendall: less than one
percent of sequences without a trend do), and if it has risen by more than a share of its level, and by more than the least
that counts.
"""

from dataclasses import dataclass
from itertools import combinations
from statistics import median

STRETCHES = 10
# Rising pairs less falling ones: 36 rise and 9 fall.
LEAST_SCORE = 27
LEAST_SHARE = 0.05


@dataclass
class Trend:
    level: float
    per_hour: float
    grows: bool


def is_steady(times, values, most=0.2):
    """Whether no stretch lies further from the median of all than that part of it.

    >>> is_steady(range(100), [10 + second % 2 for second in range(100)])
    True
    >>> is_steady(range(100), [10] * 90 + [13] * 10)
    False
    """
    medians = [value for _, value in stretches(list(times), list(values))]
    return all(abs(value - median(medians)) <= most * median(medians) for value in medians)


def stretches(times, values, count=STRETCHES):
    """The middle and the median of each of `count` stretches of the samples.

    >>> stretches([0, 1, 2, 3], [5, 7, 1, 3], 2)
    [(0.5, 6.0), (2.5, 2.0)]
    """
    cuts = [len(times) * number // count for number in range(count + 1)]
    return [(median(times[low:high]), median(values[low:high])) for low, high in zip(cuts, cuts[1:]) if low < high]


def trend(times, values, least):
    """The trend of samples at `times`, in seconds; a rise of no more than `least` is none.

    >>> trend(range(100), [10 + second for second in range(100)], 1)
    Trend(level=59.5, per_hour=3600.0, grows=True)

    What rises once and stays, or goes up and down, is flat; so is what rises by less than counts.

    >>> trend(range(100), [10] * 50 + [11] * 50, 0.1).grows
    False
    >>> trend(range(100), [second % 10 for second in range(100)], 0.1).grows
    False
    >>> trend(range(100), [1000 + second / 10 for second in range(100)], 1).grows
    False
    >>> trend(range(100), [10 + second for second in range(100)], 89).grows, trend(
    ...     range(100), [10 + second for second in range(100)], 91).grows
    (True, False)
    """
    points = stretches(list(times), list(values))
    pairs = [(later - earlier, high - low) for (earlier, low), (later, high) in combinations(points, 2)]
    score = sum((rise > 0) - (rise < 0) for _, rise in pairs)
    slope = median(rise / time for time, rise in pairs)
    level = median(value for _, value in points)
    # From the middle of the first stretch to that of the last.
    rise = slope * (points[-1][0] - points[0][0])
    return Trend(level, slope * 3600, score >= LEAST_SCORE and rise > max(least, LEAST_SHARE * abs(level)))
