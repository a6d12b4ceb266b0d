"""A copy of the package with all mutants in one build."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import swift_source

SWITCH = """#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

private let mutant: Int = getenv("SESSIONS_MUTANT").flatMap { Int(String(cString: $0)) } ?? 0

/// A byte for each unit, in a file that all processes of the tests share: the units that have run.
nonisolated(unsafe) private let reached: UnsafeMutablePointer<UInt8>? = {
    guard let path = getenv("SESSIONS_REACHED") else { return nil }
    let file = open(path, O_RDWR)
    let size = lseek(file, 0, SEEK_END)
    guard size > 0, let memory = mmap(nil, Int(size), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) else { return nil }
    return memory.assumingMemoryBound(to: UInt8.self)
}()

@usableFromInline func activeMutant(_ unit: Int) -> Int {
    reached?[unit] = 1
    return mutant
}
"""
ERROR = re.compile(r"^(/[^:\n]+\.swift):(\d+):\d+: error: ", re.M)
# Where the compiler was when it crashed, the innermost place last.
CRASH = re.compile(r"^\d+\.\t.*[@ ](/[^:\n]+\.swift):(\d+):\d+", re.M)


class Copy:
    """Keeps its build folder from run to run, so only what differs is written."""

    def __init__(self, root, path, manifest, folders, build_arguments):
        self.root, self.path, self.build_arguments = root, path, build_arguments
        self.manifest, self.folders = manifest, folders
        path.mkdir(parents=True, exist_ok=True)
        self.memory = path / "uncompilable.json"
        self.uncompilable = set(json.loads(self.memory.read_text())) if self.memory.exists() else set()

    def prepare(self, mutants):
        """Builds the copy with those of the mutants that compile, and returns them: [(number, mutant)]."""
        self.files = self.read({Path(*Path(mutant.file).parts[:2]) for mutant in mutants})
        self.units = {unit: number for number, unit in enumerate(dict.fromkeys((m.file, m.unit.start) for m in mutants))}
        # A number is a mutant's own in one run, whatever else is dropped.
        numbered = [(n, m) for n, m in enumerate(mutants, 1) if m.name not in self.uncompilable]
        # Without the tests first: they take longer to build, and see nothing of what a body holds.
        for what in ([], ["--build-tests"]):
            numbered = self.built(what, numbered)
        return numbered

    def built(self, what, numbered):
        for attempt in range(1, 30):
            lines = self.write(numbered)
            print(f"Build {attempt}{' with tests' if what else ''}: {len(numbered)} mutants", flush=True)
            log = self.build(what)
            if log is None:
                return numbered
            bad = self.blamed(log, lines, {n for n, m in numbered if m.kind in ("statement", "error swallowed")})
            if not bad:
                print(log[-6000:])
                raise SystemExit("the copy does not build, and no mutant is to blame")
            self.uncompilable |= {m.name for n, m in numbered if n in bad}
            numbered = [(n, m) for n, m in numbered if n not in bad]
            self.memory.write_text(json.dumps(sorted(self.uncompilable)))
        raise SystemExit("too many builds")

    def write(self, numbered):
        by_file = {}
        for number, mutant in numbered:
            by_file.setdefault(mutant.file, []).append((number, mutant))
        lines, wanted = {}, dict(self.files)
        for file, its in by_file.items():
            wanted[file], lines[file] = swift_source.written(its[0][1].source, its, self.units)
        for folder in self.folders:
            for file in (self.path / folder).rglob("*") if (self.path / folder).exists() else []:
                if file.is_file() and str(file.relative_to(self.path)) not in wanted:
                    file.unlink()
        for name, content in wanted.items():
            file = self.path / name
            if file.exists() and file.read_bytes() == content:
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return lines

    def read(self, modules):
        """The package as it is now: work on it may go on while the mutants run."""
        files = {}
        for folder in self.folders:
            for file in sorted((self.root / folder).rglob("*")):
                if file.is_file() and file.suffix != ".patch":
                    files[str(file.relative_to(self.root))] = file.read_bytes()
        for module in modules:
            files[str(module / "ActiveMutant.swift")] = SWITCH.encode()
        files["Package.swift"] = (self.root / self.manifest).read_bytes()
        return files

    def build(self, what):
        """`None`, or what the compiler said."""
        done = subprocess.run(
            ["swift", "build", *what, *self.build_arguments], cwd=self.path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
            env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"})
        return None if done.returncode == 0 else done.stdout

    def blamed(self, log, lines, dropping):
        """- Parameter dropping: those that leave something out, which come first where an error has no place of its own."""
        bad = set()
        for places in (set(ERROR.findall(log)), *([place] for place in reversed(CRASH.findall(log)))):
            for file, line in places:
                try:
                    name = str(Path(file).resolve().relative_to(self.path.resolve()))
                except ValueError:
                    continue
                covering = {number for first, last, number in lines.get(name, []) if first <= int(line) <= last}
                bad |= (covering & dropping) or covering
            if bad:
                break
        return bad

    @property
    def tests(self):
        """The program that holds all tests."""
        found = [p for p in (self.path / ".build" / "debug").glob("*PackageTests.xctest")]
        if len(found) != 1:
            raise SystemExit(f"one test program was expected, not {found}")
        program = found[0]
        return program if program.is_file() else program / "Contents" / "MacOS" / program.stem

    @property
    def scratch(self):
        """A folder for what tests leave behind when they are ended."""
        folder = self.path / ".tmp"
        folder.mkdir(exist_ok=True)
        return folder
