"""How noisy the machine was while a part was measured, and the rule by which it counts as quiet."""

import os
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

LEAST_ROUNDS = 9
MOST_SCATTER = 5  # percent of the median between the quartiles of what a part compares with
MOST_OTHERS = 3  # percent of all processors' time that went to other programs, and to other virtual machines


@dataclass
class Noise:
    """What a part has heard of other programs.

    >>> Noise(1.2, 9, {"the bare route": 4.0}).text
    'Noise: others used 1.2 % of the processors; the bare route scattered by 4.0 %. The machine was quiet.'
    >>> print(Noise(12, 2, {"the bare route": 7}).text)
    Noise: others used 12.0 % of the processors; the bare route scattered by 7.0 %. The machine was not quiet, because \
others used more than 3 %, the bare route scattered by more than 5 % and there were fewer than 9 rounds.
    """

    others: float = 0
    rounds: int | None = None
    scatters: dict = field(default_factory=dict)

    @property
    def reasons(self):
        """Why the machine doesn't count as quiet."""
        reasons = [f"others used more than {MOST_OTHERS} %"] if self.others > MOST_OTHERS else []
        reasons += [f"{name} scattered by more than {MOST_SCATTER} %"
                    for name, scatter in self.scatters.items() if scatter > MOST_SCATTER]
        if self.rounds is not None and self.rounds < LEAST_ROUNDS:
            reasons.append(f"there were fewer than {LEAST_ROUNDS} rounds")
        return reasons

    @property
    def is_quiet(self):
        return not self.reasons

    @property
    def text(self):
        heard = [f"others used {self.others:.1f} % of the processors"]
        heard += [f"{name} scattered by {scatter:.1f} %" for name, scatter in self.scatters.items()]
        *others, last = self.reasons or [""]
        because = f"{', '.join(others)} and {last}" if others else last
        verdict = f"not quiet, because {because}" if last else "quiet"
        return f"Noise: {'; '.join(heard)}. The machine was {verdict}."


class Watch:
    """What others take of the processors from now on: all that this program, and what it has started and ended, didn't."""

    def __init__(self):
        self.begun, self.busy, self.own = time.monotonic(), busy_time(), own_time()

    def others(self):
        """In percent; call it when what was started has ended."""
        elapsed = (time.monotonic() - self.begun) * (os.cpu_count() or 1)
        if elapsed <= 0:
            return 0
        return max(0, 100 * (busy_time() - self.busy - own_time() + self.own) / elapsed)


def busy_time():
    """Seconds that all processors together worked for processes, or were taken by other virtual machines ("steal")."""
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    except OSError:
        return own_time()  # Not Linux: others aren't heard.
    user, nice, system, _, _, _, _, steal = map(int, fields[:8])
    return (user + nice + system + steal) / os.sysconf("SC_CLK_TCK")


def own_time():
    usages = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
