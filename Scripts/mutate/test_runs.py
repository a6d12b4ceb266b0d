"""Runs tests with one mutant active, and ends them at the first failure."""

import os
import re
import select
import signal
import subprocess
import tempfile
import time

PASS = re.compile(r"✔ Test (.*?) (?:with \d+ test cases? )?passed after")
FAILURE = re.compile(r"✘ (?:Test|Suite) (.*?) (?:recorded an issue|with \d+|failed after)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def program(copy):
    return [str(copy.tests), "--testing-library", "swift-testing"]


def suites(copy):
    """All suites: what stands before the first slash of a test's name."""
    listed = subprocess.run([*program(copy), "--list-tests"], cwd=copy.path, stdout=subprocess.PIPE, text=True, check=True)
    return sorted({line.split("/")[0].strip() for line in listed.stdout.splitlines()})


class Limit:
    """When tests are taken to hang. What is slow beside other work must not look so, so processor time is what counts."""

    def __init__(self, processor, wall):
        self.processor = int(max(20, 10 * processor))
        # A test that waits for a server uses no processor time, either.
        self.idle = max(20, 2 * wall)
        self.wall = max(300, 20 * wall)


def run(copy, number, names, limit, environment, passed=None):
    """What failed, or `None`; `passed` gets the tests that passed. All that the tests started is ended."""
    # A name with a slash is a test's own.
    filters = [
        argument for name in names
        for argument in ("--filter", f"^{re.escape(name)}" + ("" if "/" in name else "/"))]
    variables = {**os.environ, **environment, "SESSIONS_MUTANT": str(number), "SWIFT_BACKTRACE": "enable=no"}
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=copy.scratch, ignore_cleanup_errors=True) as folder:
        # PostgreSQL, which refuses to run as root, is another user's there.
        os.chmod(folder, 0o711)
        process = subprocess.Popen(
            ["sh", "-c", f'ulimit -c 0; ulimit -t {limit.processor}; exec "$@"', "sh", *program(copy), *filters],
            cwd=copy.path, env={**variables, "TMPDIR": folder}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        try:
            failure = watch(process, begun, limit, passed if passed is not None else set())
        finally:
            end_session(process)
    return failure


class Used:
    """The processor time of the tests, where it can be read, and how long none was used."""

    def __init__(self, pid):
        self.stat, self.processor = f"/proc/{pid}/stat", None
        self.looked = self.changed = time.monotonic()

    def idle(self):
        now = time.monotonic()
        if now - self.looked > 1:
            self.looked = now
            try:
                with open(self.stat) as stat:
                    processor = stat.read().rpartition(")")[2].split()[11:13]
            except OSError:
                processor = now
            if processor != self.processor:
                self.processor, self.changed = processor, now
        return now - self.changed


def watch(process, begun, limit, passed):
    output = process.stdout.fileno()
    used = Used(process.pid)
    pending = b""
    ran = False
    while True:
        if used.idle() > limit.idle or time.monotonic() - begun > limit.wall:
            return "hangs"
        if not select.select([output], [], [], 1)[0]:
            continue
        chunk = os.read(output, 65536)
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            line = COLOUR.sub("", line.decode(errors="replace"))
            if "✘" in line:
                found = FAILURE.search(line)
                return found.group(1).strip('"') if found else line.strip()
            if found := PASS.search(line):
                passed.add(found.group(1).strip('"'))
            # A filter that matches no test must not look like a test that passed.
            ran = ran or bool(re.search(r"✔ Test run with [1-9]", line))
        if not chunk:
            try:
                status = process.wait(limit.idle)
            except subprocess.TimeoutExpired:
                return "hangs"
            if status == 0 and not ran:
                raise SystemExit("no test ran")
            if status == -signal.SIGXCPU or status == 128 + signal.SIGXCPU:
                return "hangs"
            return f"crashes ({status})" if status != 0 else None


def end_session(process):
    """Ends the tests and the servers that they started, which are in groups of their own and in the same session."""
    for _ in range(20):
        listed = subprocess.run(["ps", "-axo", "pid="], stdout=subprocess.PIPE, text=True).stdout.split()
        left = [pid for pid in map(int, listed) if session(pid) == process.pid]
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.poll()
        if not left:
            break
        time.sleep(0.02)
    process.stdout.close()
    process.wait()


def session(pid):
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None
