"""Tests what the benchmarks compute and how their report is made: the examples in all files, and a report of results."""

import contextlib
import doctest
import importlib
import io
import json
import os
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch

from load.server import Load
from parts import shop
from report.__main__ import main as report
from report.figure import Figure
from report.page import Report
from report.result import Result

HERE = Path(__file__).parent
VOID = {"meta", "link", "br", "img", "hr", "input"}


def examples():
    for path in sorted(path for folder in ["load", "parts", "report"] for path in (HERE / folder).glob("*.py")):
        if not path.name.startswith("__"):
            yield doctest.DocTestSuite(importlib.import_module(f"{path.parent.name}.{path.stem}"))


class Balance(HTMLParser):
    """Which elements of a page are left open, or closed in vain."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.text = [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def loads(rate, processor):
    """Nine rounds of a route on a quiet machine."""
    return [Load(rate * (1 + 0.001 * (number % 3)), processor * (1 + 0.001 * (number % 2)), 0.99) for number in range(9)]


class ReportTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def written(self, *results):
        """What the results print, when they are kept in the folder."""
        printed = io.StringIO()
        with patch.dict(os.environ, {"RESULTS": str(self.folder)}), contextlib.redirect_stdout(printed), \
                patch("report.noise.Watch.others", return_value=1.0):
            for result in results:
                result()
        return printed.getvalue()

    def shop(self):
        """A table of the shop: a read costs as much as a spin of 1 µs, and a garbage token more than a good one."""
        costs = {"bare": 20, "stranger": 21, "garbage token": 23, "read": 21, "set": 22, "update": 24, "sign-in": 50,
                 "bare, by clients that keep cookies": 25, "renewal": 30}
        measured = {route: loads(1e6 / cost, cost) for route, cost in costs.items()}
        measured |= {f"spin {spin / 1000:g} µs": loads(1e9 / (20_000 + spin), 20 + spin / 1000) for spin in shop.SPINS}
        with patch("parts.shop.ROUNDS", 9):
            shop.write(Result("shop:memory:500", "Routes of the shop"), "memory:500", measured)

    def unsure(self):
        result = Result("redis", "Redis <&>")
        ratio = Figure.ratio([100, 200, 300], [100, 100, 100])
        result.table("", "`loads`", "of that").row("a | b", ratio)
        result.fact("redis/loads/of redis-benchmark", ratio)
        chart = result.chart("Growth", "sessions", "µs", is_logarithmic=True)
        for sessions in [1000, 10_000, 100_000]:
            chart.point("read", sessions, Figure.of([1, 1.1, 1.2], "µs"))
        result.reference("GET", [1, 1, 1])
        result.write()

    def made(self):
        with contextlib.redirect_stdout(io.StringIO()):
            report(str(self.folder), str(self.folder / "docs"))

    def test_a_report_says_what_was_reached_missed_unsure_and_not_measured(self):
        self.written(self.shop, self.unsure)
        rows = {row[0]: row[1:] for row in Report.read(
            [json.loads(path.read_text()) for path in self.folder.glob("*.json")]).targets}
        verdicts = {name.split(":")[-1].strip(): verdict for name, (_, verdict) in rows.items()}
        self.assertEqual(verdicts["a read costs no more than a spin of 0.7 µs"], "missed")
        self.assertEqual(verdicts["an update costs no more than a spin of 2.5 µs"], "missed")
        self.assertEqual(verdicts["a sign-in without its password hash costs under 3 bare requests"], "reached")
        self.assertEqual(verdicts["A garbage token costs less than a good one, everywhere"], "missed")
        self.assertEqual(verdicts["Redis loads at least 180 % of what redis-benchmark reaches"], "unsure")
        self.assertEqual(verdicts["Redis commits at least 100 % of it"], "not measured")
        spin, _ = rows["Memory, 500 visitors: a read costs no more than a spin of 0.7 µs"]
        self.assertEqual(round(spin.median, 6), 1)

    def test_a_figure_that_scatters_is_printed_nowhere(self):
        printed = self.written(self.unsure)
        self.made()
        for text in [printed, *((self.folder / name).read_text() for name in ["report.md", "report.html"])]:
            self.assertIn("unsure (150–250 %)", text)
            self.assertNotIn("200 %", text)

    def test_pages_and_charts_are_whole(self):
        self.written(self.shop, self.unsure)
        (self.folder / "docs/results").mkdir(parents=True)
        (self.folder / "docs/results/old.svg").write_text("of an earlier run")
        self.made()
        html = (self.folder / "report.html").read_text()
        balance = Balance()
        balance.feed(html)
        self.assertEqual((balance.open, balance.wrong), ([], []))
        self.assertNotIn("<script", html)
        self.assertEqual(html.count("<svg"), 2)
        self.assertIn("Redis <&>", "".join(balance.text))
        page = (self.folder / "docs/results.md").read_text()
        self.assertIn("| a \\| b | unsure (150–250 %) |", page)
        charts = {path.name for path in (self.folder / "docs/results").iterdir()}
        self.assertEqual(charts, {"shop-memory-500.svg", "redis.svg"})
        for name in charts:
            self.assertIn(f"](results/{name})", page)
            ElementTree.parse(self.folder / "docs/results" / name)

    def test_profiles_have_a_page_of_their_own_in_the_docs(self):
        def profile():
            result = Result("profile:memory:500", "Processor time by function")
            result.table("read", "µs", "function").row("0.10", "`a | b`")
            result.write()
        self.written(self.unsure, profile)
        self.made()
        pages = {name: (self.folder / f"docs/{name}.md").read_text() for name in ["results", "profiles"]}
        self.assertEqual(["a \\| b" in pages[name] for name in pages], [True, True])
        self.assertEqual(["`a \\| b`" in pages[name] for name in pages], [False, True])
        self.assertEqual(["## Targets" in pages[name] for name in pages], [True, False])

    def test_a_run_says_whether_it_was_quiet(self):
        printed = self.written(self.shop)
        self.assertIn("The machine was quiet.", printed)
        self.assertIn("not quiet, because there were fewer than 9 rounds", self.written(self.unsure))

    def test_a_folder_without_results_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "no result"):
            report(str(self.folder))


if __name__ == "__main__":
    tests = unittest.TestSuite([unittest.defaultTestLoader.loadTestsFromTestCase(ReportTests), *examples()])
    sys.exit(not unittest.TextTestRunner().run(tests).wasSuccessful())
