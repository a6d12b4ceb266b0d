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

from load.crowd import Crowd
from load.engine import Cost
from load.processes import LoadError
from load.server import Load
from load.watched import Watched
from parts import growth, shop, sizing, soak
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

    def test_a_report_says_what_was_reached_missed_unsure_and_not_in_it(self):
        self.written(self.shop, self.unsure)
        rows = {row[0]: row[1:] for row in Report.read(
            [json.loads(path.read_text()) for path in self.folder.glob("*.json")]).targets}
        verdicts = {name.split(":")[-1].strip(): verdict for name, (_, verdict) in rows.items()}
        self.assertEqual(verdicts["a read costs no more than a spin of 0.7 µs"], "missed")
        self.assertEqual(verdicts["an update costs no more than a spin of 2.5 µs"], "missed")
        self.assertEqual(verdicts["a sign-in without its password hash costs under 3 bare requests"], "reached")
        self.assertEqual(verdicts["A garbage token costs less than a good one, everywhere"], "missed")
        self.assertEqual(verdicts["Redis loads at least 180 % of what redis-benchmark reaches"], "unsure")
        self.assertEqual(verdicts["Redis commits at least 100 % of it"], "not in this run")
        spin, _ = rows["Memory, 500 visitors: a read costs no more than a spin of 0.7 µs"]
        self.assertEqual(round(spin.median, 6), 1)

    def test_what_a_noisy_machine_has_reached_is_marked(self):
        def noisy():
            result = Result("memory", "Memory")
            result.fact("memory/bytes at a million", 300)
            result.reference("a read", [1, 2, 3])
            result.write()
        self.written(self.shop, noisy)
        self.made()
        page = (self.folder / "report.md").read_text()
        self.assertIn("at a million | 300 | reached, noisy |", page)
        self.assertIn("under 3 bare requests | 250 % (250–250) | reached |", page)
        self.assertIn("2 reached, 3 missed", (self.folder / "report.html").read_text())

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
        self.assertEqual((html.count("<p class=quiet>"), html.count("<p class=noisy>")), (1, 1))
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

    def test_a_table_that_fails_leaves_the_others_and_an_end_from_outside_does_not(self):
        measured = []

        def measure(store, visitors, connections):
            measured.append((store, visitors, connections))
            if store == "redis":
                raise LoadError("it fails under load")
            if store == "postgres":
                raise SystemExit(1)
        with patch("parts.shop.measure", measure):
            with self.assertRaisesRegex(SystemExit, "redis:500: it fails under load"):
                shop.main(["redis:500", "memory:1:8"])
            self.assertEqual(measured, [("redis", 500, 64), ("memory", 1, 8)])
            with self.assertRaises(SystemExit):
                shop.main(["postgres:500", "memory:1"])
        self.assertEqual(len(measured), 3)

    def test_a_folder_without_results_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "no result"):
            report(str(self.folder))


class Quiet(unittest.TestCase):
    """Tests of parts that write results."""

    def setUp(self):
        self.printed = io.StringIO()
        for change in [contextlib.redirect_stdout(self.printed), contextlib.redirect_stderr(io.StringIO())]:
            change.__enter__()
            self.addCleanup(change.__exit__, None, None, None)

    def cells(self, result, table, column):
        """A column of a table by the first two cells of its rows."""
        return {(row[0], row[1]): row[column] for row in result.tables[table].rows}


