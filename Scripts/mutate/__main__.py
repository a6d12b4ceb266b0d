"""Seeds bugs by machine, builds all of them into one copy, and says which no test notices.

FOLDER: the folders or files whose mutants are made, all of Sources unless set. ONLY: kinds, such as 'comparison,defer'.
SAMPLE: how many mutants of each folder are tried, chosen by SEED. AGAIN=1: those that survived when they were tried last.
REST=1: those that were never tried. MINUTES: no mutant is begun after these; the order is SEED's, so what was tried is a
sample. WORKERS: how many are judged at once. LIST=1 prints the mutants and runs nothing, REPORT=1 the figures so far.
"""

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import copies
import justified
import swift_source
import test_runs
from reach import Reach

ROOT = Path(__file__).resolve().parent.parent.parent
# What is copied and built for mutants of a module: the least that has its tests.
ENGINE = ("Tests/Mutants/Package.swift", ["Sources/Sessions", "Sources/SessionsTesting", "Tests", "docs"], [])
WHOLE = ("Package.swift", ["Sources", "Tests", "Examples", "docs"], ["--enable-all-traits"])
# The test modules, suites and tests that may reach a module.
REACHING = {
    "Sessions": ["SessionsTests", "SimulationTests.ScenarioTests", "SimulationTests.PairTests/pair"],
    "SessionsAdmin": ["SessionsAdminTests"],
    "SessionsCLI": ["SessionsCLITests"],
    "SessionsFlyingFox": ["SessionsFlyingFoxTests"],
    "SessionsHummingbird": ["SessionsHummingbirdTests"],
    "SessionsObservability": ["SessionsObservabilityTests"],
    "SessionsConfiguration": ["SessionsConfigurationTests"],
    "SessionsPostgres": ["SessionsPostgresTests"],
    "SessionsPostgresClient": ["SessionsPostgresTests"],
    "SessionsRedis": ["SessionsRedisTests"],
    "SessionsRedisClient": ["SessionsRedisClientTests", "SessionsRedisTests"],
    "SessionsSQLite": ["SessionsSQLiteTests"],
    "SessionsStores": ["SessionsStoresTests", "SessionsCLITests"],
    "SessionsTesting": ["SessionsTestingTests"],
}
# These read the source, which has the mutants in.
NOT_JUDGING = {"SessionsTests.DocumentationTests", "SessionsTests.SourceRuleTests"}
BUILDS = Path(os.environ.get("COPY") or ROOT / ".build-mutate")
VERDICTS = BUILDS / "verdicts.json"
# Few orders of each scenario: `make mutants` runs them all.
ENVIRONMENT = {"SIMULATION_LIMIT": os.environ.get("SIMULATION_LIMIT", "20")}


SURVIVES = "survives"


def module(mutant):
    return Path(mutant.file).parts[1]


def folder(mutant):
    return str(Path(mutant.file).parent)


def chosen_mutants():
    wanted = (os.environ.get("FOLDER") or "Sources").split()
    kinds = (os.environ.get("ONLY") or "").split(",") if os.environ.get("ONLY") else None
    found, unread = [], []
    for file in sorted((ROOT / "Sources").rglob("*.swift")):
        name = str(file.relative_to(ROOT))
        if any(name == w.rstrip("/") or name.startswith(w.rstrip("/") + "/") for w in wanted):
            its, errors = swift_source.mutants(name, file.read_bytes())
            found += [m for m in its if kinds is None or m.kind in kinds]
            unread += errors
    return [m for m in found if module(m) in REACHING], unread


def sampled(mutants):
    count = int(os.environ.get("SAMPLE") or 0)
    seed = os.environ.get("SEED") or 1
    result = []
    for name in sorted({folder(m) for m in mutants}):
        its = [m for m in mutants if folder(m) == name]
        result += random.Random(f"{seed} {name}").sample(its, min(count or len(its), len(its)))
    random.Random(seed).shuffle(result)
    return result


