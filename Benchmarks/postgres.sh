#!/usr/bin/env bash
# What the PostgreSQL store does against pgbench on the same server in the same run, with PostgreSQL's default durability;
# then how its updates are written. `postgres.sh [PART …]`: postgres.py names the parts.
set -euo pipefail
cd "$(dirname "$0")/.."
port=${PORT:-17992}

Scripts/install.sh postgresql libpq-dev python3
(cd Benchmarks && swift build -c release --product Stores && swift build -c release --product Touches)
programs=${BINARIES:-$PWD/Benchmarks/.build/release}

server=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$server" ] || server=$(dirname "$(readlink -f "$(command -v postgres)")")
work=$(mktemp -d)
chmod 755 "$work"
as_user() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid postgres --regid postgres --init-groups "$@"; else "$@"; fi; }
mkdir "$work/data"
[ "$(id -u)" -ne 0 ] || chown postgres:postgres "$work/data"
as_user "$server/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale C >/dev/null
(cd / && as_user "$server/postgres" -D "$work/data" -c port="$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c track_activity_query_size=16384 -c shared_buffers=256MB -c max_wal_size=4GB \
    >"$work/log" 2>&1) &
trap 'kill -INT "$(head -1 "$work/data/postmaster.pid")" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
for _ in $(seq 300); do "$server/pg_isready" -q -h 127.0.0.1 -p "$port" && break || sleep 0.2; done
python3 -u Benchmarks/postgres.py "postgres://postgres@127.0.0.1:$port/postgres" \
    "$programs/Stores" "$programs/Touches" "$@"