class SoakTests(Quiet):
    def soak(self, memory, clients=lambda second: 120, failures=()):
        """The status and the result of a soak whose shop has so much memory at a second, and so many clients."""
        seconds = range(0, 1800, 5)
        samples = {("memory", soak.CLIENTS): [(second, clients(second)) for second in seconds],
                   ("memory", soak.MEMORY): [(second, memory(second)) for second in seconds]}
        crowd = Crowd("http://127.0.0.1:1", 60, 45)
        crowd.number, crowd.failures = 10_800, list(failures)
        crowd.answers.update({200: 100, 503: len(failures)})
        result = Result("soak", "A soak")
        return soak.report(result, [Watched(None)], samples, [crowd], ""), result

    def test_what_is_flat_passes_and_what_grows_after_the_warm_up_fails(self):
        status, result = self.soak(lambda second: min(80 + second / 60, 90) + second / 1800)
        self.assertEqual((status, result.facts["soak/quantities that grow"]), (0, 0))
        self.assertEqual(self.cells(result, 1, 4)["memory", soak.MEMORY], "flat")
        status, result = self.soak(lambda second: 80 + second / 100)
        self.assertEqual((status, result.facts["soak/quantities that grow"]), (1, 1))
        self.assertEqual(self.cells(result, 1, 4)["memory", soak.MEMORY], "grows by 36.0 MiB an hour")

    def test_memory_that_grows_because_the_load_was_not_held_is_unsure(self):
        status, result = self.soak(lambda second: 80 + second / 100, clients=lambda second: 120 if second < 1500 else 400)
        self.assertEqual((status, result.facts), (1, {}))
        self.assertEqual(self.cells(result, 1, 4)["memory", soak.MEMORY], "unsure: the load was not held")

    def test_a_request_that_the_shop_fails_fails_the_soak(self):
        status, result = self.soak(lambda second: 80, failures=[60, 120])
        self.assertEqual(status, 1)
        self.assertIn("**2 requests were answered with 5xx**, from minute 1.0 to 2.0.", result.remarks)


class GrowthTests(Quiet):
    def grown(self, cost):
        """The result of a part in which a read of `x` attributes costs `cost(x)` microseconds."""
        def measure(axis, store):
            costs = {(work, value): [Cost({"count": 1, "processor": cost(value) / 1e6, "seconds": 1}, 0, 1)] * 9
                     for work in growth.WORKS for value in growth.ATTRIBUTES}
            return costs, {value: 500 for value in growth.ATTRIBUTES}
        result = Result("growth:attributes", "Growth")
        with patch("parts.growth.measure", measure), patch("parts.growth.CHOSEN", ["memory"]):
            growth.grow(result, next(axis for axis in growth.AXES if axis.part == "attributes"))
        return result

    def test_a_cost_that_grows_faster_than_a_logarithm_is_named(self):
        self.assertTrue(self.grown(lambda x: 5 + x.bit_length()).remarks[-1].endswith("none is worse than logarithmic."))
        self.assertIn("memory, read: 11.50 times", self.grown(lambda x: 5 + x).remarks[-1])

    def test_each_work_has_a_chart_with_a_line_a_store(self):
        charts = self.grown(lambda x: 5).charts
        self.assertEqual([list(chart.series) for chart in charts], [["memory"]] * 2)
        self.assertEqual([x for x, _ in charts[0].series["memory"]], growth.ATTRIBUTES)


class SizingTests(Quiet):
    def test_the_needs_are_the_sum_of_rates_times_costs(self):
        each = {"sign-in": 1000, "sign-out": 500, "read": 10, "touch": 50, "forget": 20_000}
        rounds = {step: [{name: cost for name in sizing.QUANTITIES}] * 3 for step, cost in each.items()}
        calls = {"sign-in": {"create": 1, "commit": 1}, "sign-out": {"commit": 1}, "read": {"load": 1},
                 "touch": {"load": 1, "commit": 1}, "forget": {}}
        result = Result("sizing", "Sizing")
        needs = result.table("", *range(8))
        with patch("parts.sizing.measure", return_value=(rounds, calls, 400)):
            sizing.size(result, needs, "redis")
        # 100 × 1000 + 100 × 500 + 9000 × 10 + 1000 × 50 + 100 × 20,000 = 2,290,000
        self.assertEqual(needs.rows, [["Redis", "2.29", "2.29", "11,300", "2.3 MB", "2.3 MB", "2.3 MB", "400 bytes"]])


if __name__ == "__main__":
    cases = [ReportTests, SoakTests, GrowthTests, SizingTests]
    tests = unittest.TestSuite([*map(unittest.defaultTestLoader.loadTestsFromTestCase, cases), *examples()])
    sys.exit(not unittest.TextTestRunner().run(tests).wasSuccessful())
