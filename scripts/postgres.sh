# To be sourced: a PostgreSQL server of one's own for as long as the script runs.

# Installs PostgreSQL where it can, starts a server, and sets POSTGRES_URL (without a database's name). Further
# settings are arguments. Stop it with stop_postgres.
start_postgres() {
  local bin sudo=""
  bin=$(find_postgres)
  [ "$(id -u)" = 0 ] || sudo=sudo
  if [ -z "$bin" ] && command -v apt-get >/dev/null; then
    echo "installing PostgreSQL"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq postgresql >/dev/null
    bin=$(find_postgres)
  fi
  [ -n "$bin" ] || return 1
  # PostgreSQL refuses to run as root.
  postgres_as=(); [ "$(id -u)" = 0 ] && postgres_as=(runuser -u postgres --)
  postgres_bin=$bin
  postgres_data=$(mktemp -d /tmp/solatium-postgres.XXXXXX)
  [ "$(id -u)" = 0 ] && chown postgres "$postgres_data"
  local port=$((20000 + RANDOM % 20000))
  (cd "$postgres_data" && "${postgres_as[@]}" "$bin/initdb" -D "$postgres_data/db" -A trust -U postgres --no-sync >/dev/null)
  (cd "$postgres_data" && "${postgres_as[@]}" "$bin/pg_ctl" -D "$postgres_data/db" -w -l "$postgres_data/log" \
    -o "-p $port -k $postgres_data -c listen_addresses=127.0.0.1 -c max_connections=400 $*" start >/dev/null)
  POSTGRES_URL="postgres://postgres@127.0.0.1:$port"
}

find_postgres() {
  local bin
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  if [ -z "$bin" ] && command -v initdb >/dev/null; then bin=$(dirname "$(command -v initdb)"); fi
  echo "$bin"
}

stop_postgres() {
  [ -n "${postgres_data:-}" ] || return 0
  (cd "$postgres_data" && "${postgres_as[@]}" "$postgres_bin/pg_ctl" -D "$postgres_data/db" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$postgres_data"
}