def main():
    everything, unread = chosen_mutants()
    for name in unread:
        print(f"not read, so without mutants: {name}")
    reasons = justified.read(ROOT / "Tests/Mutants/justified.txt")
    files = {m.file for m in everything}
    stale = [key for key in reasons if key[0] in files and key not in {m.key for m in everything}]
    if stale and not os.environ.get("ONLY"):
        for key in stale:
            print(f"justified, but there is no such mutant any more: {key}")
        return 1
    verdicts = json.loads(VERDICTS.read_text()) if VERDICTS.exists() else {}
    if os.environ.get("REPORT"):
        report(verdicts, everything, reasons)
        return 0
    mutants = [m for m in sampled(everything) if m.key not in reasons]
    if os.environ.get("AGAIN"):
        mutants = [m for m in mutants if verdicts.get(m.name) == SURVIVES]
    if os.environ.get("REST"):
        mutants = [m for m in mutants if m.name not in verdicts]
    print(f"{len(everything)} mutants, {len(mutants)} of them to be tried")
    if os.environ.get("LIST"):
        for m in mutants:
            print(f"{m.file}:{m.line}: {m.kind}\n  - {m.change[0]}\n  + {m.change[1]}")
        return 0
    survivors = 0
    for name, group, its in (
        ("engine", ENGINE, [m for m in mutants if module(m) == "Sessions"]),
        ("package", WHOLE, [m for m in mutants if module(m) != "Sessions"]),
    ):
        if its:
            survivors += tried(copies.Copy(ROOT, BUILDS / name, *group), its, verdicts)
    report(verdicts, everything, reasons)
    return 1 if survivors else 0


def tried(copy, mutants, verdicts):
    numbered = copy.prepare(mutants)
    wanted = {name for _, m in numbered for name in REACHING[module(m)]}
    suites = [s for s in test_runs.suites(copy) if s.split(".")[0] in wanted or s in wanted]
    tests = [name for name in wanted if "/" in name]
    reach = Reach(copy, sorted(set(suites) - NOT_JUDGING) + tests, ENVIRONMENT)
    print(f"{len(reach.reached)} suites take {sum(reach.processor.values()):.1f} s of a processor", flush=True)
    end = time.monotonic() + 60 * float(os.environ.get("MINUTES") or "inf")
    lock, counts = threading.Lock(), Counter()

    def judge(entry):
        number, mutant = entry
        if time.monotonic() > end:
            return
        begun = time.monotonic()
        batches = reach.batches(mutant, copy.units[mutant.file, mutant.unit.start])
        failure = None
        for batch in batches:
            failure = test_runs.run(copy, number, batch, reach.limit(batch), ENVIRONMENT)
            if failure:
                break
        reach.caught(mutant, failure)
        with lock:
            verdicts[mutant.name] = failure or SURVIVES
            counts[bool(failure)] += 1
            VERDICTS.write_text(json.dumps(verdicts, indent=0))
            took = f"{time.monotonic() - begun:.1f} s"
            place = f"{sum(counts.values())}/{len(numbered)}"
            if failure:
                print(f"{place} {mutant.file}:{mutant.line} {mutant.kind}: {failure} ({took})", flush=True)
            else:
                print(f"{place} SURVIVES ({took}) line {mutant.line}, {mutant.kind}"
                      f"{'' if batches else ', which no test runs'}\n{justified.entry(mutant)}", flush=True)

    with ThreadPoolExecutor(int(os.environ.get("WORKERS") or 1)) as pool:
        for done in [pool.submit(judge, entry) for entry in numbered]:
            done.result()
    return counts[False]


def report(verdicts, everything, reasons):
    print("\n| folder | faults | tried | justified | caught | by hanging | share |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    rows = {}
    for m in everything:
        verdict = verdicts.get(m.name)
        for name in (folder(m), "all"):
            row = rows.setdefault(name, Counter())
            row["faults"] += 1
            row["justified"] += m.key in reasons
            if verdict and m.key not in reasons:
                row["tried"] += 1
                row["caught"] += verdict != SURVIVES
                row["hanging"] += verdict == "hangs"
    for name in sorted(rows):
        row = rows[name]
        share = f"{100 * row['caught'] / row['tried']:.1f} %" if row["tried"] else "—"
        print(f"| {name} | {row['faults']} | {row['tried']} | {row['justified']} | {row['caught']} | {row['hanging']} | {share} |")


sys.exit(main())
