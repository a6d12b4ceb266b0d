#!/usr/bin/env bash
# Measures what sessions cost, each part beside its reference in the same run, and makes a report of it.
# docs/benchmarks.md says how, and what each part prints.
#
# `run.sh` runs all parts, about 40 minutes; `run.sh PART …` runs these. What stands behind the first colon of a part is for
# it alone: `shop:memory:500`, `postgres:rates`, `peers:django`. Each part that ends keeps its results in the folder RESULTS,
# also where a later one fails or is interrupted. ROUNDS and SLICE (seconds) set how long is measured.
#
# Some parts run only when they are named: `growth`, `soak`, `sizing`, `profile`, `instructions`, and `postgres:fillfactor`.
# `run.sh report FOLDER` makes the report of a folder of results anew, and `run.sh docs FOLDER` also the pages of
# docs/benchmarks. `run.sh test` tests what computes and reports, without measuring.
set -euo pipefail
cd "$(dirname "$0")/.."

all="shop engine observers stores sqlite redis postgres contention memory peers"

build() { # a product of this folder's package
    (cd Benchmarks && swift build -c release --product "$1")
}

shop() {
    swift build -c release --enable-all-traits --product shop
}

module() { # a module with its arguments, in this folder
    (cd Benchmarks && "${interpreter:-python3}" -u -m "$@")
}

part() {
    # What stands behind the first colon.
    local detail
    detail=$(echo "$1" | cut -s -d: -f2-)
    set -- "${1%%:*}" ${detail:+"$detail"}
    case $1 in
    shop)
        Scripts/install.sh python3 wrk redis-server redis-cli postgresql libpq-dev
        shop
        ;;
    profile)
        Scripts/install.sh python3 wrk perf redis-server postgresql libpq-dev
        shop
        ;;
    peers)
        Scripts/install.sh python3 wrk redis-server postgresql libpq-dev go golang-github-gorilla-sessions-dev \
            golang-github-boj-redistore-dev puma ruby-rack ruby-redis-rack nginx php-fpm php-redis python3-venv
        shop
        local interpreter=$PWD/Benchmarks/.build/peers/bin/python
        [ -x "$interpreter" ] || python3 -m venv Benchmarks/.build/peers
        "$interpreter" -m pip install --quiet --requirement Benchmarks/peers/python/requirements.txt
        ;;
    engine | instructions)
        Scripts/install.sh python3
        [ "$1" = engine ] || Scripts/install.sh valgrind
        build Requests
        ;;
    observers)
        Scripts/install.sh python3
        build Observers
        ;;
    stores)
        Scripts/install.sh python3 libpq-dev
        build Stores
        ;;
    sqlite)
        Scripts/install.sh python3 cc libsqlite3-dev libpq-dev
        build Stores
        ;;
    redis)
        Scripts/install.sh python3 redis-server redis-benchmark libpq-dev
        build Stores
        build Footprint
        ;;
    postgres)
        Scripts/install.sh python3 postgresql libpq-dev
        build Stores
        build Touches
        ;;
    contention)
        Scripts/install.sh python3 redis-server
        build Contention
        ;;
    memory)
        Scripts/install.sh python3
        build Footprint
        ;;
    growth)
        Scripts/install.sh python3 redis-server postgresql libpq-dev
        build Load
        build Pauses
        ;;
    soak)
        Scripts/install.sh python3 redis-server postgresql libpq-dev
        shop
        ;;
    sizing)
        Scripts/install.sh python3 redis-server postgresql libpq-dev ss
        build Load
        ;;
    *)
        echo "run.sh: no part '$1'; there are $all, growth, soak, sizing, profile and instructions, and the commands report, docs and test" >&2
        return 64
        ;;
    esac
    module "parts.$1" "${@:2}"
}

case ${1:-} in
report | docs)
    [ $# -eq 2 ] || { echo "usage: run.sh $1 FOLDER" >&2 && exit 64; }
    folder=$(cd "$2" && pwd)
    module report "$folder" $([ "$1" = report ] || echo ../docs/benchmarks)
    exit
    ;;
test)
    module test
    exit
    ;;
esac

isWhole=
if [ $# -eq 0 ]; then
    isWhole=1
    # shellcheck disable=SC2086 # a list
    set -- $all
    RESULTS=${RESULTS:-Benchmarks/results/$(date +%Y-%m-%d-%H%M)}
fi
if [ -n "${RESULTS:-}" ]; then
    mkdir -p "$RESULTS"
    RESULTS=$(cd "$RESULTS" && pwd)
    export RESULTS
    [ -z "$isWhole" ] || trap 'echo "What is done is kept: Benchmarks/run.sh report $RESULTS" >&2; exit 130' INT TERM
fi
failed=
for name in "$@"; do
    # A process of its own: `set -e` counts in no function whose failure is looked at.
    if [ $# -eq 1 ] && [ -z "$isWhole" ]; then
        part "$name"
    else
        RESULTS=${RESULTS:-} "$0" "$name" || failed="$failed $name"
    fi
done
[ -z "$isWhole" ] || module report "$RESULTS"
[ -z "$failed" ] || { echo "These parts failed:$failed" >&2 && exit 1; }
