"""Which suites reach which piece of the code, and in which order they judge a mutant."""

import resource
import threading
import time
from collections import Counter

import test_runs


class Reach:
    """Runs each suite alone without a bug, and keeps what it reached and what it cost."""

    def __init__(self, copy, suites, environment):
        self.reached, self.processor, self.wall, self.suite_of = {}, {}, {}, {}
        self.kills, self.lock = Counter(), threading.Lock()
        for suite in suites:
            self.try_out(copy, suite, environment)

    def try_out(self, copy, suite, environment):
        file = copy.path / "reached.bytes"
        file.write_bytes(bytes(max(1, len(copy.units))))
        passed, used, begun = set(), processor_seconds(), time.monotonic()
        failure = test_runs.run(
            copy, 0, [suite], test_runs.Limit(60, 60), {**environment, "SESSIONS_REACHED": str(file)}, passed)
        if failure:
            print(f"{suite} fails without a bug, so it judges none: {failure}", flush=True)
            return
        units = {unit for unit, byte in enumerate(file.read_bytes()) if byte}
        self.processor[suite], self.wall[suite] = processor_seconds() - used, time.monotonic() - begun
        self.reached[suite] = units
        self.suite_of.update({test: suite for test in passed})

    def batches(self, mutant, unit):
        """The suites that reach a mutant: those likely to catch it, then the quick ones together, then each slow one."""
        its = [suite for suite, units in self.reached.items() if unit in units]
        with self.lock:
            kills = {suite: self.kills[mutant.file, suite] / (0.1 + self.processor[suite]) for suite in its}
        # What reaches little was written for what it reaches.
        its.sort(key=lambda suite: (-kills[suite], len(self.reached[suite]) * (0.1 + self.processor[suite])))
        slow = sorted((suite for suite in its[3:] if self.processor[suite] > 2), key=self.processor.get)
        quick = [suite for suite in its[3:] if suite not in slow]
        return [batch for batch in [its[:3], quick, *([suite] for suite in slow)] if batch]

    def limit(self, batch):
        return test_runs.Limit(sum(map(self.processor.get, batch)), max(map(self.wall.get, batch)))

    def caught(self, mutant, failure):
        if suite := self.suite_of.get(failure):
            with self.lock:
                self.kills[mutant.file, suite] += 1


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
