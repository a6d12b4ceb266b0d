"""Instructions a request of the engine by itself, as valgrind counts them: the same on a busy machine and a quiet one.

Each figure is the difference between a long and a short run.
"""

import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from parts import PROGRAMS
from parts.profile import FUNCTIONS, demangled
from report.result import Result

SHORT, LONG = 500, 4500


def counted(program, work, count):
    """Instructions by function of a run with that many requests."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no",
             f"--callgrind-out-file={folder}/out", program, work, str(count)], capture_output=True, text=True)
        if run.returncode != 0:
            raise SystemExit(f"{program} fails under valgrind:\n{run.stderr}")
        costs = Counter()
        function, of_call = None, False
        for line in Path(folder, "out").read_text().splitlines():
            if line.startswith("fn="):
                function = re.sub(r"'\d+$", "", line[3:])  # Valgrind numbers recursive calls.
            elif line.startswith("calls="):
                of_call = True  # The next line is the callee's, with what it calls.
            elif line[:1].isdigit() or line[:2] == "0x":
                if not of_call:
                    costs[function] += int(line.split()[-1])
                of_call = False
            elif line.startswith("totals:"):
                assert sum(costs.values()) == int(line.split()[1]), "the functions don't add up to valgrind's total"
        return costs


def main():
    result = Result("instructions", "Instructions of the engine by itself, with the memory store")
    totals = result.table("", "request", "instructions")
    with tempfile.TemporaryDirectory() as folder:
        # Valgrind can't read the debug information that Swift's compiler writes today.
        program = Path(folder, "requests")
        subprocess.run(["strip", "--strip-debug", "-o", program, PROGRAMS / "Requests"], check=True)
        for work in ["read", "update", "stranger", "unknown token", "malformed token"]:
            short, long = counted(program, work, SHORT), counted(program, work, LONG)
            each = Counter({name: (long[name] - short[name]) / (LONG - SHORT) for name in long})
            totals.row(work, round(sum(each.values())))
            result.fact(f"instructions/{work}", round(sum(each.values())))
            table = result.table(f"{work}: the {FUNCTIONS} functions with the most", "instructions", "function")
            for (_, cost), name in sorted(zip(each.items(), demangled(list(each))), key=lambda pair: -pair[0][1])[:FUNCTIONS]:
                table.row(round(cost), f"`{name[:120]}`")
    result.write()


if __name__ == "__main__":
    main()
