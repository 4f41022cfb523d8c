#!/usr/bin/env bash
# The engine beside LightGBM, XGBoost, scikit-learn and shap, in one run. Writes docs/benchmarks.md.
# CLAIMS=FILE.csv measures on that file instead of on 5,000 synthetic claims.
set -euo pipefail
cd "$(dirname "$0")/.."
# The whole workspace, so that nothing is compiled with other features.
cargo build --release --quiet --workspace --exclude frontend --examples --bins
venv=target/bench-venv
wanted=scripts/peer/requirements-bench.txt
if ! cmp -s "$wanted" "$venv/requirements.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r "$wanted"
  cp "$wanted" "$venv/requirements.txt"
fi
"$venv/bin/python" scripts/peer/bench_ml.py target/release/solatium target/release/examples/bench docs/benchmarks.md ${CLAIMS:+"$CLAIMS"}
