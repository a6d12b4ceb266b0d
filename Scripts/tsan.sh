#!/usr/bin/env bash
# Runs tests of the engine and the stores under the thread sanitizer: tsan.sh FILTER
#
# In a copy, in which targets get their own `Mutex` and continuations (Scripts/tsan): the sanitizer doesn't see all that
# those of the standard library do on Linux, and would report whatever they guard or hand over.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
copy=$root/.build-tsan/package
mkdir -p "$copy"

# The copy keeps its build folder, so only what differs is written.
(cd "$copy" && find . -type f -not -path './.build/*' -not -name Package.resolved -not -name Package.swift) |
    while read -r file; do
        [ -e "$root/$file" ] || [ -e "$root/Scripts/tsan/$(basename "$file")" ] || rm -f "$copy/$file"
    done
find README.md Sources Tests docs -type f | while read -r file; do
    cmp -s "$file" "$copy/$file" && continue
    mkdir -p "$copy/$(dirname "$file")"
    cp -p "$file" "$copy/$file"
done
cmp -s Scripts/stores/Package.swift "$copy/Package.swift" || cp Scripts/stores/Package.swift "$copy/Package.swift"
add() { cmp -s "Scripts/tsan/$1" "$2/$1" || cp "Scripts/tsan/$1" "$2/$1"; }
for target in Sources/* Tests/* Tests/Support/*; do
    [ -d "$target" ] && [ "$target" != Tests/Support ] || continue
    ! grep -Eqr '^import Synchronization' --include='*.swift' "$target" || add Mutex.swift "$copy/$target"
    case $target in
    Sources/*)
        grep -Eqr 'with(Checked|Unsafe)Continuation' --include='*.swift' "$target" || continue
        add Mutex.swift "$copy/$target"
        add Continuations.swift "$copy/$target"
        ;;
    esac
done

cd "$copy"
SWIFT_DETERMINISTIC_HASHING=1 swift build --build-tests --sanitize=thread
swift test --skip-build --sanitize=thread --disable-xctest --filter "$1" \
    --skip 'DocumentationTests|SourceRuleTests'
