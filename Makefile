# `make demo` and `make test` are all that a newcomer types; `make help` lists the rest.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
READY_ALL := .venv/ready-all
PEERS := .venv-peers
# Tests share the cores: each worker takes what lies together, and what another has left when it is done.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq -o=Dpkg::Use-Pty=0

.DELETE_ON_ERROR:
.PHONY: help demo test test-slow test-all check verify bench clean requirements picture chromium postgresql mariadb libreoffice

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: $(READY) ## Plan the example case; the report lands in out/demo.
	$(BIN)/outlast demo --out out/demo

test: $(READY) chromium ## Tests of the core, without the slow ones.
	$(PYTEST) -m "not slow"

test-slow: check $(READY_ALL) chromium postgresql mariadb libreoffice ## Format, lint, types, layers and the slow tests.
	$(PYTEST) -m slow

test-all: check $(READY_ALL) chromium postgresql mariadb libreoffice ## Format, lint, types, layers and every test.
	$(PYTEST)

check: $(READY) ## Format, lint, types and layers; under a minute.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

verify: $(READY) $(PEERS)/ready ## Long comparisons with theory and with other programs; docs/verification.md.
	$(BIN)/python -m pytest verification
	$(BIN)/python -m verification.page

bench: $(READY_ALL) $(PEERS)/ready ## Speed, measured.
	$(BIN)/python -m pytest benchmarks
	$(BIN)/python -m benchmarks.reach
	$(BIN)/python -m benchmarks.scaling
	$(BIN)/python -m benchmarks.plan_rivals
	$(BIN)/python -m benchmarks.plan_sizes
	$(BIN)/python -m benchmarks.plan_gaps

picture: $(READY) chromium ## The picture in the README, of what make demo writes.
	$(BIN)/outlast demo --out out/demo
	chromium $(CHROMIUM) --screenshot=$(CURDIR)/docs/images/report.png file://$(CURDIR)/out/demo/report.html

CHROMIUM = --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking \
	--disable-component-update --disable-sync --window-size=1200,1500

clean: ## Remove the environment and whatever was made here.
	rm -rf .venv $(PEERS) out build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache .benchmarks src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

requirements: $(READY) ## Choose and lock newer versions of what Outlast needs.
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	$(COMPILE) pyproject.toml --group dev --all-extras -c requirements-dev.txt -o requirements-all.txt
	echo uv | $(COMPILE) - -o requirements-uv.txt
	printf '%s\n' stockpyl supplynetpy mpi-sppy highspy 'numpy<2' 'scipy<1.15' | $(COMPILE) - -o requirements-peers.txt

COMPILE = $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make requirements"

# The environment. Once it stands, make compares a few time stamps and does nothing.
$(READY): requirements-uv.txt requirements-dev.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Outlast needs into .venv (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt \
	  || echo "uv could not be installed; pip does its work, more slowly"
	@$(call install,--require-hashes -r requirements-dev.txt)
	@$(call install,--no-deps --no-build-isolation --editable .)
	@touch $@

# The same with all extras: what make test does without.
$(READY_ALL): requirements-all.txt $(READY)
	@echo "Installing the extras into .venv"
	@$(call install,--require-hashes -r requirements-all.txt)
	@touch $@

install = test -x $(BIN)/uv && $(BIN)/uv pip install --quiet --python $(BIN)/python $(1) \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1)

# The environment of the programs that we compare with (docs/decisions/0037-peers-in-an-environment-of-their-own.md).
PEERS_PYTHON ?= $(PYTHON)
$(PEERS)/ready: requirements-peers.txt $(READY)
	@$(PEERS_PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' \
	  || { echo "The peers need Python 3.11 or 3.12. Name one: make verify PEERS_PYTHON=python3.12"; exit 1; }
	@echo "Installing stockpyl, SupplyNetPy and mpi-sppy into $(PEERS)"
	@$(PEERS_PYTHON) -m venv $(PEERS)
	@test -x $(BIN)/uv && $(BIN)/uv pip install --quiet --python $(PEERS)/bin/python --require-hashes -r $< \
	  || $(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Outlast needs Python 3.11 or newer. Name one: make PYTHON=python3.12"; exit 1; }
	@package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || { $(call apt,$$package,The venv module of Python); }
	$(PYTHON) -m venv .venv

# The browser that one test of the report needs. Without it that test is skipped, or fails where CI=true.
chromium:
	@command -v chromium >/dev/null || { $(call apt,chromium,A browser for one test of the report); } \
	  || [ "$$CI" != true ]

# The database servers that slow tests of the import need; started by them, in folders of their own.
postgresql:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	  || { $(call apt,postgresql,A database for tests of the import); } || [ "$$CI" != true ]

mariadb:
	@command -v mariadb-install-db >/dev/null \
	  || { $(call apt,mariadb-server,A second database for tests of the import); } || [ "$$CI" != true ]

# The spreadsheet program that slow tests of workbooks load and save them with.
libreoffice:
	@command -v soffice >/dev/null \
	  || { $(call apt,libreoffice-calc-nogui,A spreadsheet program for tests of workbooks); } || [ "$$CI" != true ]

# Install a Debian package where we may, else name it exactly.
apt = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; \
	  then $(APT) update && $(APT) install -y --no-install-recommends $(1) >/dev/null; \
	  else echo "$(2) is missing. As root: apt-get install $(1)"; false; fi
