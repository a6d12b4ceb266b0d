"""What the PostgreSQL store does against pgbench on the same server, and what its updates leave behind.

postgres [PART …]: the parts `rates`, `wal`, `million` and `fillfactor`; the first three if none is named. ROUNDS (9) and
SLICE (1 second) set how long rates are measured, TOUCHES (1,000,000) and UPDATES (20,000) how many of them are counted.
The server has its usual durability, and shares both cores with its clients.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from load.processes import ALL_CORES, Processes, prefer
from parts import PROGRAMS, ROUNDS, SLICE
from parts.paced import Paced
from report.figure import Figure
from report.result import Result

SETTINGS = ["track_activity_query_size=16384", "shared_buffers=256MB", "max_wal_size=4GB"]
TOUCHES = int(os.environ.get("TOUCHES", 1_000_000))
UPDATES = int(os.environ.get("UPDATES", 20_000))
CALLERS = 32
SESSIONS = CALLERS * 16
TICKS = os.sysconf("SC_CLK_TCK")


class Database(Processes):
    """An empty database."""

    def start(self):
        self.url = self.postgres(*SETTINGS, core=ALL_CORES)

    def sql(self, text):
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", text]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def row(self, text):
        return self.sql(text).split("|")


# Rates.


def pgbench(database, script):
    """What pgbench gets done, in all and a second."""
    command = ["pgbench", "-n", "-M", "prepared", "-c", CALLERS, "-j", 2, "-T", SLICE, "-f", script]
    command += [part for name, value in VARIABLES.items() for part in ["-D", f"{name}={value}"]] + [database.url]
    output = subprocess.run(
        [str(part) for part in command], preexec_fn=prefer, check=True, capture_output=True, text=True).stdout
    # Neither where it got no time at all.
    count = re.search(r"^number of transactions actually processed: ([0-9]+)", output, re.M)
    rate = re.search(r"^tps = ([0-9.]+)", output, re.M)
    return (float(count.group(1)), float(rate.group(1))) if count and rate else (0, 0)


def fields(process):
    return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()


def client_time(store):
    """Seconds of processor time that the store's process and all earlier pgbenches have taken."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (int(fields(store)[11]) + int(fields(store)[12])) / TICKS + ended.ru_utime + ended.ru_stime


def server_time(postmaster):
    """The same of the server's processes, with those that have ended."""
    seconds = sum(map(int, fields(postmaster)[11:15])) / TICKS
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                if fields(path.name)[1] == str(postmaster):
                    seconds += int(Path(path, "schedstat").read_text().split()[0]) / 1e9
            except OSError:
                pass  # It has ended meanwhile.
    return seconds


# The parameters of the store's statements by number, as pgbench sends them. It can't know a row's version.
PARAMETERS = [
    "lpad(to_hex(:id::int), 32, '0')::uuid", ":late::timestamptz", "s.xmin", "pg_postmaster_start_time()",
    ":json::jsonb", ":writes::jsonb",
]
VARIABLES = {
    "late": "9999-01-01", "json": '{"cart":"' + "x" * 254 + '"}', "writes": '{"cart":[1,256]}',
}


def same(text):
    """A statement of the store's for the table `same`, as pgbench takes it."""
    text = text.replace('"public".sessions', "same")
    return re.sub(r"\$(\d+)", lambda number: PARAMETERS[int(number.group(1)) - 1], " ".join(text.split()))


def rates(result, database):
    """Slices of the store and of pgbench take turns, so that a change of the machine's speed meets both."""
    store = Paced.store(database, database.url, callers=CALLERS)
    # Its statements are those of one session each, as pgbench runs them.
    single = Paced.store(database, database.url, callers=1)
    sql = database.sql
    width = int(sql("SELECT round(avg(pg_column_size(s.*))) FROM sessions AS s"))
    sql(f"""CREATE TABLE raw (id int PRIMARY KEY, n bigint NOT NULL, payload text) WITH (fillfactor = 60);
        INSERT INTO raw SELECT id, 0, repeat('x', {width - 40}) FROM generate_series(1, {SESSIONS}) AS id;
        CREATE TABLE same (LIKE sessions INCLUDING ALL) WITH (fillfactor = 60);
        INSERT INTO same SELECT * FROM sessions LIMIT {SESSIONS};
        UPDATE same AS s SET id = lpad(to_hex(numbered.n::int), 32, '0')::uuid
            FROM (SELECT id, row_number() OVER () AS n FROM same) AS numbered WHERE s.id = numbered.id""")
    sql("VACUUM same")
    folder = tempfile.mkdtemp(dir=database.work.name)
    scripts = {}
    own = {"loads": "SELECT", "commits": "UPDATE"}
    for name, text in [("loads", "SELECT * FROM raw WHERE id = :id"), ("commits", "UPDATE raw SET n = n + 1 WHERE id = :id")]:
        # The first slices open connections and prepare statements, and then the server shows their text.
        store.rate(name, SLICE)
        single.rate(name, 0.1)
        statement = sql(
            f"SELECT query FROM pg_stat_activity WHERE query LIKE '{own[name]}%\"public\".sessions AS s%s.id = $1%' "
            "AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1")
        for reference, text in [("plain", text), ("same", same(statement))]:
            scripts[name, reference] = f"{folder}/{name}-{reference}.sql"
            with open(scripts[name, reference], "w") as file:
                file.write(f"\\set id random(1, {SESSIONS})\n{text};\n")

    single.end()

    postmaster = int(Path(sql("SHOW data_directory"), "postmaster.pid").read_text().split()[0])

    def measured(name, what):
        """A rate, and microseconds of processor time that each takes the server and the client."""
        server, client = server_time(postmaster), client_time(store.process.pid)
        if what == "store":
            rate = store.rate(name, SLICE)
            count = rate * SLICE
        else:
            count, rate = pgbench(database, scripts[name, what])
            # What its connections still do isn't the next one's.
            while sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'") != "0":
                pass
        server, client = server_time(postmaster) - server, client_time(store.process.pid) - client
        return rate, 1e6 * server / max(count, 1), 1e6 * client / max(count, 1)

    results = {name: [] for name in own}
    for number in range(ROUNDS + 1):
        for name in own:
            # In turn from both ends, so that the store neighbours both.
            order = ["plain", "store", "same"]
            round_ = {what: measured(name, what) for what in (reversed(order) if number % 2 else order)}
            # The first round warms up.
            if number and all(rate for rate, _, _ in round_.values()):
                results[name].append(round_)
    store.end()

    table = result.table(
        f"Rates, {CALLERS} callers, rows of {width} bytes, {ROUNDS} rounds of {SLICE} s each", "", "a second",
        "the server's processor time each", "the client's", "the store's rate of that", "by processor time")
    for name, rounds in results.items():
        def column(what, index):
            return [round_[what][index] for round_ in rounds]

        def row(what, label, *ratios):
            table.row(label, Figure.of(column(what, 0), ""), Figure.of(column(what, 1), "µs"),
                      Figure.of(column(what, 2), "µs"), *ratios)

        row("store", f"the store's {name}", "", "")
        for what, label in [("plain", f"`pgbench`, a plain {own[name]}"), ("same", "`pgbench`, the store's statement")]:
            by_rate = Figure.ratio(column("store", 0), column(what, 0))
            # Of two programs the one that takes half the time does twice as much in it.
            by_time = Figure.ratio(*([sum(round_[which][1:]) for round_ in rounds] for which in (what, "store")))
            row(what, label, by_rate, by_time)
            result.fact(f"postgres/{name}/of {what} pgbench", by_rate)
            result.fact(f"postgres/{name}/of {what} pgbench by processor time", by_time)
        result.reference(f"a plain {own[name]}", column("plain", 0))


