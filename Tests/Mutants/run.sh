#!/usr/bin/env bash
# Seeds each bug of this folder into a copy of the engine, and sees that the tests catch it; one in another target is seeded
# into a copy of the whole package, whose first build takes minutes.
#
# run.sh            all of them
# run.sh 01 17      those whose file names begin so
#
# A bug that does not apply, or does not compile, is an error: the list has to move with the engine. A test run that hangs
# is bounded, and counts as a catch by the name "hangs".
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD

# The file that a bug is in.
place() { grep -m1 '^+++ b/' "$1" | cut -c7-; }

# The target that tests another one.
suites() {
    case $1 in
    SessionsPostgresClient) echo SessionsPostgresTests ;;
    *) echo "$1Tests" ;;
    esac
}

# use FILE: the copy for bugs of this file, and the tests that must catch them: a few first, then all
use() {
    case $1 in
    Sources/Sessions/*)
        copy=$root/.build-mutants manifest=Tests/Mutants/Package.swift traits=""
        folders=(Sources/Sessions Sources/SessionsTesting Tests docs)
        quick="SessionsTests|ScenarioTests|PairTests/pair" all="SessionsTests|SimulationTests"
        ;;
    *)
        copy=$root/.build-mutants-package manifest=Package.swift traits=--enable-all-traits
        folders=(Sources Tests Examples docs)
        quick="^$(suites "$(cut -d/ -f2 <<<"$1")")\\." all=$quick
        ;;
    esac
    mkdir -p "$copy"
    refresh
    case " $proven " in *" $copy $quick "*) return ;; esac
    build || { cat "$copy/build.log"; echo "what has no bug does not build"; exit 1; }
    run 20 "$quick" || {
        grep -E '^(✘|↳|  replay)' "$copy/test.log"
        echo "what has no bug fails its tests"
        exit 1
    }
    grep -Eq 'Test run with [1-9][0-9]* tests? ' "$copy/test.log" || {
        echo "no test is called $quick, so none could catch anything"
        exit 1
    }
    proven+="$copy $quick "
}
proven=""

# The copy keeps its build folder, so only what differs is written.
refresh() {
    (cd "$copy" && find Sources Tests Examples docs -type f 2>/dev/null || true) | while read -r file; do
        [ -e "$root/$file" ] || rm -f "$copy/$file"
    done
    (cd "$root" && find "${folders[@]}" -type f -not -name '*.patch') |
        while read -r file; do
            cmp -s "$root/$file" "$copy/$file" && continue
            mkdir -p "$copy/$(dirname "$file")"
            cp -p "$root/$file" "$copy/$file"
        done
    cmp -s "$manifest" "$copy/Package.swift" || cp "$manifest" "$copy/Package.swift"
    # With the dependencies that the package itself was built with, where it was.
    if [ "$manifest" = Package.swift ] && [ -e Package.resolved ] && ! cmp -s Package.resolved "$copy/Package.resolved"; then
        cp Package.resolved "$copy/Package.resolved"
    fi
}

# shellcheck disable=SC2086 # no traits are no argument
build() { (cd "$copy" && SWIFT_DETERMINISTIC_HASHING=1 swift build $traits --build-tests >"$copy/build.log" 2>&1); }

# run LIMIT SUITES: at most LIMIT schedules of each scenario
run() {
    local end=$((SECONDS + 300)) runner
    # shellcheck disable=SC2086 # no traits are no argument
    (cd "$copy" && SIMULATION_LIMIT=$1 exec swift test $traits --skip-build --skip "DocumentationTests|SourceRuleTests" --filter "$2" >"$copy/test.log" 2>&1) &
    runner=$!
    while kill -0 "$runner" 2>/dev/null; do
        if [ "$SECONDS" -ge "$end" ]; then
            end_tree "$runner"
            wait "$runner" 2>/dev/null || true
            return 124
        fi
        sleep 0.2
    done
    wait "$runner"
}

# Ends a process and all that it started: the tests are in a process group of their own.
end_tree() {
    local processes
    processes=$(ps -axo pid=,ppid= | awk -v root="$1" '
        { parent[$1] = $2 }
        END {
            for (pid in parent) {
                for (p = pid; p in parent && p != root; p = parent[p]) if (p == parent[p]) break
                if (p == root) print pid
            }
        }')
    # shellcheck disable=SC2086 # a list
    [ -z "$processes" ] || kill -KILL $processes 2>/dev/null || true
}

# The first name that came in, and how many more.
first() {
    awk '!seen[$0]++ { count++; if (count == 1) name = $0 }
        END { if (count) printf("%s%s", name, (count > 1 ? sprintf(" (and %d more)", count - 1) : "")) }'
}

# What failed of the simulation is a scenario, of the other tests the test.
simulation() { sed -nE 's/.*✘ Test .* with 1 argument scenario → (.*) at [A-Za-z]+\.swift:.*/\1/p' "$copy/test.log" | first; }
guarantee() {
    grep -av '1 argument scenario' "$copy/test.log" |
        sed -nE 's/.*✘ Test "(.*)" recorded an issue.*/\1/p;s/.*✘ Test ([a-zA-Z]+\(.*\)) recorded an issue.*/\1/p' | first
}

survivors=0
total=0
printf '| bug | breaks | caught by a test of a guarantee | caught by the simulation | s |\n| --- | --- | --- | --- | ---: |\n'
for patch in Tests/Mutants/*.patch; do
    name=$(basename "$patch" .patch)
    if [ $# -gt 0 ]; then
        chosen=false
        for wanted in "$@"; do case $name in "$wanted"*) chosen=true ;; esac; done
        $chosen || continue
    fi
    total=$((total + 1))
    file=$(place "$patch")
    use "$file"
    begun=$SECONDS
    # Outside of any repository's reach: exactly these lines, or not at all.
    (cd "$copy" && GIT_CEILING_DIRECTORIES=$root git apply --whitespace=nowarn "$root/$patch") || {
        echo "$name does not apply any more: write it anew" >&2
        exit 1
    }
    if cmp -s "$file" "$copy/$file"; then
        echo "$name changed nothing" >&2
        exit 1
    fi
    build || { cat "$copy/build.log"; echo "$name does not compile, so it proves nothing" >&2; exit 1; }
    status=0
    run 60 "$quick" || status=$?
    if [ "$status" -eq 0 ]; then run 1000000000 "$all" || status=$?; fi
    by_guarantee=$(guarantee) by_simulation=$(simulation)
    if [ "$status" -eq 0 ]; then
        survivors=$((survivors + 1))
        by_simulation="**survives**"
    elif [ -z "$by_guarantee$by_simulation" ]; then
        by_guarantee="hangs or crashes ($status)"
    fi
    printf '| %s | %s | %s | %s | %d |\n' "$name" "$(head -1 "$patch")" "${by_guarantee:-—}" "${by_simulation:-—}" \
        $((SECONDS - begun))
    refresh
done
echo
echo "$((total - survivors)) of $total seeded bugs caught"
[ "$total" -gt 0 ] && [ "$survivors" -eq 0 ]
