"""Runs tests with one mutant active, and ends them at the first failure."""

import os
import re
import select
import signal
import subprocess
import time

FAILURE = re.compile(r"✘ (?:Test|Suite) (.*?) (?:recorded an issue|failed after|with \d+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def run(copy, number, arguments, limit, environment):
    """(what failed or `None`, seconds); all that the tests started is ended."""
    variables = {**os.environ, **environment, "SESSIONS_MUTANT": str(number), "TMPDIR": str(copy.scratch())}
    begun = time.monotonic()
    process = subprocess.Popen(
        [str(copy.tests), "--testing-library", "swift-testing", *arguments], cwd=copy.path, env=variables,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        failure = watch(process, begun + limit)
    finally:
        end_session(process)
    return failure, time.monotonic() - begun


def watch(process, end):
    output = process.stdout.fileno()
    pending = b""
    ran = False
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return "hangs"
        if not select.select([output], [], [], left)[0]:
            continue
        chunk = os.read(output, 65536)
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            line = COLOUR.sub("", line.decode(errors="replace"))
            if "✘" in line:
                found = FAILURE.search(line)
                return found.group(1).strip('"') if found else line.strip()
            # A filter that matches no test must not look like a test that passed.
            ran = ran or bool(re.search(r"✔ Test run with [1-9]", line))
        if not chunk:
            try:
                status = process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                return "hangs"
            if status == 0 and not ran:
                raise SystemExit("no test ran")
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
