"""What the PostgreSQL store does against pgbench on the same server, and what its updates leave behind.

`postgres.py URL STORES TOUCHES [PART …]`: an empty database of a server on this machine, the two programs of this folder,
and the parts `rates`, `wal`, `million` and `fillfactor`; the first three if none is named. ROUNDS (12) and SLICE (2
seconds) set how long rates are measured, TOUCHES (1,000,000) and UPDATES (20,000) how many of them are counted.
"""

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

URL, STORES, TOUCHER = sys.argv[1:4]
PARTS = sys.argv[4:] or ["rates", "wal", "million"]
ROUNDS = int(os.environ.get("ROUNDS", 12))
SLICE = float(os.environ.get("SLICE", 2))
TOUCHES = int(os.environ.get("TOUCHES", 1_000_000))
UPDATES = int(os.environ.get("UPDATES", 20_000))
CALLERS = 32
SESSIONS = CALLERS * 16
TICKS = os.sysconf("SC_CLK_TCK")


def sql(text):
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", URL, "-c", text]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def row(text):
    return sql(text).split("|")


def quartiles(values):
    values = sorted(values)
    return statistics.quantiles(values, n=4) if len(values) > 1 else values * 3


# Rates.


def pgbench(script):
    """What pgbench gets done, in all and a second."""
    command = ["pgbench", "-n", "-M", "prepared", "-c", CALLERS, "-j", 2, "-T", max(round(SLICE), 1), "-f", script]
    command += [part for name, value in VARIABLES.items() for part in ["-D", f"{name}={value}"]] + [URL]
    output = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
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


# The parameters of the store's statements by number, as pgbench sends them.
PARAMETERS = [
    "lpad(to_hex(:id::int), 32, '0')::uuid", ":now::bigint", ":now::bigint", ":late::timestamptz", ":one::bigint",
    ":name::text", ":json::jsonb", ":bytes::bigint", ":count::bigint", ":attribute::bigint", ":session::bigint",
]
VARIABLES = {
    "now": int(time.time() * 1000), "late": "9999-01-01", "one": 1, "name": "cart", "json": '"' + "x" * 254 + '"',
    "bytes": 256, "count": 64, "attribute": 16384, "session": 65536,
}


def same(text):
    """A statement of the store's for the table `same`, as pgbench takes it."""
    text = text.replace('"public".sessions', "same")
    return re.sub(r"\$(\d+)", lambda number: PARAMETERS[int(number.group(1)) - 1], " ".join(text.split()))


