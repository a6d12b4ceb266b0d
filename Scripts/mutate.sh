#!/usr/bin/env bash
# Seeds bugs by machine and says which of them no test notices: FOLDER, ONLY, SAMPLE, SEED and LIST say which.
set -euo pipefail
cd "$(dirname "$0")/.."
# A suite that misses a server fails without a bug, and would judge none.
[ -n "${LIST:-}${REPORT:-}" ] || Scripts/install.sh redis-server redis-cli redis-sentinel openssl postgresql pgbouncer \
    libpq-dev nginx
venv=.build/mutate-venv
if ! "$venv/bin/python" -c 'import tree_sitter_swift' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet tree-sitter==0.26.1 tree-sitter-swift==0.7.4
fi
exec "$venv/bin/python" Scripts/mutate
