# Two commands do everything: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
MANAGE := $(PY) manage.py
export PYTHONUNBUFFERED := 1

.PHONY: help setup setup-dev packages packages-test demo demo-reset serve test test-all lint format bench mutants shots lock

help:
	@echo "make demo        set up, start everything with the demo, print address and logins (Ctrl-C stops it)"
	@echo "make demo-reset  forget the demo and all its data"
	@echo "make test        every check and test (make test-all: the slow ones too)"
	@echo "make lint | format | bench [BENCH=name] | mutants | shots | setup | lock"

$(VENV)/uv.stamp:
	$(PYTHON) -c 'import sys; sys.exit("mspgov needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9'
	@touch $@

$(VENV)/app.stamp: $(VENV)/uv.stamp requirements/app.txt
	@$(UV) pip install --quiet --python $(PY) -r requirements/app.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/uv.stamp requirements/dev.txt
	$(UV) pip install --quiet --python $(PY) -r requirements/dev.txt
	@touch $@

static/fonts/.stamp: $(VENV)/app.stamp mspgov/web/fonts.py
	@$(MANAGE) build_fonts
	@touch $@

# Debian packages: installed when we may, else named.
packages:
	@.ci/packages libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0

packages-test: packages
	@.ci/packages chromium poppler-utils

setup: packages $(VENV)/app.stamp static/fonts/.stamp

setup-dev: packages-test $(VENV)/dev.stamp setup

demo: setup
	@$(MANAGE) demo

demo-reset: setup
	@$(MANAGE) services remove

lint: setup-dev
	$(VENV)/bin/ruff format --check --quiet .
	$(VENV)/bin/ruff check --quiet .
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/mypy
	$(VENV)/bin/djlint --quiet --lint templates
	$(MANAGE) makemigrations --check --dry-run 2>/dev/null
	$(MANAGE) check --fail-level WARNING

format: setup-dev
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix --quiet . || true

test: setup-dev lint
	$(VENV)/bin/pytest -q -n 2 --dist loadfile -m "not slow"

test-all: setup-dev lint
	$(VENV)/bin/pytest -q -n 2 --dist loadfile

bench: setup-dev
	@for b in $(if $(BENCH),$(BENCH),working_time import_log measure_log recurrences board_pack sweep inbox row_security pages); do $(PY) bench/$$b.py; done

mutants: setup-dev
	@$(PY) -m tests.mutation

shots: setup-dev
	$(PY) bench/shots.py

lock: $(VENV)/uv.stamp
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/app.in -o requirements/app.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt
