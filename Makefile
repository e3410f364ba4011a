# The whole workflow. Every target makes what it needs; a second call does only what changed.
#
#   make demo    a real language model solves real problems in a sandbox, in one command
#   make test    everything that this machine can run, and a list of what it could not
#   make check   format, lint, types, unit and architecture tests: under a minute, no network, no engine
#   make lint    format, lint and types only
#   make bench   speed, as ratios taken in one run
#   make bench-field   the tools of the field from PyPI, each in a venv of its own, on the same programs
#   make upgrade the newest packages in place of those of constraints.txt, which it rewrites
#   make clean   remove what the targets above made (never runs/)

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
TEST_JOBS ?= auto
SOURCES := $(shell find -L codeeval -type f -not -name '*.pyc' 2>/dev/null)

.PHONY: demo test check lint bench bench-field upgrade clean
.DELETE_ON_ERROR:

demo: $(VENV)/.with-local
	$(BIN)/codeeval models pull smollm2
	$(BIN)/codeeval run humaneval --model local:smollm2 --limit 20 --out runs/demo

test: $(VENV)/.with-dev
	$(BIN)/pytest --ignore=tests/performance -n $(TEST_JOBS) --dist loadfile -m "not alone" $(PYTEST_ARGS) \
		|| [ $$? = 5 ]
	$(BIN)/pytest --ignore=tests/performance -m alone $(PYTEST_ARGS) || [ $$? = 5 ]
	$(BIN)/pytest tests/performance/test_costs.py

check: lint
	$(BIN)/pytest tests/unit tests/architecture -q -n auto -m "not (docker or bubblewrap or data or model or slow)"

lint: $(VENV)/.with-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.with-dev
	$(BIN)/python tests/performance/compare.py $(BENCH_ARGS)
	$(BIN)/pytest tests/performance -p no:xdist $(PYTEST_ARGS)

bench-field: $(VENV)/.with-dev
	mkdir -p build
	$(BIN)/python tests/performance/field.py --out build/field.json $(BENCH_ARGS)

upgrade: $(BIN)/python
	$(PIP) install --quiet --upgrade --upgrade-strategy eager -e '.[dev]' transformers
	(sed -n '/^#/p' constraints.txt; $(PIP) freeze --exclude-editable | grep -vE '^(torch|triton|nvidia|cuda)') >$(VENV)/constraints
	mv $(VENV)/constraints constraints.txt

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks

# The development install is editable and holds all that the demo needs, so either stamp serves the demo.
$(VENV)/.with-local: pyproject.toml $(SOURCES) | $(BIN)/python
	@if [ -e $(VENV)/.with-dev ] && [ $(VENV)/.with-dev -nt pyproject.toml ]; then \
		echo "using the development install in $(VENV)"; \
	else \
		echo "installing codeeval into $(VENV): a minute or two, once"; \
		rm -rf build && $(PIP) install --quiet --constraint constraints.txt '.[local]'; \
	fi
	@touch $@

$(VENV)/.with-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing codeeval with its development tools into $(VENV): a minute or two, once"
	@$(PIP) install --quiet --constraint constraints.txt -e '.[dev]'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "codeeval needs Python 3.11 or newer as '$(PYTHON)'; name another one with: make PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' cannot make virtual environments here." >&2; \
		echo "On Debian and Ubuntu: sudo apt install python3-venv" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
