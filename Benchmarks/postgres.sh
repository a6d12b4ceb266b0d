#!/usr/bin/env bash
# What the PostgreSQL store does against pgbench on the same server in the same run, with PostgreSQL's default durability;
# then how touches are written: as HOT updates, with how much growth of the table, and with how many bytes of WAL.
# ROUNDS (default 3) of SECONDS (default 6); TOUCHES (default 1,000,000).
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-6}
touches=${TOUCHES:-1000000}
port=${PORT:-17992}
callers=32

Scripts/install.sh postgresql libpq-dev
(cd Benchmarks && swift build -c release --product Stores && swift build -c release --product Touches)
stores=$PWD/Benchmarks/.build/release/Stores
toucher=$PWD/Benchmarks/.build/release/Touches

programs=$(dirname "$(command -v postgres || ls -d /usr/lib/postgresql/*/bin/postgres | sort -V | tail -1)")
work=$(mktemp -d)
chmod 755 "$work"
as_user() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid postgres --regid postgres --init-groups "$@"; else "$@"; fi; }
mkdir "$work/data"
[ "$(id -u)" -ne 0 ] || chown postgres:postgres "$work/data"
as_user "$programs/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale C >/dev/null
(cd / && as_user "$programs/postgres" -D "$work/data" -c port="$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c shared_buffers=256MB -c max_wal_size=4GB >"$work/log" 2>&1) &
server=$!
trap 'kill -INT $(head -1 "$work/data/postmaster.pid") 2>/dev/null || true; wait "$server" || true; rm -rf "$work"' EXIT
until "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"; do sleep 0.1; done
url=postgres://postgres@127.0.0.1:$port/postgres
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$url" -c "$1"; }

# A store's table, whose rows the other one is made as wide as.
CALLERS=$callers "$stores" 0.3 "$url" >/dev/null
width=$(sql "SELECT round(avg(pg_column_size(s.*))) FROM sessions AS s")
sql "CREATE TABLE raw (id int PRIMARY KEY, n bigint, payload text) WITH (fillfactor = 80);
    INSERT INTO raw SELECT id, 0, repeat('x', $width - 40) FROM generate_series(1, $((callers * 16))) AS id"
printf '\\set id random(1, %d)\nSELECT * FROM raw WHERE id = :id;\n' $((callers * 16)) >"$work/select.sql"
printf '\\set id random(1, %d)\nUPDATE raw SET n = n + 1 WHERE id = :id;\n' $((callers * 16)) >"$work/update.sql"
raw() { pgbench -n -M prepared -c $callers -j 2 -T "$seconds" -f "$work/$1.sql" "$url" 2>/dev/null | awk '/^tps/ { printf "%d", $3 }'; }
for _ in $(seq "$rounds"); do
    selects=$(raw select)
    updates=$(raw update)
    CALLERS=$callers "$stores" $((2 * seconds)) "$url" |
        awk -v selects="$selects" -v updates="$updates" '{
            printf "  loads: %d a second, %.0f %% of SELECTs (%d)\n", $2, 100 * $2 / selects, selects
            printf "  commits: %d a second, %.0f %% of UPDATEs (%d)\n", $5, 100 * $5 / updates, updates }'
done

# touching COUNT BYTES [set]: prints the size of the table before and after, the HOT updates and the bytes of WAL.
touching() {
    sql "TRUNCATE sessions; SELECT pg_stat_reset()" >/dev/null
    coproc toucher { exec "$toucher" "$url" "$@"; }
    local pid=$toucher_PID ready before after
    read -r ready <&"${toucher[0]}"
    sql "VACUUM sessions; CHECKPOINT"
    before=$(sql "SELECT pg_total_relation_size('sessions') || ' ' || pg_current_wal_lsn()")
    echo go >&"${toucher[1]}"
    wait "$pid"
    sleep 1.5 # The server counts what a connection did a second after it.
    after=$(sql "SELECT pg_total_relation_size('sessions'), pg_current_wal_lsn() - '${before#* }'::pg_lsn,
        (SELECT n_tup_upd || ' ' || n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'sessions')" | tr '|' ' ')
    echo "$1 $2 ${before%% *} $after" | awk -v kind="${3:-touch}" '{
        printf "  %s of a session with %s bytes: %d bytes of WAL, %.1f %% HOT, the table grew by a factor of %.2f in %d\n",
            kind, $2, $5 / $1, 100 * $7 / $6, $4 / $3, $1 }'
}
for bytes in 100 2000 16000; do
    touching 20000 $bytes
    touching 20000 $bytes set
done
touching "$touches" 100
