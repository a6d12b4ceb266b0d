#!/usr/bin/env bash
# Runs the steps of `make test`, or those of `make check`: test.sh all|check
#
# Each step runs even where one before it failed, within a time limit. The last lines name the steps and tests that failed.
set -uo pipefail
cd "$(dirname "$0")/.."
mode=${1:-all}
# Tests run beside each other and hold two thousand descriptors; many systems allow a thousand unless asked.
ulimit -Sn 8192 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
logs=$PWD/.build/test-logs
sources=$(make -s sources)
failures=()
current=

# What `ps` lists as started by process $1, directly or not, and the process itself.
tree() {
    ps -axo pid=,ppid= | awk -v root="$1" '
        { parent[$1] = $2 }
        END {
            for (pid in parent) {
                for (p = pid; p in parent && p != root; p = parent[p]) if (p == parent[p]) break
                if (p == root) print pid
            }
        }'
}

# Ends a process and all that it started.
end_tree() {
    local processes
    processes=$(tree "$1")
    # shellcheck disable=SC2086 # a list
    [ -z "$processes" ] || kill -KILL $processes 2>/dev/null
}

# Processes in the background don't hear an interrupt from the terminal.
interrupted() {
    [ -z "$current" ] || end_tree "$current"
    exit 130
}
trap interrupted INT TERM

# limited SECONDS COMMAND…: the command's status, or 124 where it was ended at the limit.
limited() {
    local end=$((SECONDS + $1)) status
    shift
    "$@" &
    current=$!
    while kill -0 "$current" 2>/dev/null; do
        if [ "$SECONDS" -ge "$end" ]; then
            end_tree "$current"
            wait "$current" 2>/dev/null
            current=
            return 124
        fi
        sleep 0.2
    done
    wait "$current"
    status=$?
    current=
    return "$status"
}

# The names of failed tests in a log; where the run broke off, also of those that had begun and not ended.
failed_tests() {
    sed -nE 's/^.*✘ Test (run with .*|case .*)$//;s/^.*✘ Test (.*) failed after [0-9.]+ seconds.*$/\1/p' "$1"
    grep -Eq '(✔|✘) Test run with ' "$1" && return
    awk '
        / Test .* started\.$/ { name = $0; sub(/^.* Test /, "", name); sub(/ started\.$/, "", name)
            if (name !~ /^run/ && name !~ /^case /) begun[name] = 1 }
        / Test .* (passed|failed) after / { name = $0; sub(/^.* Test /, "", name)
            sub(/( with [0-9]+ test cases?)? (passed|failed) after .*$/, "", name); delete begun[name] }
        END { for (name in begun) print name " (had not ended)" }' "$1"
}

# step NAME SECONDS COMMAND…
step() {
    local name=$1 limit=$2 begun=$SECONDS status log tests
    shift 2
    log=$logs/$(tr -c 'a-z0-9\n' '-' <<<"$name").log
    printf '\n== %s\n' "$name"
    exec 3>&1
    limited "$limit" "$@" > >(tee "$log" >&3) 2>&1
    status=$?
    # `tee` may still have to write the last lines.
    sleep 0.1
    exec 3>&-
    printf '== %s: %s after %d s\n' "$name" "$([ "$status" -eq 0 ] && echo passed || echo FAILED)" $((SECONDS - begun))
    [ "$status" -eq 0 ] && return 0
    case $status in
    124) failures+=("$name: was ended after $limit s, its time limit") ;;
    *) failures+=("$name: failed with status $status; its output is in ${log#"$PWD"/}") ;;
    esac
    while read -r tests; do
        [ -z "$tests" ] || failures+=("    $tests")
    done < <(failed_tests "$log" | sort -u)
    return 1
}

# Each seeded bug must still apply, or it proves nothing and nobody notices.
seeded_bugs() {
    local status=0 count=0 patch
    while read -r patch; do
        count=$((count + 1))
        # Within this folder: below another repository git would skip files without a word.
        GIT_CEILING_DIRECTORIES=$(dirname "$PWD") git apply --check --whitespace=nowarn "$patch" || {
            echo "$patch does not apply any more: write it anew" >&2
            status=1
        }
    done < <(find Tests/Mutants -name '*.patch' | sort)
    echo "$count seeded bugs looked at"
    [ "$count" -gt 0 ] && return "$status"
}

