# `make demo` and `make test` do all set-up; `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
STAMP := .venv/installed
PYTEST := $(BIN)/python -m pytest
# Test files run side by side; each file's tests stay in their order, in one process.
SIDE_BY_SIDE := -n logical --maxprocesses 4 --dist loadfile
# Running systems wait more than they work: two files at a time.
TWO_AT_A_TIME := -n 2 --dist loadfile
SYSTEMS := tests/bench tests/chaos tests/integration

.PHONY: help install demo up test lint types services services-suite bench clean

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(STAMP) ## Make .venv with the command .venv/bin/tidegate and the development tools

$(STAMP): pyproject.toml deploy/constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed: apt-get install python3 python3-venv"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 is needed, $(PYTHON) is older"; exit 2; }
	@$(PYTHON) -m venv .venv || { echo "apt-get install python3-venv, then again"; exit 2; }
	$(BIN)/pip install --quiet --disable-pip-version-check -c deploy/constraints.txt -e '.[dev]'
	@touch $(STAMP)

demo: install ## Run everything on this machine and replay traffic of all products
	$(BIN)/tidegate up --demo

up: install ## Run everything on this machine
	$(BIN)/tidegate up

test: install ## Run the tests; what needs a service that is not there is skipped and listed
	$(PYTEST) $(SIDE_BY_SIDE) $(SYSTEMS:%=--ignore=%)
	$(PYTEST) $(TWO_AT_A_TIME) $(SYSTEMS)

lint: install ## Check style, layers and generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.generate --check

types: install ## Check types
	$(BIN)/mypy

services: install ## Fetch Apache Kafka and ClickHouse and run the tests that need them
	deploy/kafka-dev/kafka fetch
	deploy/clickhouse-dev/clickhouse fetch
	$(MAKE) services-suite REQUIRE=1

services-suite: install
	TIDEGATE_REQUIRE_SERVICES=$(REQUIRE) $(PYTEST) $(TWO_AT_A_TIME) -m services

bench: install ## Measure throughput, latency, cost and memory
	$(BIN)/tidegate bench

clean: ## Remove what the other targets made
	rm -rf .venv .cache var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
