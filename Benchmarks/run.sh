#!/usr/bin/env bash
# Measures what sessions cost a server, as ratios of routes of the same server in the same run; what the engine costs a
# request by itself, and with observers; what the stores do by themselves; updates that meet at one session; and the memory
# of a session.
# docs/benchmarks.md says how.
#
# `run.sh` runs the parts shop, engine, observers, stores, redis, postgres, contention and memory; `run.sh PART …` these
# parts alone. One table of the shop is `shop:STORE:VISITORS` (`shop:memory:500`), one part of PostgreSQL's is `postgres:rates`.
# ROUNDS and SLICE (seconds) set how long is measured. Three parts run only when they are named: `profile` (or
# `profile:STORE:VISITORS`) says where a request spends its time, `instructions` counts those of the engine, which also
# works on a busy machine, and `peers` (or `peers:NAME`) measures other session systems.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() { # product of this folder's package
    (cd Benchmarks && swift build -c release --product "$1")
}

shop() { # commands that it needs
    Scripts/install.sh python3 wrk "$@"
    swift build -c release --enable-all-traits --product shop
    python3 Benchmarks/shop/figures.py
}

[ $# -gt 0 ] || set -- shop engine observers stores redis postgres contention memory
for part in "$@"; do
    # What stands behind the first colon is for the part.
    detail=$(echo "$part" | cut -s -d: -f2-)
    case $part in
    shop | shop:*)
        shop redis-server postgresql libpq-dev
        echo "A route of the shop with sessions against the same route without:"
        # shellcheck disable=SC2086 # left out where it is empty
        python3 -u Benchmarks/shop/measure.py $detail
        ;;
    profile | profile:*)
        shop perf redis-server
        # shellcheck disable=SC2086
        python3 -u Benchmarks/shop/sampling.py $detail
        ;;
    peers | peers:*)
        shop redis-server go golang-github-gorilla-sessions-dev golang-github-boj-redistore-dev puma ruby-rack \
            ruby-redis-rack nginx php-fpm php-redis python3-venv
        environment=Benchmarks/.build/peers
        [ -x "$environment/bin/pip" ] || python3 -m venv "$environment"
        "$environment/bin/pip" install --quiet --requirement Benchmarks/peers/python/requirements.txt
        echo "What sessions add to a request in other session systems, in the same run:"
        # shellcheck disable=SC2086
        "$environment/bin/python" -u Benchmarks/peers/measure.py $detail
        ;;
    engine)
        build Requests
        echo "The engine by itself, a request, with the memory store:"
        Benchmarks/.build/release/Requests
        ;;
    instructions)
        Scripts/install.sh python3 valgrind
        build Requests
        echo "The engine by itself, with the memory store:"
        python3 -u Benchmarks/shop/instructions.py Benchmarks/.build/release/Requests
        ;;
    observers)
        build Observers
        echo "What observers add to a request, with the memory store:"
        Benchmarks/.build/release/Observers
        ;;
    stores)
        Scripts/install.sh libpq-dev
        build Stores
        echo "The stores by themselves, 64 callers:"
        Benchmarks/.build/release/Stores 9 memory "sqlite:$work/full.db" "sqlite-normal:$work/normal.db"
        ;;
    redis)
        echo "The Redis store by itself, 64 callers, against redis-benchmark:"
        Benchmarks/redis.sh
        ;;
    postgres | postgres:*)
        echo "The PostgreSQL store by itself, 32 callers, against pgbench; then what its updates leave behind:"
        # shellcheck disable=SC2086
        Benchmarks/postgres.sh $detail
        ;;
    contention)
        echo "Updates by 64 callers through the engine:"
        Benchmarks/contention.sh
        ;;
    memory)
        build Footprint
        echo "The memory store:"
        Benchmarks/.build/release/Footprint
        ;;
    *)
        echo "run.sh: no part '$part'; there are shop, engine, observers, stores, redis, postgres, contention, memory, peers, profile and instructions" >&2
        exit 64
        ;;
    esac
done
