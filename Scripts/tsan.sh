#!/usr/bin/env bash
# Runs tests of the engine and the stores under the thread sanitizer: tsan.sh FILTER
#
# In a copy, in which each target that uses `Mutex` gets one of POSIX threads: the sanitizer doesn't see the standard
# library's on Linux, and would report whatever it guards.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
copy=$root/.build-tsan/package
mkdir -p "$copy"

# The copy keeps its build folder, so only what differs is written.
(cd "$copy" && find . -type f -not -path './.build/*' -not -name Package.resolved -not -name Package.swift) |
    while read -r file; do
        [ -e "$root/$file" ] || [ "$(basename "$file")" = Mutex.swift ] || rm -f "$copy/$file"
    done
find README.md Sources Tests docs -type f | while read -r file; do
    cmp -s "$file" "$copy/$file" && continue
    mkdir -p "$copy/$(dirname "$file")"
    cp -p "$file" "$copy/$file"
done
cmp -s Scripts/stores/Package.swift "$copy/Package.swift" || cp Scripts/stores/Package.swift "$copy/Package.swift"
for target in Sources/* Tests/* Tests/Support/*; do
    [ -d "$target" ] && [ "$target" != Tests/Support ] || continue
    grep -Eqr '^import Synchronization' --include='*.swift' "$target" || continue
    cmp -s Scripts/tsan/Mutex.swift "$copy/$target/Mutex.swift" || cp Scripts/tsan/Mutex.swift "$copy/$target/Mutex.swift"
done

cd "$copy"
SWIFT_DETERMINISTIC_HASHING=1 swift build --build-tests --sanitize=thread
swift test --skip-build --sanitize=thread --disable-xctest --filter "$1" \
    --skip 'DocumentationTests|SourceRuleTests'
