#!/usr/bin/env bash
# Writes requirements/*.txt anew from pyproject.toml: exact versions with hashes, no addresses.
# run: the product · test: + PostgreSQL driver, make test · dev: + linters, real clients (make check, contract, e2e, chaos, bench)
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.tools/bin/uv
lock() { "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml "$@"; }
lock --group pyproject.toml:build -o requirements/run.txt
lock --group pyproject.toml:build --extra postgres --extra redis --group pyproject.toml:test -c requirements/run.txt -o requirements/test.txt
lock --group pyproject.toml:build --extra postgres --extra redis --group pyproject.toml:test --group pyproject.toml:check --group pyproject.toml:contract \
  -c requirements/test.txt -o requirements/dev.txt
