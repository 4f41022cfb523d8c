#!/usr/bin/env bash
# Installs the programs that read documents, where Debian's packages can be installed. Without one its kind of document
# is kept and not read.
set -uo pipefail
missing=()
need() { command -v "$1" >/dev/null || missing+=("${@:2}"); }
need pdftotext poppler-utils
need tesseract tesseract-ocr
# It shuts the reader in where the kernel has no Landlock.
need bwrap bubblewrap
need ffmpeg ffmpeg
need pocketsphinx_continuous pocketsphinx pocketsphinx-en-us
[ ${#missing[@]} -eq 0 ] && exit 0
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo -n"
if command -v apt-get >/dev/null && { [ -z "$sudo" ] || $sudo true 2>/dev/null; }; then
  echo "readers: installing ${missing[*]}"
  $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null && exit 0
fi
echo "readers: PDFs (poppler), scans and photos (tesseract) and recordings (ffmpeg, pocketsphinx) are kept and not read" >&2
echo "readers: until somebody runs: sudo apt-get install ${missing[*]}" >&2
exit 0
