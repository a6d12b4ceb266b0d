#!/bin/sh
# Installs what a test, benchmark or example starts: install.sh COMMAND… Does nothing for commands that are there; fails
# where it can't install one. (Their packages may start servers on the usual ports, which nothing here uses.)
set -eu
packages=""

# Servers of PostgreSQL and PHP may stand in a folder or a name of their version, and a library is no command.
is_there() {
    case $1 in
    libpq-dev)
        pkg-config --exists libpq 2>/dev/null && return
        for place in /usr /usr/local /opt/homebrew; do
            for header in "$place/include/libpq-fe.h" "$place/include/postgresql/libpq-fe.h"; do
                [ -e "$header" ] && return
            done
        done
        return 1
        ;;
    postgresql)
        command -v postgres >/dev/null 2>&1 && return
        for program in /usr/lib/postgresql/*/bin/postgres; do [ -x "$program" ] && return; done
        return 1
        ;;
    php-fpm)
        for program in /usr/sbin/php-fpm* /usr/local/sbin/php-fpm*; do [ -x "$program" ] && return; done
        return 1
        ;;
    golang-github-* | ruby-* | php-redis | python3-venv | libsqlite3-dev) dpkg -s "$1" >/dev/null 2>&1 ;;
    pgbouncer | nginx) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}

for command in "$@"; do
    is_there "$command" && continue
    case $command in
    redis-cli | redis-benchmark) packages="$packages redis-tools" ;;
    nginx) packages="$packages nginx-light" ;;
    chromedriver) packages="$packages chromium-driver" ;;
    perf) packages="$packages linux-perf" ;;
    ss) packages="$packages iproute2" ;;
    go) packages="$packages golang-go" ;;
    cc) packages="$packages gcc" ;;
    pip3) packages="$packages python3-pip" ;;
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
    is_there "$command" || { echo "$command is still missing" >&2 && exit 1; }
done
