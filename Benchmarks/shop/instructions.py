"""Instructions a request of the engine by itself, as valgrind counts them: the same on a busy machine and a quiet one.

instructions.py PROGRAM, the program being Requests. Each figure is the difference between a long and a short run.
"""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from sampling import FUNCTIONS, demangled

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
    with tempfile.TemporaryDirectory() as folder:
        # Valgrind can't read the debug information that Swift's compiler writes today.
        program = Path(folder, "requests")
        subprocess.run(["strip", "--strip-debug", "-o", program, sys.argv[1]], check=True)
        report(program)


def report(program):
    for work in ["read", "update"]:
        short, long = counted(program, work, SHORT), counted(program, work, LONG)
        each = Counter({name: (long[name] - short[name]) / (LONG - SHORT) for name in long})
        names = demangled(list(each))
        print(f"\n{work}: {sum(each.values()):,.0f} instructions a request. The {FUNCTIONS} functions with the most:")
        for (mangled, cost), name in sorted(zip(each.items(), names), key=lambda pair: -pair[0][1])[:FUNCTIONS]:
            print(f"  {cost:7.0f}  {name[:120]}")


if __name__ == "__main__":
    main()
