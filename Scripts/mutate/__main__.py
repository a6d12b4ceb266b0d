"""Seeds bugs by machine, builds all of them into one copy, and says which no test notices.

FOLDER: the folders or files whose mutants are made, all of Sources unless set. ONLY: kinds, such as 'comparison,defer'.
SAMPLE: how many mutants of each folder are tried, chosen by SEED. AGAIN=1: those that survived the last run, and no other.
LIST=1 prints the mutants and runs nothing.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

import copies
import justified
import swift_source
import test_runs

ROOT = Path(__file__).resolve().parent.parent.parent
# What is copied and built for mutants of a module: the least that has its tests.
ENGINE = ("Tests/Mutants/Package.swift", ["Sources/Sessions", "Sources/SessionsTesting", "Tests", "docs"], [])
STORES = ("Scripts/stores/Package.swift", ["Sources", "Tests", "docs"], [])
WHOLE = ("Package.swift", ["Sources", "Tests", "Examples", "docs"], ["--enable-all-traits"])


def tests(*filters):
    skipped = ["--skip", "DocumentationTests", "--skip", "SourceRuleTests"]
    return [argument for name in filters for argument in ("--filter", name)] + skipped


# The tests that reach a module, in the order in which they run: the quick ones first.
REACHING = {
    "Sessions": [tests(r"^SessionsTests\."), tests("ScenarioTests", "PairTests/pair")],
    "SessionsSQLite": [tests(r"^SessionsSQLiteTests\."), tests(r"^SessionsTestingTests\.ContractTests/sqlite")],
    "SessionsRedisClient": [tests(r"^SessionsRedisClientTests\."), tests(r"^SessionsRedisTests\.")],
    "SessionsRedis": [tests(r"^SessionsRedisTests\.")],
    "SessionsHummingbird": [tests(r"^SessionsHummingbirdTests\."), tests(r"^ShopTests\.")],
    "SessionsFlyingFox": [tests(r"^SessionsFlyingFoxTests\.")],
    "SessionsTesting": [tests(r"^SessionsTestingTests\.")],
}
PACKAGE = {
    "Sessions": "engine", "SessionsTesting": "stores", "SessionsSQLite": "stores", "SessionsRedisClient": "stores",
    "SessionsRedis": "stores",
}
BUILDS = Path(os.environ.get("COPY") or ROOT / ".build-mutate")
SURVIVORS = BUILDS / "survivors.json"
# Few orders of each scenario: `make mutants` runs them all.
ENVIRONMENT = {"SIMULATION_LIMIT": os.environ.get("SIMULATION_LIMIT", "20")}


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
    if not count:
        return mutants
    result = []
    for name in sorted({folder(m) for m in mutants}):
        its = [m for m in mutants if folder(m) == name]
        result += random.Random(f"{os.environ.get('SEED') or 1} {name}").sample(its, min(count, len(its)))
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
    chosen = sampled(everything)
    if os.environ.get("AGAIN"):
        last = {tuple(key) for key in json.loads(SURVIVORS.read_text())}
        chosen = [m for m in everything if m.key in last]
    mutants = [m for m in chosen if m.key not in reasons]
    print(f"{len(everything)} mutants, {len(mutants)} of them to be tried")
    if os.environ.get("LIST"):
        for m in mutants:
            print(f"{m.file}:{m.line}: {m.kind}\n  - {m.change[0]}\n  + {m.change[1]}")
        return 0
    survivors = []
    figures = {}
    for name, group in (("engine", ENGINE), ("stores", STORES), ("package", WHOLE)):
        if its := [m for m in mutants if PACKAGE.get(module(m), "package") == name]:
            survivors += tried(copies.Copy(ROOT, BUILDS / name, *group), its, figures)
    SURVIVORS.write_text(json.dumps([m.key for m in survivors]))
    report(figures, everything, reasons)
    return 1 if survivors else 0


def tried(copy, mutants, figures):
    numbered = copy.prepare(mutants)
    limits, survivors = {}, []
    for name in sorted({module(m) for _, m in numbered}):
        for stage in REACHING[name]:
            failure, seconds = test_runs.run(copy, 0, stage, 900, ENVIRONMENT)
            if failure:
                raise SystemExit(f"without a bug, the tests fail: {failure}")
            # Generous: what is slow beside other work must not count as caught.
            limits[str(stage)] = max(120, 10 * seconds)
            print(f"{name}: {' '.join(stage)} takes {seconds:.1f} s", flush=True)
    for count, (number, mutant) in enumerate(numbered, 1):
        figure = figures.setdefault(folder(mutant), [0, 0, 0])
        figure[1] += 1
        failure, begun = None, time.monotonic()
        for stage in REACHING[module(mutant)]:
            failure, _ = test_runs.run(copy, number, stage, limits[str(stage)], ENVIRONMENT)
            if failure:
                break
        took = f"{time.monotonic() - begun:.1f} s"
        if failure:
            figure[0] += 1
            figure[2] += failure == "hangs"
            print(f"{count}/{len(numbered)} {mutant.file}:{mutant.line} {mutant.kind}: {failure} ({took})", flush=True)
        else:
            survivors.append(mutant)
            print(f"{count}/{len(numbered)} SURVIVES ({took}) line {mutant.line}, {mutant.kind}\n"
                  f"{justified.entry(mutant)}", flush=True)
    copy.scratch()
    return survivors


def report(figures, everything, reasons):
    print("\n| folder | mutants | tried | caught | by hanging | | justified |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    rows = sorted(figures) + ["all"]
    figures["all"] = [sum(figure[column] for figure in figures.values()) for column in range(3)]
    for name in rows:
        caught, tried, hanging = figures[name]
        its = [m for m in everything if name == "all" and folder(m) in figures or folder(m) == name]
        listed = sum(m.key in reasons for m in its)
        share = f"{100 * caught / tried:.1f} %" if tried else "—"
        print(f"| {name} | {len(its)} | {tried} | {caught} | {hanging} | {share} | {listed} |")


sys.exit(main())
