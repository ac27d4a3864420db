# `make demo` and `make test` need Python 3.10 or newer and nothing else: both install what they use into .venv.
PYTHON ?= python3
BIN := .venv/bin
export DBT_SEND_ANONYMOUS_USAGE_STATS := 0

.PHONY: demo test lock bench clean
.DEFAULT_GOAL := help

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'
.PHONY: help

.venv/.installed: requirements.lock requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed, this is " + sys.version.split()[0] + ": call make PYTHON=…" if sys.version_info < (3, 10) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

profiles.yml:
	cp profiles.yml.example profiles.yml

LOCK := uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header --no-annotate --no-strip-extras --group build

lock: ## Resolve the lock files anew (needs uv: pip install uv)
	$(LOCK) pyproject.toml --extra demo --extra dev -o requirements-dev.lock
	$(LOCK) pyproject.toml --extra demo -c requirements-dev.lock -o requirements.lock
