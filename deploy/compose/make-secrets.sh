#!/bin/sh
# Makes the secrets that docker-compose.yml hands out as files; those that exist stay as they are.
#   deploy/compose/make-secrets.sh [folder]
# The folder is closed to everybody else; the files in it are readable, because the accounts inside the containers read them.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

random() { # random <bytes> → hex
  od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'
}
make() { # make <name> <text>
  [ -s "$folder/$1" ] || { printf '%s\n' "$2" >"$folder/$1"; echo "$folder/$1"; }
}

make touchline_secret "$(random 32)"
make admin_key "tl_admin_$(random 24)"
make postgres_password "$(random 24)"
make database_url "postgres://touchline:$(cat "$folder/postgres_password")@postgres:5432/touchline"
make grafana_password "$(random 12)"
