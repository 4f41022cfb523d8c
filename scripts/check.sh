#!/usr/bin/env bash
# Formatting, what the browser's half may not depend on, the story table.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "check: formatting"
cargo fmt --all --check >/dev/null || { echo "check: run cargo fmt --all" >&2; exit 1; }

echo "check: what the browser's half depends on"
tree=$(cargo tree --package frontend --target wasm32-unknown-unknown --edges normal --prefix none)
for crate in sea-orm sqlx tokio smartcore linfa plotters; do
  if grep -qE "^$crate v" <<<"$tree"; then echo "check: $crate is in the browser's half" >&2; exit 1; fi
done

echo "check: crates know only what they may"
while read -r crate forbidden; do
  tree=$(cargo tree --package "$crate" --edges normal --prefix none)
  for other in $forbidden; do
    if grep -qE "^$other v" <<<"$tree"; then echo "check: $crate must not know $other" >&2; exit 1; fi
  done
done <<'RULES'
domain billing ml contract store service app sea-orm tokio axum leptos
billing ml contract store service app sea-orm tokio axum leptos
einvoice ml contract store service app sea-orm tokio axum leptos
ml contract store service app sea-orm tokio axum leptos
contract billing ml store service app sea-orm tokio axum leptos
extract contract billing ml store service app sea-orm tokio axum leptos
chart contract ml store service app sea-orm tokio axum leptos
report contract store service app sea-orm tokio axum leptos
store contract ml service app axum leptos
service app axum leptos
RULES

echo "check: the story table"
node scripts/stories-check.mjs

echo "check: the size of the browser's half"
if [ -d target/site/pkg ]; then
  size=$(stat -c %s target/site/pkg/*.wasm.br)
  [ "$size" -le 375000 ] || { echo "check: the wasm file is $size bytes after brotli, more than 375,000" >&2; exit 1; }
fi