# What updates leave behind.


def updates(database, count, size, kind, fillfactor=None):
    """Updates sessions in turn and returns what the table and the log are afterwards."""
    sql, row = database.sql, database.row
    # The first time the program makes the table, as the store does.
    if sql("SELECT to_regclass('sessions')"):
        sql("TRUNCATE sessions")
    if fillfactor:
        sql(f"ALTER TABLE sessions SET (fillfactor = {fillfactor})")
    toucher = subprocess.Popen(
        [PROGRAMS / "Touches", database.url, str(count), str(size)] + (["set"] if kind == "set" else []),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    toucher.stdout.readline()
    sql("VACUUM sessions")
    sql("CHECKPOINT")
    sql("SELECT pg_stat_reset()")
    before, start = row("SELECT pg_total_relation_size('sessions'), pg_current_wal_lsn()")
    toucher.stdin.write("go\n")
    toucher.stdin.flush()
    assert toucher.wait() == 0
    after, wal = row(f"SELECT pg_total_relation_size('sessions'), pg_wal_lsn_diff(pg_current_wal_lsn(), '{start}')")
    # The server counts what a connection did when it ends.
    for _ in range(1000):
        all_updates, hot = map(int, row(
            "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'sessions'"))
        if all_updates >= count:
            break
    return {
        "wal": int(wal) / count, "hot": 100 * hot / max(all_updates, 1), "before": int(before),
        "growth": int(after) / int(before), "vacuums": sql(
            "SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'sessions'"),
    }


def wal(result, database):
    table = result.table(
        f"{UPDATES:,} updates", "update", "bytes in the session", "bytes of WAL each", "HOT", "the table grew")
    for size in [100, 2000, 16000]:
        for kind in ["touch", "set"]:
            seen = updates(database, UPDATES, size, kind)
            table.row(kind, size, round(seen["wal"]), f"{seen['hot']:.1f} %", f"{seen['growth']:.2f}-fold")


def million(result, database):
    seen = updates(database, TOUCHES, 100, "touch")
    result.remark(
        f"{TOUCHES:,} touches of 1,000 sessions by {CALLERS} callers, autovacuum as by default: {seen['hot']:.2f} % HOT, "
        f"the table grew {seen['growth']:.2f}-fold with {seen['vacuums']} vacuums, {seen['wal']:,.0f} bytes of WAL each.")
    result.fact("postgres/growth in a million touches", round(seen["growth"], 2))


def fillfactor(result, database):
    updates(database, 1, 100, "touch")
    table = result.table(
        f"Fill factors, {2 * UPDATES:,} sets", "fill factor", "bytes in the session", "HOT", "bytes a session before", "after",
        "bytes of WAL each")
    for size in [100, 2000]:
        for factor in [100, 90, 80, 70, 60, 50, 40]:
            seen = updates(database, 2 * UPDATES, size, "set", factor)
            table.row(factor, size, f"{seen['hot']:.1f} %", round(seen["before"] / 1000),
                      round(seen["before"] * seen["growth"] / 1000), round(seen["wal"]))


PARTS = {"rates": rates, "wal": wal, "million": million, "fillfactor": fillfactor}


def main(chosen):
    for name in chosen or ["rates", "wal", "million"]:
        result = Result(f"postgres:{name}", "The PostgreSQL store by itself" + (
            ", 32 callers, against pgbench" if name == "rates" else f": {name}"))
        with Database() as database:
            PARTS[name](result, database)
        result.write()


if __name__ == "__main__":
    main(sys.argv[1:])
