"""What the PostgreSQL store does against pgbench on the same server, and what its updates leave behind.

`postgres.py URL STORES TOUCHES [PART …]`: an empty database, the two programs of this folder, and the parts `rates`, `wal`,
`million` and `fillfactor`; the first three if none is named. ROUNDS (12) and SLICE (2 seconds) set how long rates are
measured, TOUCHES (1,000,000) and UPDATES (20,000) how many of them are counted.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile

URL, STORES, TOUCHER = sys.argv[1:4]
PARTS = sys.argv[4:] or ["rates", "wal", "million"]
ROUNDS = int(os.environ.get("ROUNDS", 12))
SLICE = float(os.environ.get("SLICE", 2))
TOUCHES = int(os.environ.get("TOUCHES", 1_000_000))
UPDATES = int(os.environ.get("UPDATES", 20_000))
CALLERS = 32
SESSIONS = CALLERS * 16


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
    command = ["pgbench", "-n", "-M", "prepared", "-c", CALLERS, "-j", 2, "-T", max(round(SLICE), 1), "-f", script, URL]
    output = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    # None where it got no time at all.
    found = re.search(r"^tps = ([0-9.]+)", output, re.M)
    return float(found.group(1)) if found else 0


def rates():
    """Slices of the store and of pgbench take turns, so that a change of the machine's speed meets both."""
    store = subprocess.Popen(
        [STORES, "paced", URL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"CALLERS": str(CALLERS)})
    store.stdout.readline()
    width = int(sql("SELECT round(avg(pg_column_size(s.*))) FROM sessions AS s"))
    sql(f"""CREATE TABLE raw (id int PRIMARY KEY, n bigint NOT NULL, payload text) WITH (fillfactor = 60);
        INSERT INTO raw SELECT id, 0, repeat('x', {width - 40}) FROM generate_series(1, {SESSIONS}) AS id""")
    folder = tempfile.mkdtemp()
    scripts = {}
    for name, text in [("loads", "SELECT * FROM raw WHERE id = :id"), ("commits", "UPDATE raw SET n = n + 1 WHERE id = :id")]:
        scripts[name] = f"{folder}/{name}.sql"
        with open(scripts[name], "w") as file:
            file.write(f"\\set id random(1, {SESSIONS})\n{text};\n")

    def stored(name):
        store.stdin.write(f"{name} {SLICE}\n")
        store.stdin.flush()
        return float(store.stdout.readline())

    results = {"loads": [], "commits": []}
    for number in range(ROUNDS + 1):
        for name in results:
            if number % 2:
                ours, theirs = stored(name), pgbench(scripts[name])
            else:
                theirs, ours = pgbench(scripts[name]), stored(name)
            # The first round opens connections and prepares statements.
            if number and theirs:
                results[name].append((ours, theirs))
    store.stdin.close()
    store.wait()
    print(f"  {CALLERS} callers, rows of {width} bytes, {len(results['commits'])} pairs of {SLICE:g} seconds; the machine's load is "
          f"{os.getloadavg()[0]:.1f}")
    for name, statement in [("loads", "SELECTs"), ("commits", "UPDATEs")]:
        pairs = results[name]
        low, middle, high = quartiles([100 * ours / theirs for ours, theirs in pairs])
        print(f"  {name}: {statistics.median(ours for ours, _ in pairs):,.0f} a second, {middle:.0f} % ({low:.0f}–{high:.0f}) "
              f"of pgbench's {statistics.median(theirs for _, theirs in pairs):,.0f} {statement} (target: 70 %)")


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
          f"the table grew {seen['growth']:.2f}-fold ({seen['vacuums']} vacuums), {seen['wal']:,.0f} bytes of WAL each")


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
