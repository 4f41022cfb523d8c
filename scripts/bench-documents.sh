#!/usr/bin/env bash
# Measures how well documents are read and puts the tables into docs/documents.md.
set -euo pipefail
# The voices of the letters that are read out.
command -v flite >/dev/null || { [ "$(id -u)" = 0 ] && apt-get install -y -qq --no-install-recommends flite >/dev/null; } || true
table=$(mktemp)
{
  target/release/letters bench 100-199 --only text,docx,pdf,scan,photo
  # Each takes some twenty seconds.
  target/release/letters bench 100-109 --only voice | tail -n +3
  for part in dev test; do
    printf '\nBy hand, `%s`:\n\n' "$part"
    target/release/letters folder "crates/letters/by-hand/$part" | grep -v '`'
  done
} | tee "$table"
awk -v file="$table" '
  /<!-- bench -->/ { print; while ((getline line < file) > 0) print line; skip = 1; next }
  /<!-- end -->/ { skip = 0 }
  !skip { print }
' docs/documents.md > "$table.new"
cat "$table.new" > docs/documents.md
rm -f "$table" "$table.new"
