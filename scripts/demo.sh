#!/usr/bin/env bash
# The demo behind `make demo` and `make demo-down`: one project, made from a template, applied to this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

project="demo-press-shop"
aiotctl() { .venv/bin/aiotctl "$@"; }

up() {
  [[ -e "$project/blueprint.yaml" ]] || aiotctl init press-shop "$project" --defaults
  aiotctl apply --project "$project" --env laptop --yes
  aiotctl verify --project "$project" --env laptop --wait 60s
  cat <<END

The blueprint is $project/blueprint.yaml. To look further:
  source .venv/bin/activate && cd $project
  aiotctl status --env laptop      what runs, and how old the newest values are
  aiotctl verify --env laptop --watch
  aiotctl logs --env laptop        what the programs say
  aiotctl read --help              one register, node or topic as it is now
Change the blueprint, look at it with \`aiotctl plan --env laptop\`, then \`aiotctl apply --env laptop\`.
Stop and remove everything: make demo-down
END
}

down() {
  if [[ -e "$project/blueprint.yaml" ]]; then
    aiotctl destroy --project "$project" --env laptop --purge-data --yes
    rm -rf "$project"
  fi
  echo "The demo is gone; the programs stay in the cache (see: .venv/bin/aiotctl tools)."
}

case "${1:-}" in
  up) up ;;
  down) down ;;
  *) echo "usage: $0 up|down" >&2 && exit 2 ;;
esac
