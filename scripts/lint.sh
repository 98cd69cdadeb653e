#!/usr/bin/env bash
# Every linter, all of them even when one finds something; fails when any did.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH="$PWD/.venv/bin:$PATH"
failed=()

check() {
  local name="$1"
  shift
  printf '%-14s' "$name"
  local output
  if output="$("$@" 2>&1)"; then
    echo ok
  else
    echo failed
    printf '%s\n' "$output"
    failed+=("$name")
  fi
}

toml_files() {
  git ls-files '*.toml' | python -c '
import sys, tomllib
for name in sys.stdin.read().split():
    with open(name, "rb") as file:
        try:
            tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            sys.exit(f"{name}: {error}")'
}

check ruff ruff check --quiet
check format ruff format --check --quiet
check types basedpyright
for stack in stacks/[a-z]*/; do # one at a time: a cloud's SDK alone takes two gigabytes
  check "$stack" basedpyright "$stack"
done
check walls lint-imports --no-cache
check yaml yamllint --strict .
check toml toml_files
check shell bash -n scripts/*.sh .ci/run
if [[ -d playbooks ]]; then
  check playbooks ansible-lint --offline --strict playbooks
fi

if ((${#failed[@]})); then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
