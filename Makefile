# make run    set up and serve            make test   set up and run every test
# make demo   play a whole request        make bench  measure, write bench/RESULTS.md
#             in the web chat, or with CHANNEL=telegram or CHANNEL=whatsapp
# make check  look for mistakes in settings, flows and templates

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c '$(NEW_ENOUGH)' 2>/dev/null && command -v $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
CHANNEL ?= web
ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: run test demo bench check format clean

run: $(VENV)/ready
	$(BIN)/loket run

test: $(VENV)/ready-dev $(VENV)/browser
	$(BIN)/python -m pytest -n 5 --dist loadfile --no-loadscope-reorder

demo: $(VENV)/ready-dev
	$(BIN)/loket demo --channel $(CHANNEL)

bench: $(VENV)/ready-bench
	$(BIN)/python -m bench

check: $(VENV)/ready
	$(BIN)/loket check

format: $(VENV)/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Loket needs Python 3.11 or newer"; exit 1; }
	$(PYTHON) -m venv $(VENV) || { \
		$(ROOT) apt-get update -q && $(ROOT) apt-get install -yq python3-venv && \
		rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }

$(VENV)/ready: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/ready-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/ready

$(VENV)/ready-bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@ $(VENV)/ready $(VENV)/ready-dev

# The tests drive a real browser: Chromium, if there is one without windows.
INSTALL := DEBIAN_FRONTEND=noninteractive $(ROOT) apt-get install -yq fonts-noto-color-emoji
$(VENV)/browser: | $(BIN)/python
	@command -v chromium-headless-shell >/dev/null || { $(ROOT) apt-get update -q; \
		$(INSTALL) chromium-headless-shell; } || \
		command -v chromium >/dev/null || command -v chromium-browser >/dev/null || $(INSTALL) chromium
	@touch $@

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info
