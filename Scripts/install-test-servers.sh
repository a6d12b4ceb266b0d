#!/bin/sh
# Installs what the tests start: redis-server and openssl. Does nothing where they are; fails where it can't install them.
set -eu
missing=""
command -v redis-server >/dev/null 2>&1 && command -v redis-cli >/dev/null 2>&1 || missing="$missing redis-server"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "The tests need$missing. Install them (with Homebrew: brew install redis openssl) and try again." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "The tests need$missing. Run: sudo apt-get install$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# The package would start a server on the usual port, which the tests don't use.
apt-get install -y -qq --no-install-recommends $missing >/dev/null
command -v redis-server >/dev/null && command -v redis-cli >/dev/null && command -v openssl >/dev/null
