# `make demo` and `make test` need Python 3.10 or newer and nothing else: both install what they use into .venv.
PYTHON ?= python3
BIN := .venv/bin
DBT := $(BIN)/dbt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := uv pip compile --quiet --universal --python-version 3.10 --generate-hashes --no-emit-index-url --no-header \
	--no-annotate --no-strip-extras
MAVEN := mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.6.1
SPARK_TESTS := tests/whole/test_spark.py tests/whole/test_spark_delivery.py
export DBT_SEND_ANONYMOUS_USAGE_STATS := 0
# Nothing that is set for a project of your own reaches the demo or the tests.
unexport DBT_PROJECT_DIR DBT_PROFILES_DIR DBT_PROFILE DBT_TARGET DBT_TARGET_PATH AAM_DUCKDB_PATH AAM_DESTINATION AAM_ANSWERS

.DEFAULT_GOAL := help
.PHONY: help demo demo-days demo-loop dbt-versions test test-all test-spark lint lint-demo unit soak check-drops pii bench bench-check bench-receive bench-report \
	bench-postgres load-postgres spark-server load-spark docs lock screenshots site clean

# The demo's purchases end with 2017: this is its present, and the three days before are those of demo-days.
DEMO_DAY := 2018-01-01
DEMO_DAYS := 2017-12-29 2017-12-30 2017-12-31
IN_DEMO := cd demo &&
DAYS_IN := $(IN_DEMO) DBT_TARGET_PATH=target/days AAM_DUCKDB_PATH=$(CURDIR)/demo/target/days/days.duckdb AAM_DESTINATION=file:target/days/aam_drop \
	AAM_ANSWERS=target/days/answers
# Two days after the last of them, by when Audience Manager has applied it and said so.
LOOP_DAY := 2018-01-02
LOOP := --vars '{aam_feedback: true, aam_now: "$(LOOP_DAY) 20:00:00"}'

demo: demo/.ready ## Build the demo on DuckDB and deliver it to demo/target/aam_drop
	$(IN_DEMO) ../$(DBT) build --select +exposure:aam_drop --vars '{aam_now: "$(DEMO_DAY) 06:00:00"}'
	$(IN_DEMO) ../$(BIN)/aam-export plan --now $(DEMO_DAY)T08:00:00
	$(IN_DEMO) ../$(BIN)/aam-export run --now $(DEMO_DAY)T08:00:00
	$(IN_DEMO) ../$(BIN)/aam-export check target/aam_drop
	$(IN_DEMO) ../$(BIN)/aam-export status --limit 3
	@echo
	@echo "The files are in demo/target/aam_drop. Look into them with"
	@echo "    gzip -cd demo/target/aam_drop/*/date=*/ftp_dpm_100001_*.gz | head"