def rates():
    """Slices of the store and of pgbench take turns, so that a change of the machine's speed meets both."""
    store = subprocess.Popen(
        [STORES, "paced", URL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"CALLERS": str(CALLERS)})
    store.stdout.readline()

    def stored(name, seconds=SLICE):
        store.stdin.write(f"{name} {seconds}\n")
        store.stdin.flush()
        return float(store.stdout.readline())

    width = int(sql("SELECT round(avg(pg_column_size(s.*))) FROM sessions AS s"))
    sql(f"""CREATE TABLE raw (id int PRIMARY KEY, n bigint NOT NULL, payload text) WITH (fillfactor = 60);
        INSERT INTO raw SELECT id, 0, repeat('x', {width - 40}) FROM generate_series(1, {SESSIONS}) AS id;
        CREATE TABLE same (LIKE sessions INCLUDING ALL) WITH (fillfactor = 60);
        INSERT INTO same SELECT * FROM sessions LIMIT {SESSIONS};
        UPDATE same AS s SET id = lpad(to_hex(numbered.n::int), 32, '0')::uuid
            FROM (SELECT id, row_number() OVER () AS n FROM same) AS numbered WHERE s.id = numbered.id""")
    sql("VACUUM same")
    folder = tempfile.mkdtemp()
    scripts = {}
    own = {"loads": "SELECT", "commits": "UPDATE"}
    for name, text in [("loads", "SELECT * FROM raw WHERE id = :id"), ("commits", "UPDATE raw SET n = n + 1 WHERE id = :id")]:
        # The first slices open connections and prepare statements, and then the server shows their text.
        stored(name)
        statement = sql(f"SELECT query FROM pg_stat_activity WHERE query LIKE '{own[name]}%\"public\".sessions AS s%' LIMIT 1")
        for reference, text in [("plain", text), ("same", same(statement))]:
            scripts[name, reference] = f"{folder}/{name}-{reference}.sql"
            with open(scripts[name, reference], "w") as file:
                file.write(f"\\set id random(1, {SESSIONS})\n{text};\n")

    postmaster = int(Path(sql("SHOW data_directory"), "postmaster.pid").read_text().split()[0])

    def measured(name, what):
        """A rate, and microseconds of processor time that each takes the server and the client."""
        server, client = server_time(postmaster), client_time(store.pid)
        if what == "store":
            rate = stored(name)
            count = rate * SLICE
        else:
            count, rate = pgbench(scripts[name, what])
            # What its connections still do isn't the next one's.
            while sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench'") != "0":
                pass
        server, client = server_time(postmaster) - server, client_time(store.pid) - client
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
    store.stdin.close()
    store.wait()
    print(f"  {CALLERS} callers, rows of {width} bytes, {ROUNDS} rounds of {SLICE:g} seconds each; the machine's load is "
          f"{os.getloadavg()[0]:.1f}")
    for name, rounds in results.items():
        def median(what, index):
            return statistics.median(round_[what][index] for round_ in rounds)

        print(f"  {name}: {median('store', 0):,.0f} a second; {median('store', 1):.0f} µs of the server's processor time each and "
              f"{median('store', 2):.0f} of the client's")
        for what, of in [("plain", f"plain {own[name]} (target: 70 %)"), ("same", "pgbench with the store's statement")]:
            rates_ = quartiles([100 * round_["store"][0] / round_[what][0] for round_ in rounds])
            times = quartiles([100 * sum(round_[what][1:]) / sum(round_["store"][1:]) for round_ in rounds])
            print(f"    of {of}: {rates_[1]:.0f} % ({rates_[0]:.0f}–{rates_[2]:.0f}) of {median(what, 0):,.0f} a second; by processor "
                  f"time {times[1]:.0f} % ({times[0]:.0f}–{times[2]:.0f}) of {median(what, 1):.0f} + {median(what, 2):.0f} µs")


# What updates leave behind.


def updates(count, size, kind, fillfactor=None):
    """Updates sessions in turn and returns what the table and the log are afterwards."""
    # The first time the program makes the table, as the store does.
    if sql("SELECT to_regclass('sessions')"):
        sql("TRUNCATE sessions")
    if fillfactor:
        sql(f"ALTER TABLE sessions SET (fillfactor = {fillfactor})")
    toucher = subprocess.Popen(
        [TOUCHER, URL, str(count), str(size)] + (["set"] if kind == "set" else []),
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


def wal():
    for size in [100, 2000, 16000]:
        for kind in ["touch", "set"]:
            seen = updates(UPDATES, size, kind)
            print(f"  {kind}, {size:>6,} bytes in the session: {seen['wal']:,.0f} bytes of WAL each, "
                  f"{seen['hot']:.1f} % HOT, the table grew {seen['growth']:.2f}-fold")


def million():
    seen = updates(TOUCHES, 100, "touch")
    print(f"  {TOUCHES:,} touches of 1,000 sessions by {CALLERS} callers, autovacuum as by default: {seen['hot']:.2f} % HOT, "
          f"the table grew {seen['growth']:.2f}-fold (stated: 4.00 at most; {seen['vacuums']} vacuums), {seen['wal']:,.0f} bytes "
          "of WAL each")


def fillfactor():
    updates(1, 100, "touch")
    for size in [100, 2000]:
        for factor in [100, 90, 80, 70, 60, 50, 40]:
            seen = updates(2 * UPDATES, size, "set", factor)
            print(f"  fillfactor {factor}, {size:>5,} bytes: {seen['hot']:.1f} % HOT, {seen['before'] / 1000:,.0f} bytes a "
                  f"session before, {seen['before'] * seen['growth'] / 1000:,.0f} after, {seen['wal']:,.0f} of WAL each")


for part in PARTS:
    {"rates": rates, "wal": wal, "million": million, "fillfactor": fillfactor}[part]()
    sys.stdout.flush()
