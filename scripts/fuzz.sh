#!/usr/bin/env bash
# Feeds made-up bytes to what reads bytes from outside, SECONDS_EACH (60) for each target. Ends with an
# error at a panic, a hang of 20 s, an abort, or more than 2 GB of memory.
#
# The targets are laid out for cargo-fuzz, which needs a nightly compiler; this does the same with the
# compiler at hand. Findings go to target/fuzz/found, new inputs to target/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-60}
target=x86_64-unknown-linux-gnu
export CARGO_TARGET_DIR=$PWD/target/fuzz
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code -Cdebug-assertions -Coverflow-checks"
# With a target named, the flags do not reach build scripts and macros.
cargo build --quiet --release --manifest-path fuzz/Cargo.toml --target $target
mkdir -p target/fuzz/found
for name in ${TARGETS:-bundle parts import claims}; do
  echo "== $name, $seconds s"
  mkdir -p "target/fuzz/corpus/$name"
  "target/fuzz/$target/release/$name" "target/fuzz/corpus/$name" "fuzz/corpus/$name" -artifact_prefix=target/fuzz/found/ \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=300000 -print_final_stats=1 2>&1 |
    grep -E "ERROR|SUMMARY|panicked|stat::(number|peak|average)|Test unit written" || true
  [ "${PIPESTATUS[0]}" = 0 ] || { echo "found something: see target/fuzz/found"; exit 1; }
done
