"""What a part of the benchmarks has measured: printed as it is written, and kept as JSON for the report.

A part makes one `Result`, fills its tables and charts, and calls `write`. With RESULTS in the environment, `write` also
puts the result into that folder, as PART.json. `python3 result.py` tests the examples in this file.
"""

import json
import os
import platform
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles

# A figure whose quartiles lie further apart than this share of it says nothing, if its part names no other bound.
MOST_SPREAD = 1 / 3


@dataclass
class Figure:
    """A measured number: the median of the rounds, the quartiles around it, and whether it is as sure as it claims to be.

    >>> Figure.of([98, 100, 102, 101, 99], "%").text
    '100 % (99–101)'
    >>> Figure.of([7], "µs").text
    '7.0 µs'

    A number that scatters is not printed, only where it lies.

    >>> Figure.of([50, 100, 150, 200, 10], "%").text
    'unsure (50–150 %)'
    >>> Figure.of([1.0, 1.2, 1.4], "µs", most=0.5).text
    '1.2 µs (1.1–1.3)'
    """

    median: float
    low: float
    high: float
    unit: str
    is_sure: bool

    @staticmethod
    def of(values, unit, most=None):
        """`most` is how far the quartiles may lie apart, in the figure's unit; a third of the figure if left out."""
        middle = median(values)
        low, high = middle, middle
        if len(values) > 1:
            low, _, high = quantiles(values, n=4, method="inclusive")
        return Figure(middle, low, high, unit, high - low <= (abs(middle) * MOST_SPREAD if most is None else most))

    @property
    def text(self):
        unit = f" {self.unit}" if self.unit else ""
        low, high = number(self.low, self.median), number(self.high, self.median)
        if not self.is_sure:
            return f"unsure ({low}–{high}{unit})"
        middle = number(self.median, self.median)
        return f"{middle}{unit}" if low == high else f"{middle}{unit} ({low}–{high})"


def number(value, scale):
    """A number with as many places as one of the size of `scale` needs.

    >>> number(12345.6, 12345.6), number(56.7, 56.7), number(5.67, 5.67), number(0.0123, 0.0123)
    ('12,346', '57', '5.7', '0.012')
    """
    size = abs(scale)
    places = 0 if size >= 10 or size == 0 else 1 if size >= 1 else 3
    return f"{value:,.{places}f}"


@dataclass
class Table:
    title: str
    columns: list
    rows: list = field(default_factory=list)

    def row(self, *cells):
        """A row, each cell text, a number or a `Figure`."""
        if len(cells) != len(self.columns):
            raise ValueError(f"a row of {len(cells)} cells in a table of {len(self.columns)} columns: {cells}")
        self.rows.append(list(cells))


@dataclass
class Chart:
    """Lines, or bars where `x` is a list of names."""

    title: str
    x: str
    y: str
    is_logarithmic: bool = False
    series: dict = field(default_factory=dict)

    def point(self, name, x, figure):
        """A point of the line `name`; `figure` is a number or a `Figure`, whose quartiles are drawn."""
        self.series.setdefault(name, []).append((x, figure))


class Result:
    """A part's tables, charts and remarks."""

    def __init__(self, part, title):
        self.part, self.title = part, title
        self.tables, self.charts, self.remarks = [], [], []
        self.machine = machine()

    def table(self, title, *columns):
        self.tables.append(Table(title, list(columns)))
        return self.tables[-1]

    def chart(self, title, x, y, is_logarithmic=False):
        self.charts.append(Chart(title, x, y, is_logarithmic))
        return self.charts[-1]

    def remark(self, text):
        """A sentence below the tables: what was noticed, how noisy the machine was."""
        self.remarks.append(text)

    def write(self):
        """Prints tables and remarks as Markdown, and keeps all in the folder RESULTS."""
        print(self.markdown(), flush=True)
        folder = os.environ.get("RESULTS")
        if folder:
            path = Path(folder, re.sub(r"[^\w.-]", "-", self.part) + ".json")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.content(), indent=1, ensure_ascii=False) + "\n")

    def markdown(self):
        """
        >>> result = Result("x", "A part")
        >>> result.table("Routes", "route", "keeps").row("read", Figure.of([90, 91, 92], "%"))
        >>> result.remark("It was quiet.")
        >>> print(result.markdown())
        ### A part
        <BLANKLINE>
        Routes:
        <BLANKLINE>
        | route | keeps |
        | --- | --- |
        | read | 91 % (90–92) |
        <BLANKLINE>
        It was quiet.
        <BLANKLINE>
        """
        lines = [f"### {self.title}", ""]
        for table in self.tables:
            lines += [f"{table.title}:", ""] if table.title else []
            lines += [line(table.columns), line(["---"] * len(table.columns))]
            lines += [line(map(text, row)) for row in table.rows] + [""]
        for remark in self.remarks:
            lines += [remark, ""]
        return "\n".join(lines)

    def content(self):
        """The result as JSON's values, as `Result.read` takes it."""
        return {
            "part": self.part, "title": self.title, "machine": self.machine,
            "tables": [asdict(table) for table in self.tables],
            "charts": [asdict(chart) for chart in self.charts],
            "remarks": self.remarks,
        }

    @staticmethod
    def read(content):
        """
        >>> result = Result("x", "A part")
        >>> result.table("Routes", "route", "keeps").row("read", Figure.of([90, 91, 92], "%"))
        >>> result.chart("Growth", "sessions", "µs").point("read", 1000, Figure.of([1, 1.1], "µs"))
        >>> again = Result.read(json.loads(json.dumps(result.content())))
        >>> again.content() == result.content(), again.markdown() == result.markdown()
        (True, True)
        """
        result = Result(content["part"], content["title"])
        result.machine, result.remarks = content["machine"], content["remarks"]
        for table in content["tables"]:
            result.tables.append(Table(table["title"], table["columns"], [list(map(figure, row)) for row in table["rows"]]))
        for chart in content["charts"]:
            series = {name: [(x, figure(y)) for x, y in points] for name, points in chart["series"].items()}
            result.charts.append(Chart(chart["title"], chart["x"], chart["y"], chart["is_logarithmic"], series))
        return result


def figure(cell):
    return Figure(**cell) if isinstance(cell, dict) else cell


def text(cell):
    return cell.text if isinstance(cell, Figure) else f"{cell:,}" if isinstance(cell, (int, float)) else cell


def line(cells):
    return f"| {' | '.join(cells)} |"


def machine():
    """What the figures depend on, without a name of the machine."""
    processor = re.search(r"model name\s*:\s*(.+)", read("/proc/cpuinfo"))
    memory = re.search(r"MemTotal:\s*(\d+) kB", read("/proc/meminfo"))
    return {
        "processor": processor[1] if processor else platform.machine(),
        "cores": os.cpu_count(),
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB" if memory else "unknown",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "load": round(os.getloadavg()[0], 1),
    }


def read(path):
    try:
        return Path(path).read_text()
    except OSError:
        return ""


if __name__ == "__main__":
    import doctest
    import sys

    sys.exit(1 if doctest.testmod().failed else 0)