# shellcheck disable=SC2086 # a list
format() { swift format lint --strict --recursive $sources; }

# Every trait, also the one that is off by default; the Makefile's other builds have the same, so that none undoes another.
traits=--enable-all-traits

# The package manager hands our traits to the compiler in the order of a set: without this, in another order each time, which
# compiles everything anew. The tests themselves run without it.
build() { SWIFT_DETERMINISTIC_HASHING=1 swift build $traits --build-tests; }

tests() { swift test $traits --skip-build --disable-xctest "$@"; }

# A package of their own, which no other step looks at: a change of the API could break them unnoticed.
benchmarks() { (cd Benchmarks && SWIFT_DETERMINISTIC_HASHING=1 swift build) && Benchmarks/run.sh test; }

# The pages of the API: every link in them leads somewhere, and where one parameter is described, all are.
documentation() {
    local targets=() catalog
    for catalog in Sources/*/*.docc; do targets+=(--target "$(basename "$catalog" .docc)"); done
    SWIFT_DETERMINISTIC_HASHING=1 swift package $traits generate-documentation "${targets[@]}" --warnings-as-errors
}

mkdir -p "$logs"
case $mode in
all)
    cat <<'PLAN'
make test takes about 18 minutes from a clean clone and 9 once that is built, on two cores:

  seeded bugs    1 s     every patch of Tests/Mutants still applies
  servers       30 s     Redis, PostgreSQL, pgbouncer, libpq, openssl, nginx and Chromium are installed where they are missing
  axe-core       5 s     the rules of accessibility, from PyPI, where they are missing
  format         5 s     swift format
  build          5 min   everything in debug mode, dependencies too; seconds where little changed
  documentation 30 s     the pages of the API, all links resolved
  tests          2 min   engine, stores, servers, shop
  browser        1 min   the shop in Chromium, by axe-core's rules too (pictures are in .build/screenshots), and HTTP/2
  simulation     2 min   every order of a few requests
  chaos          2 min   shops that are killed while clients remember what they were told
  benchmarks     2 min   their programs are built; what they compute, and that their report is made

All steps run, each within a time limit; the last lines name what failed.
PLAN
    step "seeded bugs" 60 seeded_bugs
    step "servers" 600 Scripts/install.sh redis-server redis-cli redis-sentinel openssl postgresql pgbouncer libpq-dev \
        nginx chromium chromedriver python3 pip3
    step "axe-core" 300 Scripts/axe.sh
    step "format" 300 format
    # In four parts: the simulation takes every core, and what waits for a real server or a browser has deadlines. So has the
    # client that speaks HTTP/2: it gives a request 15 seconds, which on a slow machine it can need beside all other tests.
    if step "build" 3600 build; then
        step "documentation" 1800 documentation
        step "tests" 2400 tests --skip 'SimulationTests|ChaosTests|BrowserTests|HTTP2Tests'
        step "browser" 1200 tests --filter 'BrowserTests|HTTP2Tests'
        step "simulation" 2400 tests --filter SimulationTests
        step "chaos" 1200 tests --filter ChaosTests
        step "benchmarks" 1800 benchmarks
    else
        failures+=("documentation, tests, browser, simulation, chaos, benchmarks: not run, since the build failed")
    fi
    ;;
check)
    cat <<'PLAN'
make check takes under a minute once everything is built (the first time 5 minutes more), on two cores:

  libraries      1 s     libpq is installed where it is missing
  format         5 s     swift format
  build         40 s     what changed, and what depends on it: seconds where nothing did
  engine         5 s     the tests of Sources/Sessions in Tests/SessionsTests
PLAN
    step "libraries" 600 Scripts/install.sh libpq-dev
    step "format" 300 format
    if step "build" 3600 build; then
        step "engine" 300 tests --filter '^SessionsTests\.'
    else
        failures+=("engine: not run, since the build failed")
    fi
    ;;
*)
    echo "usage: $0 all|check" >&2
    exit 2
    ;;
esac

echo
if [ ${#failures[@]} -eq 0 ]; then
    echo "Everything passed."
else
    echo "FAILED:"
    printf '  %s\n' "${failures[@]}"
    exit 1
fi
