#!/usr/bin/env bash
# What the Redis store does against redis-benchmark in the same run, and the memory of a session.
# Redis runs on one core and the callers on another. ROUNDS (default 3) of six seconds; ratios by round.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-3}
port=${PORT:-17991}

Scripts/install.sh redis-server redis-cli redis-benchmark
(cd Benchmarks && swift build -c release --product Stores && swift build -c release --product Footprint)

taskset -c 1 redis-server --port "$port" --bind 127.0.0.1 --save "" >/dev/null &
trap 'kill %1 2>/dev/null || true' EXIT
until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done

raw() { taskset -c 0 redis-benchmark -p "$port" -c 64 -P 1 -n 300000 -d 256 -r 1000 -t "$1" --csv | tail -1 | cut -d, -f2 | tr -d '"'; }
for _ in $(seq "$rounds"); do
    set=$(raw set)
    get=$(raw get)
    taskset -c 0 Benchmarks/.build/release/Stores 6 "redis://127.0.0.1:$port" |
        awk -v get="$get" -v set="$set" '{
            printf "  loads: %d a second, %.0f %% of GETs (%d)\n", $2, 100 * $2 / get, get
            printf "  commits: %d a second, %.0f %% of SETs (%d)\n", $5, 100 * $5 / set, set }'
done
Benchmarks/.build/release/Footprint "redis://127.0.0.1:$port"
