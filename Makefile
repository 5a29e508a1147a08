# Each command does all its own set-up, on a machine that has only Python (3.11 to 3.13), pip and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PLACES ?= --pilots
CORES ?= 2
STRIP := $(BIN)/python -m nbstripout --extra-keys "metadata.papermill cell.metadata.papermill metadata.language_info.version"
TESTS := $(BIN)/python -m pytest -n $(CORES) --dist loadfile --no-loadscope-reorder

.PHONY: help reports setup test test-slow test-all check lab bench lock clean

help:  ## what can be made (the default)
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 18

reports: $(READY)  ## the reports for the 13 pilots, or for PLACES="croydon kent"
	@echo "Building reports into reports/ ..."
	$(BIN)/python -m totalplace run $(PLACES)

setup: $(READY)  ## .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@echo "Preparing .venv (exact versions of requirements.lock; a minute or two the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11 to 3.13 is needed; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

test: $(READY)  ## what a change can break: every test but the slow ones, in CORES=2 processes
	@echo "Running the tests (all but the slow ones: make test-all runs those too) ..."
	$(TESTS) -m "not slow"

test-slow: $(READY)  ## the long tests alone: kills at any moment, a hundred reports, a cluster
	@echo "Running the slow tests ..."
	$(BIN)/python -m pytest -m slow

test-all: test test-slow  ## every test

check: $(READY)  ## the style of code and notebooks, the types, and that no output is kept in git
	@echo "Checking code and notebooks ..."
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(STRIP) --verify notebooks/*.ipynb
	$(BIN)/python -m mypy

lab: $(READY)  ## JupyterLab on notebooks/
	$(BIN)/python -m jupyter lab notebooks

bench: $(READY)  ## the benchmarks, printed
	$(BIN)/python -m tests.benchmarks.run
	$(BIN)/python -m tests.benchmarks.reports --all

lock:  ## requirements.lock again from pyproject.toml, keeping the versions in it (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --extra test --no-emit-index-url --no-annotate \
		--custom-compile-command "make lock (uv pip compile --universal --no-emit-index-url; for Python 3.11 to 3.13)" \
		pyproject.toml --output-file requirements.lock

clean:  ## removes what can be rebuilt
	rm -rf .venv reports data/processed
