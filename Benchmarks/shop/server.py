"""The shop on one core, and wrk on the other."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
SHOP = HERE.parent.parent / ".build/release/shop"
SERVER_CORE, CLIENT_CORE = "0", "1"
CONNECTIONS = 64

# So that what was started is ended, too, when this program is.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class Load:
    """What one slice of load came to."""

    def __init__(self, rate, processor, busy, others):
        self.rate = rate  # requests a second
        self.processor = processor  # microseconds of the server's processor time a request
        self.busy = busy  # the share of its core that the server used
        self.others = others  # the share of that core that other processes, or other virtual machines, used


class Loaded:
    """Processes on two cores, one of which load can be put on; a context manager.

    What inherits from it sets `roots`, the processes whose time is counted, with all that they have started.
    """

    def __init__(self):
        self.work = tempfile.TemporaryDirectory()
        self.processes = []
        self.roots = []
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def spawn(self, core, *command, **options):
        process = subprocess.Popen(["taskset", "-c", core, *map(str, command)], preexec_fn=prefer, **options)
        self.processes.append(process)
        return process

    def redis(self):
        """Starts a Redis that keeps nothing on disk, on a free port, and returns its address."""
        port = free_port()
        self.spawn(
            CLIENT_CORE, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", self.work.name,
            stdout=subprocess.DEVNULL)
        wait_for(port, "redis-server")
        return f"127.0.0.1:{port}"

    def postgres(self):
        """Starts a PostgreSQL with its usual settings, on a free port, and returns its URL.

        Root starts it as the user `postgres`.
        """
        port = free_port()
        data = Path(self.work.name, "data")
        data.mkdir()
        user = []
        if os.getuid() == 0:
            user = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]
            os.chmod(self.work.name, 0o755)
            shutil.chown(data, "postgres", "postgres")
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        folder = programs[-1] if programs else Path(shutil.which("postgres")).resolve().parent
        subprocess.run(
            [*user, folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C"],
            cwd="/", check=True, capture_output=True)
        self.spawn(
            CLIENT_CORE, *user, folder / "postgres", "-D", data, "-c", f"port={port}", "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            ready = [folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            if subprocess.run(ready, check=False).returncode == 0:
                return f"postgres://postgres@127.0.0.1:{port}/postgres"
            time.sleep(0.1)
        raise SystemExit("PostgreSQL doesn't start")

    def visit(self, url, visitors):
        """Makes a session with one attribute for each visitor, and keeps their cookies for `load`."""
        target = urlsplit(url)
        connection = http.client.HTTPConnection(target.netloc)
        cookies = []
        for _ in range(visitors):
            connection.request("GET", target.path)
            response = connection.getresponse()
            response.read()
            cookies.append(response.getheader("Set-Cookie").split(";")[0] + "\n")
        connection.close()
        self.cookies = Path(self.work.name, "cookies")
        self.cookies.write_text("".join(cookies))

    def load(self, url, seconds):
        """Puts load on a URL, each request with the cookie of the next visitor."""
        before, processor, machine = time.monotonic(), self._processor(), core_time(SERVER_CORE)
        output = subprocess.run(
            ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s",
             "-s", HERE.parent / "visitors.lua", url],
            env=dict(os.environ, COOKIES=self.cookies), preexec_fn=prefer, check=True, capture_output=True, text=True,
        ).stdout
        elapsed = time.monotonic() - before
        processor, machine = self._processor() - processor, core_time(SERVER_CORE) - machine
        if "Non-2xx" in output or "Socket errors" in output:
            raise SystemExit(f"{url} fails under load:\n{output}")
        count = int(re.search(r"(\d+) requests in", output)[1])
        rate = float(re.search(r"Requests/sec:\s*([\d.]+)", output)[1])
        return Load(rate, processor * 1e6 / count, processor / elapsed, (machine - processor) / elapsed)

    def _processor(self):
        """Seconds of processor time that the server has used, with threads that have ended."""
        # What clock_getcpuclockid gives for a process; Python offers it for threads only.
        return sum(time.clock_gettime(~pid << 3 | 2) for root in self.roots for pid in family(root.pid))

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
        self.work.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Server(Loaded):
    """A shop with a store and visitors."""

    def __init__(self, store, visitors):
        """`store` is what the shop takes as --store, or `redis` or `postgres` for a server that is started beside wrk, or
        `sqlite` for a file that is removed afterwards."""
        self.store, self.visitors = store, visitors
        super().__init__()

    def start(self):
        store = self.store
        if store == "sqlite":
            store = f"sqlite:{self.work.name}/shop.db"
        if store == "redis":
            store = f"redis://{self.redis()}"
        if store == "postgres":
            store = self.postgres()
        shop = self.spawn(SERVER_CORE, SHOP, "--store", store, "--port", "0", "--lab", stdout=subprocess.PIPE)
        self.roots = [shop]
        line = shop.stdout.readline().decode()
        found = re.search(r"http://\S+", line)
        if not found:
            raise SystemExit(f"the shop doesn't open: {line}")
        self.url = found[0]
        self.visit(f"{self.url}lab/update", self.visitors)

    def load(self, route, seconds):
        """Puts load on a route of the lab."""
        return super().load(f"{self.url}lab/{route}", seconds)


def family(pid):
    """A process, and all that it has started."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    return [pid] + [own for path in children for child in path.read_text().split() for own in family(int(child))]


def wait_for(port, name):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"{name} doesn't start")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def prefer():
    """Lets this process go before others on the machine, where that is allowed."""
    os.setsid()  # A group of its own to the scheduler, which weighs groups before processes.
    try:
        Path("/proc/self/autogroup").write_text("-19")
        os.setpriority(os.PRIO_PROCESS, 0, -19)
    except OSError:
        pass


def core_time(core):
    """Seconds that a core has worked for processes, or was taken by other virtual machines ("steal")."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name == f"cpu{core}":
            user, nice, system, _, _, _, _, steal = map(int, fields[:8])
            return (user + nice + system + steal) / os.sysconf("SC_CLK_TCK")
    raise SystemExit(f"there is no core {core}; the benchmark needs two")
