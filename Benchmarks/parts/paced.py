"""A store under load whenever it is told to, so that its slices take turns with those of another program."""

import os
import subprocess

from load.processes import LoadError, prefer
from parts import PROGRAMS


class Paced:
    """The program `Stores` with one store, or another program that takes the same lines.

    A `Processes` ends it with everything else that it has started.
    """

    def __init__(self, processes, *command, core=None, callers=64):
        place = ["taskset", "-c", core] if core else []
        self.process = subprocess.Popen(
            [*place, *map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=prefer,
            env=os.environ | {"CALLERS": str(callers)})
        processes.processes.append(self.process)
        if self.process.stdout.readline() != "ready\n":
            raise LoadError(f"this doesn't start: {' '.join(map(str, command))}")

    @staticmethod
    def store(processes, url, **how):
        return Paced(processes, PROGRAMS / "Stores", "paced", url, **how)

    def rate(self, name, seconds):
        """`loads` or `commits` a second."""
        self.process.stdin.write(f"{name} {seconds}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()
