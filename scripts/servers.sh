#!/usr/bin/env bash
# The distribution's broker and database, against which what is emitted for hosts is tested: `servers.sh setup`
# installs them without starting anything (Debian 12, root); `servers.sh setup --try` does so only where it can, and
# otherwise says why tests will be skipped.
set -euo pipefail

packages=(mosquitto postgresql-15)
programs=(/usr/sbin/mosquitto /usr/lib/postgresql/15/bin/postgres)
policy=/usr/sbin/policy-rc.d

fail() {
  printf 'servers: %s\n' "$@" >&2
  [[ "${try:-}" == yes && "${CI:-}" != true ]] && exit 0
  exit 1
}

is_ready() {
  local program
  for program in "${programs[@]}"; do
    [[ -x "$program" ]] || return 1
  done
}

[[ "${1:-}" == setup ]] || { echo "usage: scripts/servers.sh setup [--try]" >&2; exit 64; }
[[ "${2:-}" == --try ]] && try=yes

is_ready && exit 0
[[ "$(id -u)" == 0 ]] || fail "${packages[*]} are not there, and only root can install them: their tests are skipped."
command -v apt-get >/dev/null || fail "there is no apt-get. Install: ${packages[*]}"
echo "servers: installing ${packages[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update || fail "apt-get update failed."
if [[ ! -e "$policy" ]]; then # no service starts while they are installed
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get -qq install --yes --no-install-recommends "${packages[@]}" >/dev/null || fail "installing ${packages[*]} failed."
