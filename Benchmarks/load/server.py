"""A server on one core, and wrk on the other."""

import http.client
import os
import re
import secrets
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from load.processes import CLIENT_CORE, SERVER_CORE, LoadError, Processes, prefer

HERE = Path(__file__).parent
SHOP = HERE.parent.parent / ".build/release/shop"
CONNECTIONS = 64


class Load:
    """What one slice of load came to."""

    def __init__(self, rate, processor, busy):
        self.rate = rate  # requests a second
        self.processor = processor  # microseconds of the server's processor time a request
        self.busy = busy  # the share of its core that the server used


class Loaded(Processes):
    """Processes one of which load can be put on.

    What inherits from it sets `roots`, the processes whose time is counted, with all that they have started.
    """

    def __init__(self):
        self.roots = []
        super().__init__()

    def visit(self, url, visitors):
        """Makes a session with one attribute for each visitor, and keeps their cookies for `load`.

        Beside them are cookies of the same form that no server has made, and none at all.
        """
        target = urlsplit(url)
        connection = http.client.HTTPConnection(target.netloc)
        cookies = []
        for _ in range(visitors):
            connection.request("GET", target.path)
            response = connection.getresponse()
            response.read()
            cookie = response.getheader("Set-Cookie")
            if cookie is None:
                raise LoadError(f"{url} answers {response.status} and sets no cookie")
            cookies.append(cookie.split(";")[0])
        connection.close()
        self.keep("visitor", cookies)
        self.keep("garbage", [f"{cookie.partition('=')[0]}={secrets.token_urlsafe(48)}" for cookie in cookies])
        self.keep("none", [])

    def keep(self, name, cookies):
        Path(self.work.name, f"cookies-{name}").write_text("".join(f"{cookie}\n" for cookie in cookies))

    def load(self, url, seconds, connections=CONNECTIONS, method="GET", cookies="visitor"):
        """Puts load on a URL, each request with the cookie of the next visitor.

        `cookies` are those of `visitor`, `garbage` and `none`. With `fresh`, each connection is one new visitor's, who sends
        the newest cookie that an answer has brought.
        """
        script, threads = ("fresh.lua", connections) if cookies == "fresh" else ("visitors.lua", 1)
        before, processor = time.monotonic(), self._processor()
        output = subprocess.run(
            ["taskset", "-c", CLIENT_CORE, "wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s",
             "-s", HERE / script, url],
            env=os.environ | {"COOKIES": f"{self.work.name}/cookies-{cookies}", "METHOD": method},
            preexec_fn=prefer, check=True, capture_output=True, text=True).stdout
        elapsed, processor = time.monotonic() - before, self._processor() - processor
        if "Non-2xx" in output or "Socket errors" in output:
            raise LoadError(f"{url} fails under load:\n{output}\n{self.logged()}")
        count = int(re.search(r"(\d+) requests in", output)[1])
        if count == 0:
            raise LoadError(f"{url} answers no request in {seconds} s")
        rate = float(re.search(r"Requests/sec:\s*([\d.]+)", output)[1])
        return Load(rate, processor * 1e6 / count, processor / elapsed)

    def _processor(self):
        """Seconds of processor time that the server has used, with threads that have ended."""
        # What clock_getcpuclockid gives for a process; Python offers it for threads only.
        return sum(time.clock_gettime(~pid << 3 | 2) for root in self.roots for pid in family(root.pid))


class Server(Loaded):
    """A shop with a store and visitors."""

    def __init__(self, store, visitors, *options):
        """`store` is what `Processes.store` takes, and `options` are the shop's."""
        self.kind, self.visitors, self.options = store, visitors, options
        super().__init__()

    def start(self):
        shop = self.spawn(
            SERVER_CORE, SHOP, "--store", self.store(self.kind), "--port", "0", "--lab", *self.options,
            stdout=subprocess.PIPE, stderr=self.log)
        self.roots = [shop]
        line = shop.stdout.readline().decode()
        found = re.search(r"http://\S+", line)
        if not found:
            raise LoadError(f"the shop doesn't open: {self.logged()}")
        self.url = found[0]
        self.visit(f"{self.url}lab/update", self.visitors)

    def load(self, route, seconds, **how):
        """Puts load on a route of the lab."""
        return super().load(f"{self.url}lab/{route}", seconds, **how)


def family(pid):
    """A process, and all that it has started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [pid] + [own for path in children for child in path.read_text().split() for own in family(int(child))]


def rounds(count, routes, measure):
    """What `measure(route)` gives for each route, as often as `count`: {route: [one a round]}.

    Every other round goes backwards, so that no route always follows the same one.

    >>> rounds(2, ["a", "b"], lambda route, calls=[]: (calls.append(route), len(calls))[1])
    {'a': [1, 4], 'b': [2, 3]}
    """
    measured = {route: [] for route in routes}
    for number in range(count):
        for route in routes if number % 2 == 0 else routes[::-1]:
            measured[route].append(measure(route))
    return measured
