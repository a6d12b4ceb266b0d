"""Servers of stores and other programs on two cores, which end with what started them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SERVER_CORE, CLIENT_CORE = "0", "1"
ALL_CORES = f"0-{(os.cpu_count() or 1) - 1}"

# So that what was started is ended, too, when this program is.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class LoadError(SystemExit):
    """What was to be measured doesn't start, or fails under load; it ends the program with its message unless it is caught."""


class Processes:
    """Processes with a folder for their files; a context manager that ends and removes them."""

    def __init__(self):
        self.work = tempfile.TemporaryDirectory()
        self.processes = []
        self.log = Path(self.work.name, "log").open("w")
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        """What is started first; for those that inherit."""

    def logged(self):
        """The last lines that processes wrote to `log`."""
        return "\n".join(Path(self.log.name).read_text().splitlines()[-5:])

    def spawn(self, core, *command, **options):
        process = subprocess.Popen(["taskset", "-c", core, *map(str, command)], preexec_fn=prefer, **options)
        self.processes.append(process)
        return process

    def redis(self, *settings):
        """Starts a Redis that keeps nothing on disk, on a free port, and returns its address."""
        port = free_port()
        folder = Path(self.work.name, f"redis-{port}")
        folder.mkdir()
        self.spawn(
            CLIENT_CORE, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", folder, *settings,
            stdout=subprocess.DEVNULL)
        wait_for(port, "redis-server")
        return f"127.0.0.1:{port}"

    def redis_cluster(self):
        """Starts a cluster of three primaries that share the core of one Redis, and returns their addresses."""
        nodes = [self.redis("--cluster-enabled", "yes") for _ in range(3)]
        subprocess.run(["redis-cli", "--cluster", "create", *nodes, "--cluster-yes"], check=True, capture_output=True)
        for node in nodes:
            port = node.split(":")[1]
            for _ in range(200):
                state = subprocess.run(["redis-cli", "-p", port, "cluster", "info"], capture_output=True, text=True).stdout
                if "cluster_state:ok" in state:
                    break
                time.sleep(0.1)
            else:
                raise LoadError("the Redis cluster doesn't form")
        return ",".join(nodes)

    def postgres(self, *settings, core=CLIENT_CORE):
        """Starts a PostgreSQL with its usual settings, and these, on a free port, and returns its URL.

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
        options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *settings]
        self.spawn(
            core, *user, folder / "postgres", "-D", data, *(part for option in options for part in ("-c", option)),
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            ready = [folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            if subprocess.run(ready, check=False).returncode == 0:
                return f"postgres://postgres@127.0.0.1:{port}/postgres"
            time.sleep(0.1)
        raise LoadError("PostgreSQL doesn't start")

    def store(self, name):
        """The URL of a store of that kind, started where it is a server: memory, sqlite, redis, redis-cluster, postgres.

        What has a colon is the URL of a store that runs already.
        """
        if name == "sqlite":
            return f"sqlite:{self.work.name}/sessions.db"
        if name == "redis":
            return f"redis://{self.redis()}"
        if name == "redis-cluster":
            return f"redis+cluster://{self.redis_cluster()}"
        return self.postgres() if name == "postgres" else name

    def close(self):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()
        self.work.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def wait_for(port, name):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                return
        time.sleep(0.1)
    raise LoadError(f"{name} doesn't start")


def free_port():
    """A free port, with a free one 10,000 above it for the nodes of a Redis cluster."""
    for _ in range(200):
        with socket.socket() as free, socket.socket() as bus:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            if port < 55_000 and bus.connect_ex(("127.0.0.1", port + 10_000)) != 0:
                return port
    raise LoadError("there is no free port")


def prefer():
    """Lets this process go before others on the machine, where that is allowed."""
    os.setsid()  # A group of its own to the scheduler, which weighs groups before processes.
    try:
        Path("/proc/self/autogroup").write_text("-19")
        os.setpriority(os.PRIO_PROCESS, 0, -19)
    except OSError:
        pass
