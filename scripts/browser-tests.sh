#!/usr/bin/env bash
# The browser tests: a server with demo data on a free port, then Playwright in end2end/.
# Arguments go to Playwright. Variables: SOLATIUM_BIN (default target/release/solatium), CHROMIUM,
# SPECS (a folder of end2end/, default tests), RUN (a script to run in place of the tests).
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$(realpath "${SOLATIUM_BIN:-target/release/solatium}")
[ -x "$bin" ] || { echo "There is no $bin: run make build first." >&2; exit 1; }

[ -d end2end/node_modules/@playwright/test ] || npm ci --prefix end2end --no-audit --no-fund

browser() { command -v "${CHROMIUM:-chromium}" || command -v google-chrome; }
if ! browser >/dev/null; then
  if [ "$(id -u)" -eq 0 ]; then sudo=; else sudo=sudo; fi
  $sudo apt-get update && $sudo apt-get install --yes --no-install-recommends chromium
fi
CHROMIUM=$(browser)

work=$(mktemp -d)
server=
sink=
finish() {
  [ -z "$sink" ] || kill "$sink" 2>/dev/null || true
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
port=$(free_port)
export SOLATIUM_BIN=$bin SOLATIUM_DATA_DIR=$work/data SOLATIUM_ADDR=127.0.0.1:$port CHROMIUM
export BASE_URL=http://$SOLATIUM_ADDR DATA_DIR=$work/data WORK_DIR=$work/tests
mkdir -p "$WORK_DIR"

# The program takes every SOLATIUM_ variable for a setting, and refuses one that it does not know.
program() { exec env --unset=SOLATIUM_BIN "$bin" "$@"; }

(program demo --claims 2500) >"$work/demo.log" 2>&1 || { cat "$work/demo.log" >&2; exit 1; }
# Invitations leave by mail; the tests read them from where this mail server puts them.
mail_port=$(free_port)
node end2end/support/mail-sink.mjs "$mail_port" "$WORK_DIR/mail" &
sink=$!
export SOLATIUM_SMTP_URL=smtp://127.0.0.1:$mail_port SOLATIUM_MAIL_FROM='Solatium <no-reply@solatium.example>' SOLATIUM_PUBLIC_URL=$BASE_URL
program serve >"$work/serve.log" 2>&1 &
server=$!
export SERVER_PID=$server
unset SOLATIUM_SMTP_URL SOLATIUM_MAIL_FROM SOLATIUM_PUBLIC_URL
for attempt in $(seq 100); do
  curl --silent --fail --output /dev/null "$BASE_URL/readyz" && break
  kill -0 "$server" 2>/dev/null && [ "$attempt" -lt 100 ] || { cat "$work/serve.log" >&2; exit 1; }
  sleep 0.1
done

# `make bench-ui` measures against the same server.
if [ -n "${RUN:-}" ]; then
  node "$RUN"
  exit
fi

status=0
(cd end2end && npx playwright test "$@") || status=$?
if [ "$status" -ne 0 ]; then
  echo "What the server said last:"
  tail -n 20 "$work/serve.log"
fi
cat "$WORK_DIR/counts" 2>/dev/null || echo "0 passed, 1 failed (the tests did not run)"
exit "$status"
