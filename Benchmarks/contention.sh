#!/usr/bin/env bash
# Updates of one session by 64 callers against sessions of their own, with SQLite and Redis (on the other core).
# SECONDS_EACH (default 18) for each store.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-18}
work=$(mktemp -d)
trap 'kill %1 2>/dev/null || true; rm -rf "$work"' EXIT

Scripts/install.sh redis-server redis-cli python3
(cd Benchmarks && swift build -c release --product Contention)

port=$(python3 -c 'import socket; free = socket.socket(); free.bind(("127.0.0.1", 0)); print(free.getsockname()[1])')
taskset -c 1 redis-server --port "$port" --bind 127.0.0.1 --save "" --dir "$work" >/dev/null &
until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done
taskset -c 0 Benchmarks/.build/release/Contention "$seconds" "redis://127.0.0.1:$port" "sqlite:$work/sessions.db" memory
