#!/usr/bin/env bash
# Measures what sessions cost a server, as ratios of routes of the same server in the same run; what the engine costs a
# request by itself; what the stores do by themselves; and the memory of a session.
#
# The shop runs on one core and wrk on another, with 64 connections. ROUNDS (default 9) of two seconds a route, in turn;
# medians of the rounds' ratios, with the least and the most. `run.sh shop|engine|stores|redis|memory …` runs these parts
# alone.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-9}
parts=${*:-shop engine stores redis memory}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

# Median, least and most of the numbers on standard input, through a printf format.
median() { # format
    sort -n | awk -v format="$1\n" '{ v[NR] = $1 } END { printf format, v[int((NR + 1) / 2)], v[1], v[NR] }'
}

shop() { # store visitors
    taskset -c 0 .build/release/shop --store "$1" --port 0 --lab >"$work/log" &
    local pid=$!
    until grep -q http "$work/log"; do sleep 0.1; done
    local url
    url=$(grep -o 'http://[^ ]*' "$work/log")
    for _ in $(seq "$2"); do
        curl -si "${url}lab/update" | tr -d '\r' | sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p'
    done >"$work/cookies"
    local options=(-H "Cookie: $(head -1 "$work/cookies")")
    [ "$2" = 1 ] || options=(-s Benchmarks/visitors.lua)
    ticks() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; } # of processor time, a hundred a second
    load() {                                                # route: requests a second, and microseconds of processor time a request
        local before after
        before=$(ticks)
        COOKIES="$work/cookies" taskset -c 1 wrk -t1 -c64 -d2s "${options[@]}" "${url}lab/$1" >"$work/wrk"
        after=$(ticks)
        awk -v ticks=$((after - before)) '/requests in/ { n = $1 } /Requests\/sec/ { r = $2 } END { print r, ticks * 10000 / n }' "$work/wrk"
    }
    for _ in $(seq "$rounds"); do echo "$(load bare) $(load read) $(load update)"; done >"$work/rates"
    kill "$pid" && wait "$pid"
    : >"$work/log"
    echo "  ${1%%:*}, $2 visitor(s):"
    awk '{ print 100 * $3 / $1 }' "$work/rates" | median "    read keeps %.0f %% of the bare route (%.0f to %.0f)"
    awk '{ print 100 * $5 / $1 }' "$work/rates" | median "    update keeps %.0f %% of the bare route (%.0f to %.0f)"
    awk '{ print 100 * $2 / $4 }' "$work/rates" | median "    by processor time a request: read %.0f %% (%.0f to %.0f)"
    awk '{ print 100 * $2 / $6 }' "$work/rates" | median "    by processor time a request: update %.0f %% (%.0f to %.0f)"
    awk '{ print $1 }' "$work/rates" | median "    the bare route: %.0f requests a second (%.0f to %.0f)"
}

for part in $parts; do
    case $part in
    shop)
        Scripts/install.sh wrk curl redis-server redis-cli
        swift build -c release --product shop
        echo "A route of the shop with sessions against the same route without:"
        shop memory 1
        shop "sqlite:$work/shop.db" 64
        # Beside wrk: the shop has its core to itself.
        port=$((20000 + RANDOM % 20000))
        taskset -c 1 redis-server --port "$port" --bind 127.0.0.1 --save "" >/dev/null &
        redis=$!
        until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.1; done
        shop "redis://127.0.0.1:$port" 64
        kill "$redis" && wait "$redis" || true
        ;;
    engine)
        (cd Benchmarks && swift build -c release --product Requests)
        echo "The engine by itself, a request, with the memory store:"
        Benchmarks/.build/release/Requests
        ;;
    stores)
        (cd Benchmarks && swift build -c release --product Stores)
        echo "The stores by themselves, 64 callers:"
        Benchmarks/.build/release/Stores 9 memory "sqlite:$work/full.db" "sqlite-normal:$work/normal.db"
        ;;
    redis)
        echo "The Redis store by itself, 64 callers, against redis-benchmark:"
        Benchmarks/redis.sh
        ;;
    memory)
        (cd Benchmarks && swift build -c release --product Footprint)
        echo "The memory store:"
        Benchmarks/.build/release/Footprint
        ;;
    *)
        echo "run.sh: no part '$part'; there are shop, engine, stores, redis and memory" >&2
        exit 64
        ;;
    esac
done
