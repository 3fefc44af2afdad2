# Every target works as the first command on a machine with Python 3.11+, git and make: it makes .venv itself.
.DEFAULT_GOAL := help
PY := .venv/bin/python
T ?= tests
DAYS ?= 21
SEED ?= 7
SEEDS ?= 200
PORT ?= 8000
WORKERS ?= 2
DURATIONS ?= 0
PYTEST = $(PY) -m pytest -n $(WORKERS) $(if $(filter-out 0,$(DURATIONS)),--durations=$(DURATIONS))
# Tests run on SQLite, with DB=postgres on a PostgreSQL server that lives as long as they do.
DB ?= sqlite
WITH_DB = $(if $(filter postgres,$(DB)),scripts/with-postgres,$(if $(filter sqlite,$(DB)),,$(error DB is sqlite or postgres)))
SOAK ?= tests/kindling/delivery/test_guard_in_any_order.py tests/kindling/test_interleavings.py
# Where the environment asks for no bytecode beside the sources, it is kept in .venv instead of being made again
# by every process.
ifdef PYTHONDONTWRITEBYTECODE
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode
endif

.PHONY: help setup dev run test fast check lint format types contracts migrations docs mutants soak journeys bench dist sim migration lock clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: dev ## Make .venv with everything, and the git hooks
	@if [ -d .git ]; then .venv/bin/pre-commit install >/dev/null && echo "git hooks are in place"; fi

run: ## Walk the whole path on a simulated TikTok, then open it in the browser (DAYS, SEED, PORT)
	@scripts/bootstrap run
	@.venv/bin/kindling demo --days $(DAYS) --seed $(SEED) --port $(PORT)

dev:
	@scripts/bootstrap dev

test: dev ## Every test that needs no browser (T=tests/x.py for some, DB=postgres on PostgreSQL)
	@$(WITH_DB) $(PYTEST) $(T) -m "not journey"

fast: dev ## The tests to run at every change: under two minutes
	@$(WITH_DB) $(PYTEST) $(T) -m "not journey and not slow"

check: lint types contracts migrations test ## Lint, types, contracts, migrations, and every test that needs no browser

lint: dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@scripts/check-tree

format: dev ## Rewrite the code in the house's format
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

types: dev
	@.venv/bin/mypy

contracts: dev
	@.venv/bin/lint-imports

migrations: dev
	@KINDLING_DATA_DIR=.pytest_cache/migrations DJANGO_SETTINGS_MODULE=kindling.settings .venv/bin/django-admin makemigrations --check --dry-run

docs: dev ## Check that the docs agree with the code
	@$(PY) -m pytest tests/docs -q

mutants: dev ## Change the rules in small ways: every change must fail a test (M=checks for one module)
	@$(PY) scripts/mutants.py --workers $(WORKERS) $(M)

soak: dev ## Random hours of the guard, random orders of approvals and payments (SEEDS, SOAK=tests/x.py, DB)
	@SOAK_SEEDS=$(SEEDS) $(WITH_DB) $(PYTEST) $(SOAK)

journeys: dev ## Walk the pages in a real browser (needs Chromium)
	@scripts/find-chromium >/dev/null
	@$(PYTEST) tests/journeys -m journey

bench: dev ## Ratios side by side in one run
	@$(PY) -m bench

dist: dev ## Build the sandbox's own wheel and sdist into dist/
	@$(PY) scripts/build_sandbox.py

sim: ## The sandbox alone, on port 8790
	@scripts/bootstrap run
	@.venv/bin/tiktok-sandbox serve

migration: dev ## Write a migration: make migration AREA=posts NAME=add_hook
	@KINDLING_DATA_DIR=.pytest_cache/migrations DJANGO_SETTINGS_MODULE=kindling.settings .venv/bin/django-admin makemigrations $(AREA) -n $(NAME)

lock: dev ## Renew the lock files after a change in pyproject.toml
	@scripts/lock

clean: ## Remove .venv and caches; var/ with its data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
