#!/bin/sh
# Puts axe-core into .build/axe, whose rules the browser tests check every page of the shop by. Debian has no package of it;
# one of PyPI's brings it along, whose version and hash are pinned here, as is the hash of the script itself.
set -eu
cd "$(dirname "$0")/.."
script=.build/axe/axe.min.js
sum=84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc

# What is there is as good as what was fetched: both have to be the script that is meant.
is_meant() {
    [ -e "$script" ] && python3 -c '
import hashlib, sys
sys.exit(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest() != sys.argv[2])' "$script" "$sum"
}

is_meant && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/requirements.txt" <<'PINNED'
axe-playwright-python==0.1.8 --hash=sha256:fdd263c998388f1a8e67cad02677e612d946248bd44d163be5e8650ea31f95f8
PINNED
python3 -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: \
    --dest "$work" --requirement "$work/requirements.txt"
mkdir -p .build/axe
python3 -c '
import sys, zipfile
open(sys.argv[2], "wb").write(zipfile.ZipFile(sys.argv[1]).read("axe_playwright_python/axe.min.js"))' "$work"/*.whl "$script"
is_meant || { echo "axe.sh: $script is not the script that is meant" >&2; exit 1; }
