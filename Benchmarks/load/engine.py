"""The program `Load` on one core, and the server of its store on the other."""

import json
import os
import socket
import subprocess
import time
from pathlib import Path

from load.processes import SERVER_CORE, LoadError, Processes
from load.server import family
from parts import PROGRAMS

TICKS = os.sysconf("SC_CLK_TCK")
STORES = {"memory": "memory", "sqlite": "SQLite", "redis": "Redis", "postgres": "PostgreSQL"}


class Engine(Processes):
    """The program `Load`, and a store's server; `name` is one of STORES. Databases of the store have numbers, from 0 on."""

    def __init__(self, name, keeps_file=False):
        """With `keeps_file`, Redis writes each change to its file as well (AOF, flushed once a second)."""
        self.name, self.keeps_file = name, keeps_file
        self.server = None
        super().__init__()

    def start(self):
        if self.name == "redis":
            self.port = int(self.redis(*(["--appendonly", "yes"] if self.keeps_file else [])).split(":")[1])
            self.server = self.processes[-1]
        if self.name == "postgres":
            # A pool for each database.
            self.place = self.postgres("max_connections=300")
            self.server = self.processes[-1]
        self.program = self.spawn(
            SERVER_CORE, PROGRAMS / "Load", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)

    def address(self, number):
        """A database of the store, which is made if it isn't there."""
        if self.name == "sqlite":
            return f"sqlite:{self.work.name}/{number}.db"
        if self.name == "redis":
            return f"redis://127.0.0.1:{self.port}/{number}"
        if self.name == "postgres":
            self.sql(self.place, f"CREATE DATABASE growth{number}")
            return self.place.rsplit("/", 1)[0] + f"/growth{number}"
        return "memory"

    def ask(self, *words):
        """What the program answers to a command."""
        self.program.stdin.write(" ".join(map(str, words)) + "\n")
        self.program.stdin.flush()
        line = self.program.stdout.readline()
        if not line:
            raise SystemExit(f"Load ends at \"{' '.join(map(str, words))}\" on {self.name}: {self.logged()}")
        return json.loads(line)

    def measure(self, *words):
        """A `Cost` of a command that makes requests."""
        before = self.server_seconds()
        answer = self.ask(*words)
        return Cost(answer, self.server_seconds() - before, callers=int(words[-1]))

    def server_seconds(self):
        """Seconds of processor time that the store's server has used, with what it has started and what has ended of that."""
        if self.server is None:
            return 0
        seconds = 0
        for pid in family(self.server.pid):
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                seconds += (int(fields[13]) + int(fields[14])) / TICKS + time.clock_gettime(~pid << 3 | 2)
            except OSError:
                pass  # It has ended meanwhile.
        return seconds

    def size(self, number):
        """Bytes of a database; 0 of the memory store, whose program tells."""
        if self.name == "sqlite":
            return sum(path.stat().st_size for path in Path(self.work.name).glob(f"{number}.db*"))
        if self.name == "redis":
            return int(self.redis_info("used_memory"))
        if self.name == "postgres":
            return int(self.sql(self.address_of(number), "SELECT pg_total_relation_size('sessions')"))
        return 0

    def address_of(self, number):
        return self.place.rsplit("/", 1)[0] + f"/growth{number}"

    def settle(self, number):
        """Lets PostgreSQL do now what it would do while something is measured."""
        if self.name == "postgres":
            self.sql(self.address_of(number), "VACUUM (ANALYZE) sessions")
            self.sql(self.address_of(number), "CHECKPOINT")

    def redis_info(self, name):
        with socket.create_connection(("127.0.0.1", self.port)) as connection, connection.makefile("rb") as answers:
            connection.sendall(b"INFO\r\n")
            text = answers.read(int(answers.readline()[1:])).decode()
        return next(line.partition(":")[2] for line in text.splitlines() if line.startswith(f"{name}:"))

    @staticmethod
    def sql(place, text):
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", place, "-c", text]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise LoadError(f"psql ends with {done.returncode} at \"{text}\": {done.stderr.strip()}")
        return done.stdout.strip()


class Cost:
    """What requests took, in microseconds a request."""

    def __init__(self, answer, server, callers):
        count = answer["count"]
        self.own = 1e6 * answer["processor"] / count  # processor time of the engine, and of a store inside of the process
        self.server = 1e6 * server / count  # processor time of the store's server
        self.processor = self.own + self.server
        self.answer = 1e6 * answer["seconds"] * callers / count  # the mean time until a request is answered
        self.rate = count / answer["seconds"]