demo-days: demo/.ready ## Build and deliver three days of the demo in demo/target/days: what changed, and why
	rm -rf demo/target/days && mkdir -p demo/target/days
	@set -e; for day in $(DEMO_DAYS); do \
		echo; echo "== $$day"; \
		($(DAYS_IN) ../$(DBT) --quiet build --select +exposure:aam_drop --exclude-resource-type unit_test \
			--vars "{aam_now: '$$day 06:00:00'}"); \
		($(DAYS_IN) ../$(BIN)/aam-export plan --signals --now $${day}T08:00:00); \
		($(DAYS_IN) ../$(BIN)/aam-export run --now $${day}T08:00:00); \
	done
	@echo; echo "== Taken away, replaced, refreshed: a line each, and the history"
	@cd demo/target/days/aam_drop/*/date=2017-12-31 && gzip -cd ftp_dpm_100001_*.sync.gz | grep -m 1 d_unsid
	@cd demo/target/days/aam_drop/*/date=2017-12-31 && gzip -cd ftp_dpm_100001_*.overwrite.gz | grep -m 1 basket_count
	@cd demo/target/days/aam_drop/*/date=2017-12-31 && gzip -cd ftp_dpm_100001_*.sync.gz | grep -m 1 -v d_unsid
	@$(DAYS_IN) ../$(BIN)/aam-export status
	@echo; echo "== The three days on a page"
	@$(DAYS_IN) ../$(BIN)/aam-export report --now $(lastword $(DEMO_DAYS))T20:00:00

demo-loop: demo/.ready demo/target/days/days.duckdb ## Let Audience Manager answer the three days, and make a first campaign list of it
	@echo "== What comes back: mails, markers, and who is in which segment"
	$(BIN)/python demo/scripts/answer.py demo/target/days/aam_drop demo/target/days/answers
	@$(DAYS_IN) ../$(DBT) --quiet seed --select aam_destinations $(LOOP)
	$(DAYS_IN) ../$(BIN)/aam-export receive --now $(LOOP_DAY)T18:00:00
	@$(DAYS_IN) ../$(DBT) --quiet build --select aam_inbound.feedback int_customers__of_ids segment_reach letter__recipe_readers \
		--exclude-resource-type unit_test $(LOOP)
	@echo; echo "== What became of each batch, beside what was expected"
	@$(DAYS_IN) ../$(BIN)/aam-export status
	@$(DAYS_IN) ../$(DBT) --quiet show $(LOOP) --inline "select batch_id, lines_acknowledged, records_received, \
		stored_records, no_matching_aam_id as unmatched, expected_no_matching_aam_id as unmatched_expected \
		from {{ ref('receipt_reconciliation') }} order by batch_id"
	@echo "== Who is in a segment, and whom a campaign may reach: who opted out is left out (P2)"
	@$(DAYS_IN) ../$(DBT) --quiet show $(LOOP) --select segment_reach
	@echo "== The campaign list, its first five rows"
	@$(DAYS_IN) ../$(DBT) --quiet show $(LOOP) --select letter__recipe_readers --limit 5
	@echo "== The deliveries and what came back of them on a page"
	@$(DAYS_IN) ../$(BIN)/aam-export report --now $(LOOP_DAY)T20:00:00

demo/target/days/days.duckdb:
	$(MAKE) --no-print-directory demo-days

test: .venv/.installed-dev profiles.yml lint unit ## Run the checks of a change; of the places to be killed at, every tenth

lint: .venv/.installed-dev profiles.yml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models macros tests
	@if [ -d demo ]; then $(MAKE) --no-print-directory lint-demo; fi

lint-demo: demo/.ready
	$(BIN)/mypy demo/scripts
	$(IN_DEMO) ../$(DBT) --quiet compile --target-path target/lint
	$(IN_DEMO) DBT_TARGET_PATH=target/lint ../$(BIN)/aam-export lineage
	$(IN_DEMO) ../$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 models

# More than two cores have, for tests wait for servers and disks.
WORKERS ?= 3

unit: .venv/.installed-dev profiles.yml
	AAM_TEST_EVERY=$(or $(EVERY),10) AAM_TEST_FROM=$(or $(FROM),0) $(BIN)/pytest -n $(WORKERS) --durations 30 -m "not thorough and not spark" $(TESTS)

test-all: .venv/.installed-spark profiles.yml lint ## Run every test there is, at every place of the sweeps: the best part of an hour
	$(BIN)/pytest -n $(WORKERS) --durations 30

test-spark: .venv/.installed-spark profiles.yml ## Run what is tested on Spark; of the places to be killed at, every twentieth
	AAM_TEST_EVERY=$(or $(EVERY),20) AAM_TEST_FROM=$(or $(FROM),0) $(BIN)/pytest -n 0 -m spark --durations 10 $(SPARK_TESTS)

dbt-versions: .venv/.installed-dev demo/.ready ## Build and deliver the demo with the oldest and newest dbt 1 and with dbt v2
	$(BIN)/python scripts/dbt_versions.py $(VERSIONS)

soak: .venv/.installed-dev profiles.yml ## Run random worlds of the delta for that long (make soak SECONDS=3600)
	AAM_SOAK_SECONDS=$(or $(SECONDS),600) $(BIN)/pytest -q -n 2 --dist load tests/sql/test_delta_model.py -k "random_worlds or any_days"

check-drops: .venv/.installed-dev ## Compare check with the slow reading of the rules on that many random drops (make check-drops DROPS=20000)
	AAM_CHECK_DROPS=$(or $(DROPS),20000) $(BIN)/pytest -q -s -n 0 tests/export/test_check_against_slow.py

bench: .venv/.installed-dev bench-postgres ## Compare speed and memory with other ways (make bench USERS=5000000 SECTIONS=write)
	$(BIN)/python scripts/bench.py --users $(or $(USERS),1000000) --runs $(or $(RUNS),1) $(SECTIONS)
	$(BIN)/python scripts/bench_upload.py

docs: .venv/.installed ## Write the commands' help and JSON schemas, the settings and the rules into docs
	$(BIN)/python scripts/make_cli_docs.py
	$(BIN)/python scripts/make_json_docs.py
	$(BIN)/python scripts/make_settings_docs.py
	$(BIN)/python scripts/make_rules_docs.py
	$(BIN)/python scripts/make_reasons.py

pii: .venv/.installed-dev $(if $(PEERS),target/peers/.installed) ## Measure the detectors of personal data on generated rows, for docs/pii.md (make pii SEED=2 PEERS=1)
	$(BIN)/python scripts/measure_pii.py --seed $(or $(SEED),1) --write $(if $(PEERS),--peers target/peers/bin/python)

# Other detectors, beside which ours are measured; they are no part of what is locked.
target/peers/.installed: Makefile
	$(PYTHON) -m venv target/peers
	target/peers/bin/python -m pip install --quiet --disable-pip-version-check 'presidio-analyzer==2.2.366' 'scrubadub==2.0.1'
	touch $@

bench-receive: .venv/.installed-dev ## Compare `aam-export receive` with DuckDB's read_csv (make bench-receive USERS=5000000 BUILD=1)
	$(BIN)/python scripts/bench_receive.py --users $(or $(USERS),5000000) $(if $(BUILD),--build)

bench-check: .venv/.installed-dev ## Measure `aam-export check` (make bench-check LINES=5000000)
	$(BIN)/python scripts/bench_check.py --lines $(or $(LINES),1400000)

bench-postgres: .venv/.installed-dev ## The same for PostgreSQL alone
	$(BIN)/python scripts/bench_postgres.py --users $(or $(USERS),1000000)

bench-report: .venv/.installed ## Measure the report on a ledger of 5 million users, 500 traits and 400 days (after demo-days)
	$(BIN)/python scripts/bench_report.py

screenshots: .venv/.installed-dev ## Take pictures of the report of demo-days, with Chromium
	$(BIN)/python scripts/screenshots.py

load-postgres: .venv/.installed-dev demo/profiles.yml ## Load the demo's raw tables into the target `postgres` of demo/profiles.yml
	$(BIN)/python demo/scripts/load_postgres.py --profiles-dir demo

spark-server: .venv/.installed-spark ## Run a Spark Connect server with tables of Iceberg, until Ctrl+C
	$(BIN)/python scripts/spark_server.py

load-spark: .venv/.installed-spark ## Load the demo's raw tables into the Spark that SPARK_REMOTE names
	$(BIN)/python demo/scripts/load_spark.py

site: .venv/.installed-dev demo/.ready ## Make a site of the docs, with the report of demo-days, in target/site
	$(DAYS_IN) ../$(DBT) --quiet docs generate --static --target-path target/docs
	$(BIN)/python scripts/make_site.py

lock: ## Resolve the lock files anew (needs uv: pip install uv)
	$(LOCK) --group build pyproject.toml --extra demo --extra dev --extra postgres --extra report --extra site -o requirements-dev.lock
	$(LOCK) --group build pyproject.toml --extra demo --extra report -c requirements-dev.lock -o requirements.lock
	$(LOCK) --group spark-tests pyproject.toml --extra spark -c requirements-dev.lock -o requirements-spark.lock
	@# Where they can be, the versions of requirements.lock: uv keeps those that it finds in its output.
	for version in 1.10 1.12; do \
		cp requirements.lock scripts/dbt_versions/$$version.lock && \
		$(LOCK) --no-config scripts/dbt_versions/$$version.in --override scripts/dbt_versions/left_out.txt \
			-o scripts/dbt_versions/$$version.lock || exit 1; \
	done
	$(LOCK) --no-config --prerelease allow scripts/dbt_versions/2.in -o scripts/dbt_versions/2.lock

clean: ## Remove what was built; keeps the ledger, which is in the warehouse
	rm -rf target logs demo/target demo/logs

profiles.yml:
	sed 's|/absolute/path/of|$(CURDIR)|' profiles.yml.example > $@

demo/profiles.yml:
	sed 's|/absolute/path/of|$(CURDIR)/demo|' profiles.yml.example > $@

# The package is linked, not copied: what changes above the demo is what it uses.
demo/.ready: .venv/.installed demo/profiles.yml demo/packages.yml
	$(IN_DEMO) ../$(DBT) --quiet deps
	touch $@

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed: make PYTHON=python3.x" if sys.version_info < (3, 10) else 0)'
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python requirements.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

# Jars by Maven's coordinates, each with its hash; pyspark brings the rest.
.venv/.installed-spark: .venv/.installed-dev requirements-spark.lock tests/support/spark_jars.txt
	$(PIP) --require-hashes -r requirements-spark.lock
	@set -e; while read -r sha256 jar; do \
		$(MAVEN):copy -Dartifact=$$jar -DoutputDirectory=.venv/spark-jars; \
		name=$$(echo $$jar | cut -d: -f2- | tr : -).jar; \
		echo "$$sha256  .venv/spark-jars/$$name" | sha256sum --check --quiet; \
	done < tests/support/spark_jars.txt
	touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@
