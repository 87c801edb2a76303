#!/bin/bash
# What MySQL's official image starts with, as far as we rely on it: makes the data folder once, runs the SQL files of
# /docker-entrypoint-initdb.d on a server that is reached by its socket alone, then serves as the user mysql.
set -euo pipefail
case "$1" in -*) set -- mysqld "$@" ;; esac
[ "$1" = mysqld ] || exec "$@"
data=/var/lib/mysql
socket=/var/run/mysqld/mysqld.sock
if [ "$(id -u)" = 0 ]; then
  chown mysql:mysql "$data"
  exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
fi
if [ ! -d "$data/mysql" ]; then
  [ -n "${MYSQL_RANDOM_ROOT_PASSWORD:-}" ] || { echo 'MYSQL_RANDOM_ROOT_PASSWORD is not set' >&2; exit 1; }
  "$@" --initialize-insecure
  "$@" --skip-networking --mysqlx=OFF &
  server=$!
  until mysqladmin --user=root --socket="$socket" ping --silent 2>/dev/null; do
    kill -0 "$server"
    sleep 0.2
  done
  for file in /docker-entrypoint-initdb.d/*.sql; do mysql --user=root --socket="$socket" <"$file"; done
  mysql --user=root --socket="$socket" --execute="ALTER USER root@localhost IDENTIFIED BY '$(openssl rand -hex 24)'"
  kill "$server"
  wait "$server" || true
fi
exec "$@"
