"""What sessions should cost at most, and what of it a run has reached."""

import operator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from report.figure import Figure

COMPARISONS = {"≤": operator.le, "<": operator.lt, "≥": operator.ge}


@dataclass
class Target:
    """A bound for the facts that a pattern names: the worst of them counts."""

    text: str
    facts: str
    comparison: str
    bound: float

    def verdict(self, facts, noisy=()):
        """The figure that counts, and whether it is reached; `noisy` has the names of facts from a noisy machine.

        >>> read = Target("a read is cheap", "shop/*/read", "≤", 2)
        >>> read.verdict({"shop/a/read": 1, "shop/b/read": 3, "shop/b/update": 9}), read.verdict({})
        ((3, 'missed'), ('', 'not in this run'))
        >>> read.verdict({"shop/a/read": Figure.of([1, 2, 3, 4, 5], "µs")})[1]
        'unsure'
        >>> read.verdict({"shop/a/read": 1}, noisy={"shop/a/read"})[1]
        'reached, noisy'

        The bound is reached by what is equal to it, unless it is one of "less than".

        >>> read.verdict({"shop/a/read": 2}), Target("", "x", "<", 2).verdict({"x": 2}), Target("", "x", "≥", 2).verdict({"x": 2})
        ((2, 'reached'), (2, 'missed'), (2, 'reached'))
        """
        found = {name: fact for name, fact in facts.items() if fnmatchcase(name, self.facts)}
        if not found:
            return "", "not in this run"
        worst = (min if self.comparison == "≥" else max)(found.values(), key=value)
        if any(isinstance(fact, Figure) and not fact.is_sure for fact in found.values()):
            return worst, "unsure"
        verdict = "reached" if COMPARISONS[self.comparison](value(worst), self.bound) else "missed"
        return worst, verdict + (", noisy" if any(name in noisy for name in found) else "")


def value(fact):
    return fact.median if isinstance(fact, Figure) else fact


TARGETS = [
    Target("Memory, 500 visitors: a read costs no more than a spin of 0.7 µs", "shop/memory:500/read/spin", "≤", 0.7),
    Target("Memory, 500 visitors: an update costs no more than a spin of 2.5 µs", "shop/memory:500/update/spin", "≤", 2.5),
    Target("Memory: a sign-in without its password hash costs under 3 bare requests", "shop/memory:500/sign-in/of bare", "<", 300),
    Target("A garbage token costs less than a good one, everywhere", "shop/*/garbage token/of read", "<", 100),
    Target("Redis loads at least 180 % of what redis-benchmark reaches", "redis/loads/of redis-benchmark", "≥", 180),
    Target("Redis commits at least 100 % of it", "redis/commits/of redis-benchmark", "≥", 100),
    Target("Redis: a route that reads keeps at least 65 %", "shop/redis:500/read/keeps", "≥", 65),
    Target("Redis: a route that updates keeps at least 48 %", "shop/redis:500/update/keeps", "≥", 48),
    Target("PostgreSQL loads at least 80 % of what pgbench reaches", "postgres/loads/of plain pgbench", "≥", 80),
    Target("PostgreSQL commits at least 80 % of it", "postgres/commits/of plain pgbench", "≥", 80),
    Target("SQLite loads at least 70 % of what a C program reaches", "sqlite/loads/of C", "≥", 70),
    Target("SQLite commits at least 60 % of it, both in groups", "sqlite/commits/of C", "≥", 60),
    Target("SQLite: a route that reads keeps at least 50 %", "shop/sqlite:500/read/keeps", "≥", 50),
    Target("Memory: at most 320 bytes a session with one attribute, at a million", "memory/bytes at a million", "≤", 320),
    Target("Memory: ten million sessions fit in 4 GiB", "growth/memory/GiB of ten million", "≤", 4),
    Target("Memory: the 99.9th percentile of a request doesn't move while a million sessions expire", "pauses/expiry/of spin", "≤", 120),
    Target("Memory: nor while shards grow", "pauses/growth/of spin", "≤", 120),
    Target("Nothing grows in half an hour", "soak/quantities that grow", "≤", 0),
]


def rows(facts, noisy=()):
    """Rows of target, figure and verdict.

    >>> ten_million = [row for row in rows({"growth/memory/GiB of ten million": 2.9401}) if row[2] != "not in this run"]
    >>> ten_million
    [['Memory: ten million sessions fit in 4 GiB', '2.94', 'reached']]
    """
    verdicts = [(target, target.verdict(facts, noisy)) for target in TARGETS]
    return [[target.text, f"{worst:,.3g}" if isinstance(worst, float) else worst, verdict]
            for target, (worst, verdict) in verdicts]
