#!/usr/bin/env bash
# Two shops on one Redis behind nginx: sign in through one, sign out through the other, kill one, carry on.
# Stops with an error at the first answer that isn't the expected one. SHOP names another binary to use.
set -euo pipefail
cd "$(dirname "$0")/../.."

Scripts/install.sh redis-server redis-cli nginx curl
if [ -z "${SHOP:-}" ]; then
    swift build -c release --product shop
    SHOP=.build/release/shop
fi

base=${PORT:-18400}
front=$base first=$((base + 1)) second=$((base + 2)) redis=$((base + 3))
directory=$(mktemp -d)
pids=()
# nginx is asked first, since it ends its workers only when it is asked to.
trap 'kill "${nginx:-}" 2>/dev/null && sleep 0.2; kill -9 "${pids[@]}" 2>/dev/null || true; rm -rf "$directory"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
wait_for() { for _ in $(seq 100); do curl -sf -o /dev/null "http://127.0.0.1:$1/healthz" && return; sleep 0.1; done; fail "port $1 never answered"; }
shop() { "$SHOP" --store "redis://127.0.0.1:$redis" --port "$1" --insecure-cookies >/dev/null & pids+=($!); last=$!; disown; wait_for "$1"; }
# Asks through nginx with the visitor's cookies; leaves the answer's body in $body and the server's port in $server.
ask() {
    local path=$1
    shift
    body=$(curl -s -D "$directory/head" -b "$directory/jar" -c "$directory/jar" "$@" "http://127.0.0.1:$front$path")
    server=$(tr -d '\r' <"$directory/head" | sed -n 's/^X-Served-By: .*:\([0-9]*\)$/\1/p' | tail -1)
}
principal() { ask /session; echo "  $server says: $(grep -o '"principal":[^,}]*' <<<"$body")"; }

redis-server --port "$redis" --bind 127.0.0.1 --dir "$directory" --appendonly yes --appendfsync always >/dev/null &
pids+=($!)
disown
until redis-cli -p "$redis" ping >/dev/null 2>&1; do sleep 0.1; done
shop "$first"
first_pid=$last
shop "$second"
second_pid=$last
sed "s|DIRECTORY|$directory|; s|FIRST|$first|; s|SECOND|$second|; s|FRONT|$front|" Examples/TwoServers/nginx.conf >"$directory/nginx.conf"
nginx -c "$directory/nginx.conf" -e "$directory/nginx.log" >/dev/null 2>&1 &
nginx=$!
wait_for "$front"

echo "A visitor fills a cart and signs in:"
ask /cart -d product=tea -d quantity=2
sign_in() {
    ask /sign-in -d name=ada -d password=lovelace
    signed_in=$server
    echo "  $server signed ada in"
}
sign_in
seen=""
for _ in 1 2 3 4; do
    principal
    grep -q '"principal":"ada"' <<<"$body" || fail "$server doesn't know ada"
    seen="$seen $server"
done
grep -q "$first" <<<"$seen" && grep -q "$second" <<<"$seen" || fail "only one server was asked:$seen"

echo "She signs out through the other server:"
sign_out() {
    cp "$directory/jar" "$directory/kept"
    ask /sign-out -X POST -d ''
    echo "  $server signed ada out"
}
sign_out
# nginx takes turns, but promises nothing.
for _ in 1 2 3 4 5; do
    [ "$server" = "$signed_in" ] || break
    sign_in
    sign_out
done
[ "$server" != "$signed_in" ] || fail "the same server always signs in and out"
for port in "$first" "$second"; do
    body=$(curl -s -b "$directory/kept" "http://127.0.0.1:$port/session")
    grep -q '"id":null' <<<"$body" || fail "the old cookie still works on $port: $body"
    echo "  $port no longer takes the old cookie: $(grep -o '"reason":[^,}]*' <<<"$body")"
done

echo "She signs in again, and the server that did it is killed:"
ask /cart -d product=tea -d quantity=2
sign_in
if [ "$signed_in" = "$first" ]; then kill -9 "$first_pid"; else kill -9 "$second_pid"; fi
for _ in 1 2 3 4; do
    principal
    grep -q '"principal":"ada"' <<<"$body" || fail "ada was signed out"
done
ask /cart -H 'Accept: application/json'
grep -q '"tea":2' <<<"$body" || fail "the cart is gone: $body"
echo "  the cart is still there: $body"

[ "$server" != "$signed_in" ] || fail "the server that was killed answered"
echo "As it should be."
