#!/usr/bin/env bash
# Runs the tests ROUNDS times beside eight busy loops, and names what failed and how often: nothing may depend on how fast
# the machine is. FILTER chooses tests, all of them unless set.
set -uo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-10}
filter=${FILTER:-.}
logs=$PWD/.build/stress-logs
mkdir -p "$logs"
rm -f "$logs"/*.log

SWIFT_DETERMINISTIC_HASHING=1 swift build --enable-all-traits --build-tests || exit 1

# Each ends by itself when this script does, however that ends.
script=$$
loops=()
trap '[ ${#loops[@]} -eq 0 ] || kill "${loops[@]}" 2>/dev/null' EXIT
trap 'exit 130' INT TERM
for _ in 1 2 3 4 5 6 7 8; do
    (trap - EXIT; while kill -0 "$script" 2>/dev/null; do :; done) &
    loops+=($!)
done

failed=0
for ((round = 1; round <= rounds; round++)); do
    log=$logs/$round.log
    begun=$SECONDS
    if swift test --enable-all-traits --skip-build --disable-xctest --filter "$filter" >"$log" 2>&1 &&
        grep -Eq '✔.* Test run with [1-9]' "$log"; then
        echo "round $round of $rounds passed after $((SECONDS - begun)) s"
    else
        failed=$((failed + 1))
        echo "round $round of $rounds FAILED after $((SECONDS - begun)) s:"
        sed -nE 's/^.*✘.* Test (run with .*|case .*)$//;s/^.*✘.* Test (.*) (failed after|recorded an issue at) .*/    \1/p' "$log" | sort -u
    fi
done
echo "$failed of $rounds rounds failed; the output of each is in ${logs#"$PWD"/}"
[ "$failed" -eq 0 ]
