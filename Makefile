# Everything a person or CI asks of this project; `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup setup-run programs demo demo-down test soak bench bench-full lint format docs schema wheel lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## the virtual environment .venv with all that development needs
	@PYTHON="$(PYTHON)" scripts/setup.sh dev

setup-run: ## the same with only what running needs
	@PYTHON="$(PYTHON)" scripts/setup.sh run

programs: setup ## every external program, obtained where it is not there
	@$(BIN)/python scripts/programs.py

demo: setup-run ## a whole AIoT system on this machine, from one blueprint
	@scripts/demo.sh up

demo-down: setup-run ## stops the demo and removes what it made
	@scripts/demo.sh down

test: programs ## the whole test suite
	@scripts/hosts.sh setup --try
	@scripts/servers.sh setup --try
	@$(BIN)/python -m tests.hosts image
	@$(BIN)/python -m pytest

soak: programs ## the long forms of the fault tests
	@AIOTCTL_SOAK=1 $(BIN)/python -m pytest -m soak --timeout=7200

bench: programs ## speed: a table, and one JSON object as its last line
	@$(BIN)/python -m benches

bench-full: programs ## the same with the long benches
	@$(BIN)/python -m benches --full

lint: setup ## style, types, walls between rooms, playbooks, YAML, TOML
	@scripts/lint.sh

format: setup ## lets ruff format and fix what it can
	@$(BIN)/ruff format && $(BIN)/ruff check --fix

docs: setup ## the documentation, built strictly into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

schema: setup ## the published JSON Schema anew from language and catalog
	@$(BIN)/python -m aiotctl schema --out schemas/blueprint-v1.schema.json

wheel: setup ## the wheel and the source archive in dist/
	@$(BIN)/python -m build --no-isolation

lock: setup ## the lock files anew from pyproject.toml
	@scripts/lock.sh

clean: ## removes what can be made again
	@rm -rf $(VENV) build dist site .pytest_cache .ruff_cache .import_linter_cache .hypothesis .ansible
