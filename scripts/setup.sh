#!/usr/bin/env bash
# Makes .venv from a lock file: `setup.sh run` for what running needs, `setup.sh dev` for development.
# Does nothing where the environment already is what the lock file says.
set -euo pipefail

wanted="${1:?run or dev}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
python="${PYTHON:-python3}"
venv="$root/.venv"
stamp="$venv/.aiotctl-setup" # "run HASH" or "dev HASH", written last

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

check_python() {
  command -v "$python" >/dev/null || fail "there is no $python on the PATH." \
    "Install Python 3.11 or later, or name one: make PYTHON=/path/to/python3.12 setup"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail \
    "$("$python" --version 2>&1) is too old: aiotctl needs Python 3.11 or later." \
    "Name a newer one: make PYTHON=/path/to/python3.12 setup"
  "$python" -c 'import venv, ensurepip' 2>/dev/null || fail \
    "$python has no venv module, so no virtual environment can be made." \
    "Debian and Ubuntu: apt-get install python3-venv"
}

state() {
  {
    cat "$root/requirements/run.lock" "$root/requirements/dev.lock" "$root/pyproject.toml"
    echo "$root"
  } | sha256sum | cut -d' ' -f1
}

# A development environment holds all that running needs.
is_ready() {
  [[ -x "$venv/bin/aiotctl" && -x "$venv/bin/python" && -f "$stamp" ]] || return 1
  local found
  found="$(cat "$stamp")"
  [[ "$found" == "$wanted $(state)" || "$found" == "dev $(state)" ]]
}

make_environment() {
  # A moved checkout or a Python that is gone makes the scripts in it useless: start anew.
  if ! "$venv/bin/python" -c 'import pip' 2>/dev/null || ! grep -qs "^home" "$venv/pyvenv.cfg"; then
    echo "setup: making a virtual environment in .venv" >&2
    "$python" -m venv --clear "$venv"
  fi
  rm -f "$stamp"
  echo "setup: installing what requirements/$wanted.lock lists" >&2
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    --only-binary :all: -r "$root/requirements/$wanted.lock"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --editable "$root"
  echo "$wanted $(state)" >"$stamp"
}

is_ready && exit 0
check_python
if command -v flock >/dev/null; then # two `make` at once: one works, the other waits
  exec 9>"${TMPDIR:-/tmp}/aiotctl-setup-$(id -u)-$(echo "$root" | sha256sum | cut -c1-12).lock"
  flock 9
  is_ready && exit 0
fi
make_environment
