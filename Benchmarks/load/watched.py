"""What a soak watches: a shop's memory and descriptors, and what its store holds."""

import os
import re
import socket
import sqlite3
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

MIB = 2**20


class Watched:
    """A shop on a store, started by `servers`, which are `Processes`."""

    name = "memory"
    stored = "sessions"  # what is counted in the store

    def __init__(self, servers):
        self.servers = servers

    def address(self):
        """What the shop takes as --store."""
        return "memory"

    def start(self, shop, options):
        command = [shop, "--store", self.address(), "--port", "0", "--lab", *options]
        # It also warns of settings that are seldom meant.
        self.process = self.servers.spawn(None, *command, stdout=subprocess.PIPE, stderr=self.servers.log)
        line = self.process.stdout.readline().decode()
        found = re.search(r"http://\S+?(?=/?\s)", line)
        if not found:
            raise SystemExit(f"the shop doesn't open on {self.name}: {line}{self.servers.logged()}")
        self.url = found[0]
        self.prepare()

    def prepare(self):
        """Signs an operator in: the operators' page says how many sessions there are."""
        self.operator = urllib.request.build_opener()
        form = urllib.parse.urlencode({"name": "margaret", "password": "hamilton"}).encode()

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_):
                return None

        try:
            answer = urllib.request.build_opener(Stay).open(f"{self.url}/admin/sign-in", form)
        except urllib.error.HTTPError as redirect:
            answer = redirect
        cookies = [line.split(";")[0] for line in answer.headers.get_all("Set-Cookie") or []]
        if not cookies:
            raise SystemExit(f"no operator can sign in to the shop: {answer.status}")
        self.operator.addheaders = [("Cookie", cookies[-1]), ("Accept", "text/html")]

    def sample(self):
        """The quantities by name."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        count, size = self.store()
        found = {
            "resident memory": int(re.search(r"VmRSS:\s*(\d+)", status)[1]) * 1024 / MIB,
            "open descriptors": len(os.listdir(f"/proc/{self.process.pid}/fd")),
            "stored": count,
        }
        return found if size is None else found | {"store's size": size / MIB}

    def store(self):
        """How many rows or keys the store has, and its bytes."""
        page = self.operator.open(f"{self.url}/admin").read().decode()
        found = re.search(r"Sessions in the store</dt><dd>(?:≈ )?([\d,]+)", page)
        if not found:
            raise SystemExit("the operators' page doesn't say how many sessions there are")
        return int(found[1].replace(",", "")), None


class WatchedSQLite(Watched):
    name = "SQLite"
    stored = "rows"

    def address(self):
        self.path = Path(self.servers.work.name, "soak.db")
        return f"sqlite:{self.path}"

    def prepare(self):
        pass

    def store(self):
        file = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        names = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
        count = sum(file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names)
        file.close()
        return count, sum(path.stat().st_size for path in self.path.parent.glob(f"{self.path.name}*"))


class WatchedRedis(Watched):
    name = "Redis"
    stored = "keys"

    def address(self):
        self.place = self.servers.redis()
        return f"redis://{self.place}"

    def prepare(self):
        host, port = self.place.split(":")
        self.connection = socket.create_connection((host, int(port)))
        self.answers = self.connection.makefile("rb")

    def store(self):
        self.connection.sendall(b"DBSIZE\r\nINFO memory\r\n")
        count = int(self.answers.readline()[1:])
        text = self.answers.read(int(self.answers.readline()[1:]) + 2).decode()
        return count, int(re.search(r"used_memory:(\d+)", text)[1])


class WatchedPostgres(Watched):
    name = "PostgreSQL"
    stored = "rows"

    def address(self):
        self.place = self.servers.postgres()
        return self.place

    def prepare(self):
        pass

    def store(self):
        query = """SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM session_watermarks)
            + (SELECT count(*) FROM quarantined_sessions), (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
            WHERE relkind = 'r' AND relname LIKE '%session%')"""
        command = ["psql", "-X", "-q", "-A", "-t", "-d", self.place, "-c", query]
        count, size = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split("|")
        return int(count), int(size)


ALL = {"memory": Watched, "sqlite": WatchedSQLite, "redis": WatchedRedis, "postgres": WatchedPostgres}
