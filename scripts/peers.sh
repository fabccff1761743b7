#!/usr/bin/env bash
# Installs the real peers that `npm run test:peers` and `npm run test:lab` talk to. Run as root on Debian 12.
#   scripts/peers.sh           installs what is missing; doing it twice is harmless
#   scripts/peers.sh --check   says what is missing, changes nothing, exits 1 if anything is
# Debian has no MongoDB, no k6 and no GoBGP 4: they are built with Go into .peers/bin and kept there.
set -euo pipefail
cd "$(dirname "$0")/.."

# v1.8.1 is the newest k6 that the public Go module proxy serves; the scripts use nothing newer.
k6_module=go.k6.io/k6@v1.8.1
k6_version=v1.8.1
# Debian has version 3, which has another API.
gobgp_module=github.com/osrg/gobgp/v4
gobgp_version=v4.8.0
bin=$PWD/.peers/bin
build_limit_seconds=1500

packages=(
  ca-certificates curl iproute2 ipset iptables nftables openssl procps sudo util-linux
  frr openssh-server nginx-light apache2 prometheus prometheus-alertmanager systemd
  chromium fonts-noto-cjk wrk slowhttptest
  gobgpd golang-github-osrg-gobgp-dev exabgp bird2 netconfd inetutils-telnetd inetutils-inetd busybox
  pebble testssl.sh
)

say() { printf 'peers: %s\n' "$*"; }

die() {
  say "$*" >&2
  exit 1
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    # shellcheck disable=SC2016  # dpkg-query fills the field in
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      echo "$package"
    fi
  done
}

# The server is rebuilt when its own source or pinned versions change.
ferretdb_stamp() {
  cat test/peers/ferretdb/main.go test/peers/ferretdb/go.mod test/peers/ferretdb/go.sum | sha256sum | cut -d' ' -f1
}

has_ferretdb() {
  [ -x "$bin/ferretdb" ] && [ "$(cat "$bin/ferretdb.stamp" 2>/dev/null)" = "$(ferretdb_stamp)" ]
}

has_k6() {
  [ -x "$bin/k6" ] && [ "$(cat "$bin/k6.stamp" 2>/dev/null)" = "$k6_version" ]
}

has_gobgp4() {
  [ -x "$bin/gobgp4/gobgpd" ] && [ -x "$bin/gobgp4/gobgp" ] &&
    [ "$(cat "$bin/gobgp4.stamp" 2>/dev/null)" = "$gobgp_version" ]
}

check() {
  local missing=0 package
  for package in $(missing_packages); do
    say "missing: Debian package $package"
    missing=1
  done
  has_ferretdb || { say 'missing: .peers/bin/ferretdb (MongoDB-wire server)'; missing=1; }
  has_k6 || { say "missing: .peers/bin/k6 ($k6_version)"; missing=1; }
  has_gobgp4 || { say "missing: .peers/bin/gobgp4 ($gobgp_version)"; missing=1; }
  [ "$missing" = 0 ] && say 'everything is there'
  return "$missing"
}

need_root() {
  [ "$(id -u)" = 0 ] || die 'needs root to install Debian packages; run it with sudo.'
}

install_packages() {
  local missing
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  need_root
  command -v apt-get >/dev/null || die "needs Debian 12 for its packages: $(echo "$missing" | xargs)"
  say "installing $(echo "$missing" | xargs)"
  local log
  log=$(mktemp)
  # shellcheck disable=SC2086  # one word a package
  if ! { timeout 300 apt-get -qq update && DEBIAN_FRONTEND=noninteractive timeout 900 \
    apt-get -qq -y -o Dpkg::Options::=--force-confold --no-install-recommends install $missing; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    die "apt-get failed; its whole output is in $log"
  fi
  rm -f "$log"
}

# Runs a build with its output kept for the day it fails: NAME COMMAND...
build() {
  local name=$1 started=$SECONDS log
  shift
  command -v go >/dev/null || die "needs Go 1.26 or newer in PATH to build $name."
  mkdir -p "$bin"
  log=$(mktemp)
  say "building $name (a few minutes the first time)"
  if ! timeout "$build_limit_seconds" nice -n 10 "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    die "$name could not be built; the whole output is in $log"
  fi
  rm -f "$log"
  say "built $name in $((SECONDS - started)) s"
}

build_ferretdb() {
  has_ferretdb && return 0
  build ferretdb go build -C test/peers/ferretdb -trimpath -ldflags='-s -w' -o "$bin/ferretdb" .
  ferretdb_stamp >"$bin/ferretdb.stamp"
}

build_k6() {
  has_k6 && return 0
  build k6 env GOBIN="$bin" go install -trimpath -ldflags='-s -w' "$k6_module"
  echo "$k6_version" >"$bin/k6.stamp"
}

build_gobgp4() {
  has_gobgp4 && return 0
  build gobgp4 env GOBIN="$bin/gobgp4" go install -trimpath -ldflags='-s -w' \
    "$gobgp_module/cmd/gobgpd@$gobgp_version" "$gobgp_module/cmd/gobgp@$gobgp_version"
  echo "$gobgp_version" >"$bin/gobgp4.stamp"
}

case "${1:-}" in
--check) check ;;
'')
  install_packages
  build_ferretdb
  build_k6
  build_gobgp4
  check
  ;;
*)
  say "does not know ${1}; it takes --check or nothing" >&2
  exit 2
  ;;
esac
