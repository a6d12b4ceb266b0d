#!/usr/bin/env bash
# Measures what sessions cost a server, as ratios of routes of the same server in the same run, and the memory of a session.
# The shop runs on one core and wrk on another, with 64 connections that all carry one session's cookie.
# Rounds (default 5) of four seconds a route; medians of the rounds' ratios.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5}

command -v wrk >/dev/null || { apt-get update -qq && apt-get install -y -qq wrk >/dev/null; }
swift build -c release --product shop
(cd Benchmarks && swift build -c release --product Footprint)

log=$(mktemp)
database=$(mktemp -d)
trap 'kill %1 2>/dev/null || true; rm -rf "$log" "$database"' EXIT

measure() { # store
    taskset -c 0 .build/release/shop --store "$1" --port 0 --lab >"$log" &
    until grep -q http "$log"; do sleep 0.1; done
    local url cookie
    url=$(grep -o 'http://[^ ]*' "$log")
    cookie=$(curl -si "${url}lab/update" | tr -d '\r' | sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p')
    rate() { taskset -c 1 wrk -t1 -c64 -d4s -H "Cookie: $cookie" "${url}lab/$1" | awk '/Requests\/sec/ { print $2 }'; }
    for _ in $(seq "$rounds"); do echo "$(rate bare) $(rate read) $(rate update)"; done >"$log.rates"
    kill %1 && wait %1
    for column in "read 2" "update 3"; do
        set -- "$1" $column
        awk -v c="$3" '{ print 100 * $c / $1 }' "$log.rates" | sort -n |
            awk -v name="$2" -v store="$1" '{ v[NR] = $1 } END { printf "%s: %s keeps %.0f %% of the bare route (%.0f to %.0f)\n", store, name, v[int((NR + 1) / 2)], v[1], v[NR] }'
    done
    awk '{ print $1 }' "$log.rates" | sort -n | awk '{ v[NR] = $1 } END { printf "  bare route: %.0f requests a second\n", v[int((NR + 1) / 2)] }'
    rm -f "$log.rates"
    : >"$log"
}

measure memory | sed 's/^/  /'
measure "sqlite:$database/bench.db" | sed "s|sqlite:[^ ]*:|sqlite:|; s/^/  /"
Benchmarks/.build/release/Footprint
