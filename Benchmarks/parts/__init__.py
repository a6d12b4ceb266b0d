"""The parts of the benchmarks: each measures, and writes its results. `python3 -m parts.NAME`, in Benchmarks."""

import json
import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent.parent
PROGRAMS = HERE / ".build/release"

# How often a part measures, and how many seconds each time.
ROUNDS = int(os.environ.get("ROUNDS", "9"))
SLICE = int(os.environ.get("SLICE", "1"))


def lines(*command, core=None):
    """The JSON values that a program prints, one a line."""
    command = [*(["taskset", "-c", core] if core else []), *map(str, command)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]
