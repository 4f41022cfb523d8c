#!/usr/bin/env bash
# The tests without a browser, on SQLite and on a PostgreSQL server of their own that goes with them.
# A server that is given (SOLATIUM_TEST_POSTGRES=postgres://user@host:port) is used instead.
set -euo pipefail
cd "$(dirname "$0")/.."

find_postgres() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

if [ -z "${SOLATIUM_TEST_POSTGRES:-}" ]; then
  bin=$(find_postgres)
  if [ -z "$bin" ] && command -v initdb >/dev/null; then bin=$(dirname "$(command -v initdb)"); fi
  sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
  if [ -z "$bin" ] && command -v apt-get >/dev/null; then
    echo "tests: installing PostgreSQL"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq postgresql >/dev/null
    bin=$(find_postgres)
  fi
  [ -n "$bin" ] || { echo "tests: install PostgreSQL, or name a server in SOLATIUM_TEST_POSTGRES" >&2; exit 1; }
  # PostgreSQL refuses to run as root.
  as=(); [ "$(id -u)" = 0 ] && as=(runuser -u postgres --)
  data=$(mktemp -d /tmp/solatium-postgres.XXXXXX)
  [ "$(id -u)" = 0 ] && chown postgres "$data"
  port=$(( 20000 + RANDOM % 20000 ))
  (cd "$data" && "${as[@]}" "$bin/initdb" -D "$data/db" -A trust -U postgres --no-sync >/dev/null)
  stop() { (cd "$data" && "${as[@]}" "$bin/pg_ctl" -D "$data/db" -m immediate stop >/dev/null 2>&1) || true; rm -rf "$data"; }
  trap stop EXIT
  (cd "$data" && "${as[@]}" "$bin/pg_ctl" -D "$data/db" -w -l "$data/log" \
    -o "-p $port -k $data -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=400" start >/dev/null)
  export SOLATIUM_TEST_POSTGRES="postgres://postgres@127.0.0.1:$port"
fi

# Mail and files are tested against servers of others, where there is a Python package index.
if [ -z "${SOLATIUM_TEST_PEERS:-}" ]; then
  peers=$PWD/target/peers
  if [ ! -x "$peers/bin/moto_server" ] && command -v python3 >/dev/null; then
    echo "tests: installing aiosmtpd and moto"
    (python3 -m venv "$peers" && "$peers/bin/pip" install -q aiosmtpd==1.4.6 'moto[server]==5.2.5') >/dev/null 2>&1 \
      || rm -rf "$peers"
  fi
  if [ -x "$peers/bin/moto_server" ]; then
    # Any keys will do: the store of the tests asks for none.
    export SOLATIUM_TEST_PEERS=$peers/bin AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  fi
fi

[ $# -gt 0 ] || set -- --workspace --exclude frontend
cargo test --release "$@"
