#!/bin/bash
# Entry point with the contract of the official image: as root it goes on as the database's user, and then
# on an empty PGDATA it makes a cluster with POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB and POSTGRES_INITDB_ARGS,
# runs what is in /docker-entrypoint-initdb.d, and then becomes the given command. Each *_FILE variable names a file.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chown -R postgres:postgres "$PGDATA" "$(dirname "$PGDATA")" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

from_file() {
  local file="${1}_FILE"
  if [ -n "${!file:-}" ]; then export "$1=$(< "${!file}")"; fi
}

initialise() {
  local user=${POSTGRES_USER:-postgres} database
  database=${POSTGRES_DB:-$user}
  if [ -z "${POSTGRES_PASSWORD:-}" ]; then
    echo "POSTGRES_PASSWORD is not set. Fix: give the superuser a password with POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE." >&2
    exit 1
  fi
  # Made beside its final place and renamed at the end, so that a container that is killed half way starts over.
  local draft="$PGDATA.initialising"
  rm -rf "$draft"
  # shellcheck disable=SC2086
  initdb --pgdata "$draft" --username "$user" --auth-local trust --auth-host scram-sha-256 --encoding UTF8 \
    --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
  printf 'host all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$draft/pg_hba.conf"
  printf "listen_addresses = '*'\n" >> "$draft/postgresql.conf"
  pg_ctl --pgdata "$draft" --wait --silent --options "-c listen_addresses=''" start
  if [ "$database" != postgres ]; then createdb --username "$user" --owner "$user" "$database"; fi
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) bash "$file" ;;
      *.sql) psql --username "$user" --dbname "$database" --set ON_ERROR_STOP=1 --file "$file" ;;
    esac
  done
  pg_ctl --pgdata "$draft" --wait --silent --mode fast stop
  if [ -d "$PGDATA" ]; then rmdir "$PGDATA"; fi
  mv "$draft" "$PGDATA"
}

from_file POSTGRES_USER
from_file POSTGRES_PASSWORD
from_file POSTGRES_DB
if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then initialise; fi
exec "$@"
