"""What a part of the benchmarks has measured: printed as it is written, and kept as JSON for the report.

A part makes one `Result`, fills its tables and charts, and calls `write`. With RESULTS in the environment, `write` also
puts the result into that folder, as PART.json.
"""

import json
import os
import platform
import re
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from report.figure import Figure, scatter
from report.noise import Noise, Watch


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
    is_logarithmic: bool = False  # the axis of `x`
    series: dict = field(default_factory=dict)

    def point(self, name, x, figure):
        """A point of the line `name`; `figure` is a number or a `Figure`, whose quartiles are drawn."""
        self.series.setdefault(name, []).append((x, figure))


class Result:
    """A part's tables, charts and remarks, the facts that targets are compared with, and how noisy the machine was."""

    def __init__(self, part, title):
        self.part, self.title = part, title
        self.tables, self.charts, self.remarks, self.facts = [], [], [], {}
        self.machine, self.noise = machine(), None
        self.date = time.strftime("%Y-%m-%d %H:%M")
        self._watch, self._heard = Watch(), Noise()

    def table(self, title, *columns):
        self.tables.append(Table(title, list(columns)))
        return self.tables[-1]

    def chart(self, title, x, y, is_logarithmic=False):
        self.charts.append(Chart(title, x, y, is_logarithmic))
        return self.charts[-1]

    def remark(self, text):
        """A sentence below the tables: what was noticed."""
        self.remarks.append(text)

    def fact(self, name, figure):
        """A figure that a target of `report.targets` is compared with, under a name such as `shop/memory/read/keeps`."""
        if name in self.facts:
            raise ValueError(f"there are two facts of the name {name}")
        self.facts[name] = figure

    def reference(self, name, values):
        """What the part compares with, round by round: how far it scatters tells how steady the machine was."""
        self._heard.scatters[name] = max(scatter(values), self._heard.scatters.get(name, 0))
        self._heard.rounds = min(len(values), self._heard.rounds or len(values))

    def write(self):
        """Prints tables and remarks as Markdown, and keeps all in the folder RESULTS.

        All processes that the part has started must have ended, or they count as others.
        """
        self.keep()
        print(self.markdown(), flush=True)

    def keep(self):
        """Keeps what there is so far in the folder RESULTS, if there is one."""
        self.noise = Noise(self._watch.others(), self._heard.rounds, self._heard.scatters)
        folder = os.environ.get("RESULTS")
        if folder:
            path = Path(folder, re.sub(r"[^\w.-]", "-", self.part) + ".json")
            path.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all, also where the run is interrupted.
            part = path.with_suffix(".part")
            part.write_text(json.dumps(self.content(), indent=1, ensure_ascii=False) + "\n")
            part.replace(path)

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
            lines += markdown_table(table.columns, table.rows) + [""]
        for remark in self.remarks + ([self.noise.text] if self.noise else []):
            lines += [remark, ""]
        return "\n".join(lines)

    def content(self):
        """The result as JSON's values, as `Result.read` takes it."""
        return {
            "part": self.part, "title": self.title, "date": self.date, "machine": self.machine,
            "tables": [asdict(table) for table in self.tables],
            "charts": [asdict(chart) for chart in self.charts],
            "remarks": self.remarks,
            "facts": {name: asdict(fact) if isinstance(fact, Figure) else fact for name, fact in self.facts.items()},
            "noise": asdict(self.noise) if self.noise else None,
        }

    @staticmethod
    def read(content):
        """
        >>> result = Result("x", "A part")
        >>> result.table("Routes", "route", "keeps").row("read", Figure.of([90, 91, 92], "%"))
        >>> result.chart("Growth", "sessions", "µs").point("read", 1000, Figure.of([1, 1.1], "µs"))
        >>> result.fact("read/keeps", Figure.of([90, 91, 92], "%"))
        >>> result.reference("the bare route", [1, 1])
        >>> again = Result.read(json.loads(json.dumps(result.content())))
        >>> again.content() == result.content(), again.markdown() == result.markdown()
        (True, True)
        """
        result = Result(content["part"], content["title"])
        result.date, result.machine, result.remarks = content["date"], content["machine"], content["remarks"]
        for table in content["tables"]:
            result.tables.append(Table(table["title"], table["columns"], [list(map(figure, row)) for row in table["rows"]]))
        for chart in content["charts"]:
            series = {name: [(x, figure(y)) for x, y in points] for name, points in chart["series"].items()}
            result.charts.append(Chart(chart["title"], chart["x"], chart["y"], chart["is_logarithmic"], series))
        result.facts = {name: figure(fact) for name, fact in content["facts"].items()}
        result.noise = Noise(**content["noise"]) if content["noise"] else None
        return result


def figure(cell):
    return Figure(**cell) if isinstance(cell, dict) else cell


def text(cell):
    return cell.text if isinstance(cell, Figure) else f"{cell:,}" if isinstance(cell, (int, float)) else cell


def markdown_table(columns, rows):
    """The lines of a table.

    >>> markdown_table(["a", "b"], [["x|y", 1000]])
    ['| a | b |', '| --- | --- |', '| x\\\\|y | 1,000 |']
    """
    def line(cells):
        return f"| {' | '.join(text(cell).replace('|', chr(92) + '|') for cell in cells)} |"

    return [line(columns), line(["---"] * len(columns)), *map(line, rows)]


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
