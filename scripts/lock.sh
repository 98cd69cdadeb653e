#!/usr/bin/env bash
# Writes requirements/*.lock anew from pyproject.toml: every version that fits Python 3.11 and later on
# Linux, with the hashes of all its wheels. `lock.sh --upgrade` takes the newest versions allowed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

lock() {
  local name="$1"
  shift
  .venv/bin/uv pip compile pyproject.toml "$@" --group build --quiet --universal --python-version 3.11 \
    --generate-hashes --no-header --no-annotate --no-emit-index-url --output-file "requirements/$name.lock"
}

lock run "$@"
# What agents on hosts need, for the Python of Debian 12.
printf '%s\n' 'psycopg[binary]' pyarrow obstore | .venv/bin/uv pip compile - --quiet --python-version 3.11 \
  --python-platform linux --constraint requirements/run.lock --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --output-file aiotctl/toolbox/agents.lock
lock dev --extra dev --constraint requirements/run.lock "$@"
.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --group peers --output-file requirements/peers.lock "$@"
