#!/bin/sh
# Installs what a test, benchmark or example starts: install.sh COMMAND… Does nothing for commands that are there; fails
# where it can't install one. (Their packages may start servers on the usual ports, which nothing here uses.)
set -eu
packages=""
for command in "$@"; do
    command -v "$command" >/dev/null 2>&1 && continue
    case $command in
    redis-cli | redis-benchmark) packages="$packages redis-tools" ;;
    nginx) packages="$packages nginx-light" ;;
    perf) packages="$packages linux-perf" ;;
    *) packages="$packages $command" ;;
    esac
done
[ -z "$packages" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "This needs$packages (the names of Debian's packages). Install them, with Homebrew for example, and try again." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "This needs$packages. Run: sudo apt-get install$packages" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list
apt-get install -y -qq --no-install-recommends $packages >/dev/null
for command in "$@"; do
    command -v "$command" >/dev/null || { echo "$command is still missing" >&2 && exit 1; }
done
