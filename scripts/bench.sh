#!/usr/bin/env bash
# Measures, and prints what it finds. Side by side with the peer where there is one:
# machines differ, ratios less so. CLAIMS=FILE.csv measures the models on that file instead of on
# synthetic claims.
set -euo pipefail
cd "$(dirname "$0")/.."
solatium=target/release/solatium
# The whole workspace, so that nothing is compiled with other features.
cargo build --release --quiet --workspace --exclude frontend --examples
dir=$(mktemp -d)
server=""
trap 'rm -rf "$dir"' EXIT

claims=${CLAIMS:-$dir/claims.csv}
[ -f "$claims" ] || $solatium generate --claims 5000 --seed 1 --out "$claims" >/dev/null
echo "== Training on $(($(wc -l <"$claims") - 1)) rows"
time $solatium train --data "$claims" --out "$dir/model.solm" --folds-out "$dir/folds.csv" 2>/dev/null | tail -8

echo "== Mean absolute error beside LightGBM with absolute error, the same folds of five seeds"
if python3 -m venv "$dir/venv" 2>/dev/null && "$dir/venv/bin/pip" install -q lightgbm scikit-learn pandas 2>/dev/null; then
  $solatium features --data "$claims" --out "$dir/features.csv" >/dev/null 2>&1
  for seed in 1 2 3 4 5; do
    $solatium train --data "$claims" --seed $seed --out "$dir/seed.solm" --folds-out "$dir/folds-$seed.csv" >/dev/null 2>&1
  done
  "$dir/venv/bin/python" scripts/peer/lightgbm_mae.py "$claims" "$dir/features.csv" "$dir"/folds-?.csv
else
  echo "no Python package index here: not compared"
fi

echo "== Prediction with explanation in the process"
target/release/examples/timing "$dir/model.solm" "$claims"

echo "== The claims list"
target/release/examples/claims_list

echo "== REST: claim, prediction, usage and audit saved, beside a Python service in one run"
. scripts/postgres.sh
stop() { kill $server $peer 2>/dev/null || true; stop_postgres; rm -rf "$dir"; }
trap stop EXIT
peer=""
if [ -x "$dir/venv/bin/pip" ] && "$dir/venv/bin/pip" install -q fastapi 'uvicorn[standard]' lightgbm shap pandas 2>/dev/null; then
  $solatium generate --claims 3000 --seed 3 --out "$dir/peer.csv" >/dev/null
  "$dir/venv/bin/python" scripts/peer/rest_train.py "$dir/peer.csv" "$dir"
  (cd scripts/peer && MODELS=$dir DB=$dir/peer.db exec "$dir/venv/bin/uvicorn" rest:app --port 39002 --no-access-log --log-level warning) &
  peer=$!
  until curl -sf "http://127.0.0.1:39002/readyz" >/dev/null; do sleep 0.2; done
fi

# The load generator shares the processors with both: wrk takes little of them where it is installed.
load() { # address, key, clients
  if command -v wrk >/dev/null; then
    KEY=$2 wrk -t1 -c"$3" -d5s -s scripts/load.lua "$1/api/v1/predictions" | tail -1
  else
    node scripts/load.mjs "$1" "$2" "$3" $(($3 == 1 ? 2000 : 8000))
  fi
}
rate() { sed -E 's/^([0-9.]+) .*/\1/; s/.*clients: ([0-9.]+) .*/\1/'; }

# Ours on a database, the two by turns; once before it counts.
beside() { # name, port, data directory
  export SOLATIUM_DATA_DIR=$3 SOLATIUM_ADDR=127.0.0.1:$2
  $solatium demo --claims 10 >/dev/null 2>&1
  key=$($solatium key create --company Northgate --name bench 2>/dev/null | tail -1)
  $solatium serve >/dev/null 2>&1 &
  server=$!
  until curl -sf "http://$SOLATIUM_ADDR/readyz" >/dev/null; do sleep 0.1; done
  local clients round ours theirs ratios
  for clients in 1 32; do
    ratios=""
    for round in warm-up one two three; do
      ours=$(load "http://$SOLATIUM_ADDR" "$key" "$clients")
      echo "$1, $clients clients, $round, ours:     $ours"
      [ -n "$peer" ] || continue
      theirs=$(load http://127.0.0.1:39002 bench "$clients")
      echo "$1, $clients clients, $round, the peer: $theirs"
      [ "$round" = warm-up ] || ratios="$ratios $(awk -v a="$(rate <<<"$ours")" -v b="$(rate <<<"$theirs")" 'BEGIN { print a / b }')"
    done
    [ -z "$ratios" ] || printf '%s, %s clients: %.1f, %.1f and %.1f times the peer\n' "$1" "$clients" $ratios
  done
}
beside SQLite 39001 "$dir/sqlite"
node scripts/batch.mjs "http://$SOLATIUM_ADDR" "$key" 9
kill $server; wait $server 2>/dev/null || true
if start_postgres; then
  SOLATIUM_DATABASE_URL="$POSTGRES_URL/postgres" beside PostgreSQL 39003 "$dir/postgres"
else
  echo "no PostgreSQL here: not measured"
fi
