#!/usr/bin/env bash
# Clippy over both halves; licences, advisories' sources, unused dependencies and spelling where the tools for
# it are installed (cargo install cargo-deny cargo-machete typos-cli).
set -euo pipefail
cd "$(dirname "$0")/.."
if ! cargo clippy --version >/dev/null 2>&1; then
  echo "lint: this Rust has no clippy: not run (with rustup: rustup component add clippy)"
  exit 0
fi
cargo clippy --release --workspace --exclude frontend --all-targets --keep-going
cargo clippy --profile wasm-release --target wasm32-unknown-unknown --package frontend
optional() {
  if command -v "$1" >/dev/null; then echo "lint: $1"; "${@:2}"; else echo "lint: $1 is not installed: not run"; fi
}
optional cargo-deny cargo deny check licenses bans sources
optional cargo-machete cargo machete
optional typos typos
