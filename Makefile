# `make demo` and `make test` need Python 3.10 or newer and nothing else: both install what they use into .venv.
PYTHON ?= python3
BIN := .venv/bin
DBT := $(BIN)/dbt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header \
	--no-annotate --no-strip-extras --group build
export DBT_SEND_ANONYMOUS_USAGE_STATS := 0

.DEFAULT_GOAL := help
.PHONY: help demo test lint unit bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

demo: .venv/.installed profiles.yml ## Build the demo on DuckDB and deliver it to target/aam_drop
	$(DBT) build --select +exposure:aam_drop
	$(BIN)/aam-export run
	@$(BIN)/aam-export check target/aam_drop
	@$(BIN)/aam-export status --limit 3
	@echo
	@echo "The files are in target/aam_drop. Look into them with"
	@echo "    gzip -cd target/aam_drop/*/date=*/ftp_dpm_100001_*.gz | head"
	@echo "and at the rows behind them with: $(DBT) show --select inbound_records"

test: .venv/.installed-dev profiles.yml lint unit ## Run every check

lint: .venv/.installed-dev profiles.yml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(DBT) --quiet parse
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models macros tests

unit: .venv/.installed-dev profiles.yml
	$(BIN)/pytest -n auto --maxprocesses 4

bench: .venv/.installed-dev ## Compare speed and memory with other ways (make bench USERS=5000000)
	$(BIN)/python scripts/bench.py --users $(or $(USERS),1000000)

lock: ## Resolve the lock files anew (needs uv: pip install uv)
	$(LOCK) pyproject.toml --extra demo --extra dev -o requirements-dev.lock
	$(LOCK) pyproject.toml --extra demo -c requirements-dev.lock -o requirements.lock

clean: ## Remove what was built; keeps the ledger, which is in the warehouse
	rm -rf target logs

profiles.yml:
	cp profiles.yml.example profiles.yml

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed: make PYTHON=python3.x" if sys.version_info < (3, 10) else 0)'
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python requirements.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@
