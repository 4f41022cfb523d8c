#!/usr/bin/env bash
# Makes sure that a Rust toolchain is here that can build for WebAssembly, and links its programs
# into target/toolchain/bin, which the Makefile puts first in PATH. Quick when there is nothing to do.
#
# With rustup and network one command is enough. Where rustup cannot fetch, Debian's own Rust has
# the source of the standard library, from which the wasm half is built once.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=target/toolchain/bin
wasm=wasm32-unknown-unknown

has_wasm() { # rustc
  local dir
  dir=$("$1" --print target-libdir --target $wasm 2>/dev/null) || return 1
  compgen -G "$dir/libcore-*.rlib" >/dev/null
}

new_enough() { # rustc
  local minor
  minor=$("$1" --version 2>/dev/null | sed -E 's/^rustc 1\.([0-9]+)\..*/\1/') || return 1
  [ "${minor:-0}" -ge 95 ]
}

link() { # directory of rustc and cargo
  mkdir -p "$bin"
  local tool
  for tool in cargo rustc rustdoc rustfmt cargo-clippy clippy-driver cargo-fmt; do
    rm -f "$bin/$tool"
    [ -x "$1/$tool" ] && ln -s "$1/$tool" "$bin/$tool"
  done
  return 0
}

if [ -x "$bin/rustc" ] && new_enough "$bin/rustc" && has_wasm "$bin/rustc"; then exit 0; fi

# 1. What rustup has, or can fetch within a minute.
if command -v rustup >/dev/null; then
  rustc=$(rustup which rustc 2>/dev/null || true)
  if [ -n "$rustc" ] && new_enough "$rustc"; then
    if ! has_wasm "$rustc"; then
      echo "toolchain: fetching the $wasm target with rustup (at most 60 s)"
      timeout 60 rustup target add $wasm >/dev/null 2>&1 || true
    fi
    if has_wasm "$rustc"; then link "$(dirname "$rustc")"; exit 0; fi
  fi
fi

# 2. Any other rustc in PATH that has it already.
for rustc in $(type -ap rustc) /usr/bin/rustc; do
  if [ -x "$rustc" ] && new_enough "$rustc" && has_wasm "$rustc"; then link "$(dirname "$rustc")"; exit 0; fi
done

# 3. Debian's Rust and the standard library built from Debian's source.
if ! command -v apt-get >/dev/null; then
  echo "toolchain: no Rust that can build for $wasm. Install rustup (https://rustup.rs), then: rustup target add $wasm" >&2
  exit 1
fi
sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
if ! new_enough /usr/bin/rustc || [ ! -d /usr/lib/rustlib/src/rust/library ] && [ ! -d /usr/src/rustc-web ]; then
  echo "toolchain: installing Debian's rustc-web, cargo-web and rust-web-src"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq rustc-web cargo-web rust-web-src gcc >/dev/null
fi
rustc=/usr/bin/rustc
libdir=$($rustc --print target-libdir --target $wasm)

# The linker that rustc looks for, from a rustup toolchain or from Debian's lld.
host_bin=$(dirname "$($rustc --print target-libdir)")/bin
if [ ! -x "$host_bin/rust-lld" ]; then
  lld=$(find "${RUSTUP_HOME:-$HOME/.rustup}" -name rust-lld -type f 2>/dev/null | head -1)
  if [ -z "$lld" ]; then
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq lld-22 >/dev/null
    lld=/usr/lib/llvm-22/bin/lld
  fi
  $sudo mkdir -p "$host_bin"
  $sudo ln -sf "$lld" "$host_bin/rust-lld"
fi

echo "toolchain: building the standard library for $wasm (about 40 s, once)"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/src"
printf '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2024"\n' >"$scratch/Cargo.toml"
touch "$scratch/src/lib.rs"
(cd "$scratch" && RUSTC=$rustc RUSTFLAGS="" RUSTC_BOOTSTRAP=1 /usr/bin/cargo build --quiet --release \
  -Z build-std=std,panic_abort --target $wasm --target-dir "$scratch/target")
$sudo mkdir -p "$libdir"
find "$scratch/target/$wasm/release/deps" -name '*.rlib' ! -name 'libnothing-*' -exec $sudo cp {} "$libdir/" \;
link /usr/bin
has_wasm "$bin/rustc"
