# Two commands: `make run` starts the app, `make test` checks everything. Both prepare what they need first.
# Another Python: `make run PYTHON=python3.12`. Options for the suite: `make test PYTEST_ARGS="-m 'not slow'"`.

PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?=
BIN := $(VENV)/bin

.PHONY: run test lint format chromium clean
.DELETE_ON_ERROR:

run: $(VENV)/.runtime
	$(BIN)/python app.py

test: $(VENV)/.tools chromium lint
	$(BIN)/python -m pytest -n 2 $(PYTEST_ARGS)

lint: $(VENV)/.tools
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p app
	$(BIN)/lint-imports

format: $(VENV)/.tools
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The stamps are touched only after pip has succeeded, so an interrupted installation is taken up again.
$(VENV)/.runtime: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.tools: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no '$(PYTHON)' here. Install Python 3.10, 3.11 or 3.12, or name one: make run PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' || { \
	  echo "Latent Lab runs on Python 3.10 to 3.12, and '$(PYTHON)' is `$(PYTHON) --version 2>&1`." \
	    "Name another one: make run PYTHON=python3.12" >&2; \
	  exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); \
	  echo "Python could not make $(VENV). On Debian and Ubuntu install python3-venv first." >&2; \
	  exit 1; }

# The browser tests need a Chromium or Chrome that starts. Where none is found: Debian's package, else Playwright's own
# download, with the system libraries that it needs where they may be installed.
chromium: $(VENV)/.tools
	@$(BIN)/python tests/chromium.py || $(MAKE) --no-print-directory install-chromium

.PHONY: install-chromium
install-chromium:
	@if grep -qs '^ID=debian' /etc/os-release && [ "`id -u`" = 0 ]; then \
	  apt-get update -qq; apt-get install -y -qq chromium; \
	elif grep -qs '^ID=debian' /etc/os-release && sudo -n true 2>/dev/null; then \
	  sudo -n apt-get update -qq; sudo -n apt-get install -y -qq chromium; \
	else \
	  { { [ "`id -u`" = 0 ] || sudo -n true 2>/dev/null; } && \
	    $(BIN)/python -m playwright install --with-deps chromium; } || \
	  $(BIN)/python -m playwright install chromium; \
	fi || echo "No Chromium could be installed. Install one, or name it: CHROMIUM=/path/to/chrome make test" >&2

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .gradio
	find app tests lessons -name __pycache__ -type d -prune -exec rm -rf {} +
