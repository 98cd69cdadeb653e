#!/usr/bin/env bash
# Test hosts: `hosts.sh setup` installs what containers with systemd need (Debian, root); `hosts.sh setup --try`
# does so only where it can: as root, on Debian or Ubuntu, and otherwise says why tests will be skipped.
set -euo pipefail

packages=(podman crun debootstrap netavark aardvark-dns iptables nftables iproute2 openssh-client util-linux)
programs=(podman crun debootstrap iptables nft ip ssh nsenter)

fail() {
  printf 'hosts: %s\n' "$@" >&2
  [[ "${try:-}" == yes && "${CI:-}" != true ]] && exit 0
  exit 1
}

is_ready() {
  local program
  for program in "${programs[@]}"; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || return 1
  done
}

[[ "${1:-}" == setup ]] || { echo "usage: scripts/hosts.sh setup [--try]" >&2; exit 64; }
[[ "${2:-}" == --try ]] && try=yes

[[ "$(id -u)" == 0 ]] || fail "test hosts are containers with systemd, which only root can start: their tests are skipped."
is_ready && exit 0
command -v apt-get >/dev/null || fail "there is no apt-get. Install: ${packages[*]}"
echo "hosts: installing ${packages[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update || fail "apt-get update failed."
apt-get -qq install --yes --no-install-recommends "${packages[@]}" >/dev/null || fail "installing ${packages[*]} failed."
