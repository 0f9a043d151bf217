# One front door for people and CI. Every target installs what it needs; only Python 3.11+, bash and make are assumed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin

.PHONY: help install run demo test check contract e2e chaos bench lock clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(UV):
	@$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Overdoor needs Python 3.11 or newer"'
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.run: requirements/run.txt pyproject.toml | $(UV)
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/run.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: requirements/test.txt .venv/.run
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/test.txt
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.test
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/dev.txt
	@touch $@

install: .venv/.run ## Make .venv with the product and compiled bytecode
	@$(BIN)/python -m compileall -q src

run: install ## Serve on http://127.0.0.1:3000
	$(BIN)/overdoor serve --host 127.0.0.1 --port 3000

demo: install ## One picture through every door and one clip
	$(BIN)/python scripts/demo.py

test: .venv/.test install ## Fast tests: Python alone, under 3 minutes
	$(BIN)/python -m pytest -n 2 -m "not contract and not chaos and not e2e and not postgres and not redis" \
	  --ignore tests/contract --ignore tests/chaos --ignore tests/e2e

check: .venv/.dev install ## Format, lint, types, layers
	$(BIN)/ruff format --check src tests scripts bench
	$(BIN)/ruff check src tests scripts bench
	$(BIN)/basedpyright
	$(BIN)/lint-imports

contract: .venv/.dev install ## Real clients and PostgreSQL
	scripts/suite contract

e2e: .venv/.dev install ## The product from outside, as a person uses it
	scripts/suite e2e

chaos: .venv/.dev install ## Break everything, then count (FULL=1: 10,000 tasks)
	scripts/suite chaos

bench: .venv/.dev install ## Paired measurements; writes docs/benchmarks.md
	$(BIN)/python -m bench.run

lock: | $(UV) ## Re-resolve requirements/*.txt from pyproject.toml
	requirements/lock.sh

clean: ## Remove what the targets made
	rm -rf .venv .tools node_modules demo build dist
