# make run     set up what is missing and serve the dashboard at http://127.0.0.1:8501 (PORT=8600 for another port)
# make test    all tests, those in a browser included
# make check   format, lint, types, freshness of data and docs; changes nothing
# make fix     mend what can be mended
# make bench   measure, beside peers, with 10, 10,000 and 1,000,000 patients (SIZES="10 10000" for less, 10000000 on request)
# make soak    measure what the server stands: a crowd, a flood, a hundred sessions, being told to stop
# make attack  try what it must refuse: forged names and sites, guessed codes, taken rooms, values in logs, requests elsewhere
# make faults  turn bits, kill writers and fill the disk, and see whether a registry's folder is ever wrong and silent
# make audit   hold the locked packages against the public list of known vulnerabilities (needs the network)
# make sbom    write docs/sbom.cdx.json, the list of all packages, anew
# make screenshots   a picture of every page on every screen, with ten, one, nobody, groups, 60 and 1,000 patients
# make lock    pin requirements.txt, requirements-dev.txt, requirements-bench.txt and requirements-audit.txt anew
.PHONY: setup run test check fix bench soak attack faults audit sbom screenshots lock
.DEFAULT_GOAL := run

PORT ?= 8501
TESTS ?= tests
SIZES ?= 10 10000 1000000
# Branches are counted where all tests run; a part of them says nothing about the floor.
COVERAGE := $(if $(filter-out tests,$(TESTS)),,--cov --cov-report=term)
BIN := .venv/bin
# In this order: the first of these that is new enough makes the environment.
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --custom-compile-command "make lock"

setup: .venv/.stamp-dev .venv/.stamp-browser

run: .venv/.stamp-run
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: .venv/.stamp-dev .venv/.stamp-browser
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(COVERAGE) $(TESTS)

check: .venv/.stamp-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m plro_core build --check
	$(BIN)/python -m plro_core dictionary --check docs/dictionary.md
	$(BIN)/python -m tests.tools.rules --check
	$(BIN)/python -m tests.tools.library --check
	$(BIN)/python -m tests.tools.licences --check

fix: .venv/.stamp-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python -m plro_core build
	$(BIN)/python -m plro_core dictionary -o docs/dictionary.md
	$(BIN)/python -m tests.tools.rules
	$(BIN)/python -m tests.tools.library
	$(BIN)/python -m tests.tools.licences

bench: .venv/.stamp-bench
	$(BIN)/python -m tests.bench $(SIZES)

soak: .venv/.stamp-dev
	$(BIN)/python -m tests.tools.soak

attack: .venv/.stamp-dev .venv/.stamp-browser
	$(BIN)/python -m tests.tools.attack

faults: .venv/.stamp-dev
	$(BIN)/python -m tests.tools.breaking
	$(BIN)/python -m tests.tools.flips --most 300

audit: .venv/.stamp-audit
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

sbom: .venv/.stamp-audit
	$(BIN)/python -m tests.tools.sbom

screenshots: .venv/.stamp-dev .venv/.stamp-browser
	$(BIN)/python -m tests.tools.screenshots

lock: .venv/.stamp-dev
	$(COMPILE) requirements.txt -o requirements.lock
	$(COMPILE) -c requirements.lock requirements.txt requirements-dev.txt -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock requirements-bench.txt -o requirements-bench.lock
	$(COMPILE) -c requirements-dev.lock requirements-audit.txt -o requirements-audit.lock

# Each stamp is newer than what it was made from, so a second run takes no time.

.venv/.stamp-python:
	@for python in $(PYTHONS); do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		echo "Making .venv with $$($$python --version)."; \
		$$python -m venv .venv && touch $@ && exit 0; \
		echo "This Python cannot make an environment: install its venv module (on Debian: apt install python3-venv)." >&2; \
		exit 1; \
	done; \
	echo "The dashboard needs Python 3.11 or newer: install it, or name it with 'make PYTHON=/path/to/python3'." >&2; \
	exit 1

.venv/.stamp-run: requirements.lock .venv/.stamp-python
	$(INSTALL) -r requirements.lock
	@touch $@

.venv/.stamp-dev: requirements-dev.lock .venv/.stamp-run
	$(INSTALL) -r requirements-dev.lock
	@touch $@

.venv/.stamp-bench: requirements-bench.lock .venv/.stamp-dev
	$(INSTALL) -r requirements-bench.lock
	@touch $@

.venv/.stamp-audit: requirements-audit.lock .venv/.stamp-dev
	$(INSTALL) -r requirements-audit.lock
	@touch $@

.venv/.stamp-browser: .venv/.stamp-dev tests/tools/chromium.py
	$(BIN)/python -m tests.tools.chromium
	@touch $@
