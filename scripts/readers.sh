#!/usr/bin/env bash
# Installs the programs that read documents, where Debian's packages can be installed. Without one its kind of document
# is kept and not read.
set -uo pipefail
missing=()
command -v pdftotext >/dev/null || missing+=(poppler-utils)
[ ${#missing[@]} -eq 0 ] && exit 0
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo -n"
if command -v apt-get >/dev/null && { [ -z "$sudo" ] || $sudo true 2>/dev/null; }; then
  echo "readers: installing ${missing[*]}"
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
echo "readers: PDF documents are kept and not read until somebody runs: sudo apt-get install ${missing[*]}" >&2
exit 0
