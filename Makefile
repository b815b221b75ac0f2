# The same commands for people and for CI. `make` or `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help demo test install install-test browser lint format types unit e2e js clean

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

demo: install ## Set up, load the example project and open the app
	$(BIN)/annotator demo $(if $(PORT),--port $(PORT))

test: install-test browser lint types js ## Set up and pass every test (lint, types, unit, browser)
	$(BIN)/python -m pytest -q
	$(BIN)/python -m pytest --e2e -q tests/e2e || { echo "On a busy machine a browser can be too slow: those that failed run once more, and must pass."; \
	  $(BIN)/python -m pytest --e2e -q --last-failed tests/e2e; }

install: $(VENV)/.installed ## Create the environment and install the tool into it
install-test: $(VENV)/.installed-test ## The same with the test tools

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[all]'
	@touch $@

$(VENV)/.installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[test]'
	@touch $@ $(VENV)/.installed

browser: ## Install Chromium for the browser tests (Debian and Ubuntu, as root)
	@.ci/browser

lint: install-test ## Style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: install-test ## Rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install-test ## Static types, strict
	$(BIN)/mypy

js: ## Unit tests of the browser code (needs Node.js 20 or newer)
	@.ci/js

unit: install-test ## Every test that needs no browser
	$(BIN)/python -m pytest -q

e2e: install-test browser ## Only the browser tests
	$(BIN)/python -m pytest --e2e -q tests/e2e

clean: ## Remove the environment and caches (keeps your databases)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
