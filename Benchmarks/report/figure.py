"""A measured number with its spread, and the rule by which it is printed."""

import math
from dataclasses import dataclass
from statistics import median, quantiles

# How far the quartiles of a figure may lie apart. One that lies further apart isn't printed: only where it lies.
MOST_SPREAD = 1 / 3  # of a figure that names no other bound, as a part of it
MOST_SHARE_SPREAD = 3  # of a share of a whole, in percentage points
MOST_RATIO_SPREAD = 1 / 10  # of a ratio of two programs, as a part of it


@dataclass
class Figure:
    """A measured number: the median of the rounds, the quartiles around it, and whether it is as sure as it claims to be.

    >>> Figure.of([98, 100, 102, 101, 99], "%").text
    '100 % (99–101)'
    >>> Figure.of([7], "µs").text
    '7.00 µs'

    A number that scatters is not printed, only where it lies.

    >>> Figure.of([50, 100, 150, 200, 10], "%").text
    'unsure (50–150 %)'
    >>> Figure.of([1.0, 1.2, 1.4], "µs", most=0.5).text
    '1.20 µs (1.10–1.30)'
    """

    median: float
    low: float
    high: float
    unit: str
    is_sure: bool

    @staticmethod
    def of(values, unit, most=None):
        """`most` is how far the quartiles may lie apart, in the figure's unit; a third of the figure if left out."""
        middle, low, high = spread(values)
        return Figure(middle, low, high, unit, high - low <= (abs(middle) * MOST_SPREAD if most is None else most))

    @staticmethod
    def share(own, whole):
        """What `own` is of `whole`, round by round, in percent.

        >>> Figure.share([90, 45, 91], [100, 50, 100]).text
        '90 % (90–90)'
        >>> Figure.share([90, 80, 91], [100, 100, 100]).text
        'unsure (85–90 %)'
        """
        return Figure.of([100 * part / of for part, of in zip(own, whole, strict=True)], "%", most=MOST_SHARE_SPREAD)

    @staticmethod
    def ratio(own, reference):
        """What one program does in percent of what another does, round by round.

        >>> Figure.ratio([180, 190, 185], [100, 100, 100]).text
        '185 % (182–188)'
        """
        values = [100 * part / of for part, of in zip(own, reference, strict=True)]
        return Figure.of(values, "%", most=median(values) * MOST_RATIO_SPREAD)

    @property
    def text(self):
        unit = f" {self.unit}" if self.unit else ""
        low, high = self.number(self.low), self.number(self.high)
        if not self.is_sure:
            return f"unsure ({low}–{high}{unit})"
        middle = self.number(self.median)
        return f"{middle}{unit}" if self.low == self.high else f"{middle}{unit} ({low}–{high})"

    def number(self, value):
        """With a digit more for times, of which small ones are told apart."""
        return number(value, self.median, 3 if self.unit == "µs" else 2)


def spread(values):
    """The median of the values, and the quartiles around it.

    >>> spread([5, 1, 3, 2, 4])
    (3, 2.0, 4.0)
    >>> spread([7])
    (7, 7, 7)
    """
    middle = median(values)
    if len(values) < 2:
        return middle, middle, middle
    low, _, high = quantiles(values, n=4, method="inclusive")
    return middle, low, high


def scatter(values):
    """How far the middle half of the values lies apart, in percent of their median.

    >>> scatter([100, 98, 102, 96, 104])
    4.0
    """
    middle, low, high = spread(values)
    return 100 * (high - low) / middle


def number(value, scale, digits=2):
    """A number with as many places as one of the size of `scale` needs to show so many digits.

    >>> number(12345.6, 12345.6), number(56.7, 56.7), number(5.67, 5.67), number(0.0123, 0.0123), number(0, 0)
    ('12,346', '57', '5.7', '0.012', '0')
    >>> number(20.25, 20.25, 3), number(float("inf"), 3)
    ('20.2', '∞')
    """
    if value == float("inf"):
        return "∞"
    places = max(0, digits - 1 - math.floor(math.log10(abs(scale)))) if 0 < abs(scale) < float("inf") else 0
    return f"{value:,.{places}f}"
