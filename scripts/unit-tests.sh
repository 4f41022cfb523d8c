#!/usr/bin/env bash
# The tests without a browser, on SQLite and on a PostgreSQL server of their own that goes with them.
# A server that is given (SOLATIUM_TEST_POSTGRES=postgres://user@host:port) is used instead.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${SOLATIUM_TEST_POSTGRES:-}" ]; then
  . scripts/postgres.sh
  trap stop_postgres EXIT
  start_postgres -c fsync=off || { echo "tests: install PostgreSQL, or name a server in SOLATIUM_TEST_POSTGRES" >&2; exit 1; }
  export SOLATIUM_TEST_POSTGRES="$POSTGRES_URL"
fi

# Mail and files are tested against servers of others, e-invoices by validators of others, where there is a Python package
# index.
if [ -z "${SOLATIUM_TEST_PEERS:-}" ]; then
  peers=$PWD/target/peers
  wanted="aiosmtpd==1.4.6 moto[server]==5.2.5 factur-x==7.8 saxonche==13.1.1 localstripe==1.15.10"
  if [ "$(cat "$peers/wanted" 2>/dev/null)" != "$wanted" ] && command -v python3 >/dev/null; then
    echo "tests: installing aiosmtpd, moto, factur-x, saxonche and localstripe"
    # shellcheck disable=SC2086
    (python3 -m venv "$peers" && "$peers/bin/pip" install -q $wanted && echo "$wanted" >"$peers/wanted") >/dev/null 2>&1 \
      || rm -rf "$peers"
  fi
  if [ -x "$peers/bin/moto_server" ]; then
    # Any keys will do: the store of the tests asks for none.
    export SOLATIUM_TEST_PEERS=$peers/bin AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  fi
fi

[ $# -gt 0 ] || set -- --workspace --exclude frontend
cargo test --release "$@"
