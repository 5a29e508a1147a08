# Each command does all its own set-up, on a machine that has only Python (3.11 to 3.13), pip and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PLACES ?= --pilots
STRIP := $(BIN)/nbstripout --extra-keys "metadata.papermill cell.metadata.papermill metadata.language_info.version"

.PHONY: setup reports test check lab bench clean

reports: $(READY)  ## the reports for the 13 pilots, or for PLACES="croydon kent"
	@echo "Building reports into reports/ ..."
	$(BIN)/totalplace run $(PLACES)

setup: $(READY)  ## prepares .venv from requirements.lock

$(READY): requirements.lock pyproject.toml
	@echo "Preparing .venv (exact versions of requirements.lock; a minute or two the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11 to 3.13 is needed; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

test: $(READY)  ## every test
	@echo "Running the tests ..."
	$(BIN)/python -m pytest

check: $(READY)  ## the style of code and notebooks, and that no output is kept in git
	@echo "Checking code and notebooks ..."
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(STRIP) --verify notebooks/*.ipynb

lab: $(READY)  ## opens JupyterLab on notebooks/
	$(BIN)/jupyter lab notebooks

bench: $(READY)  ## prints the benchmarks
	$(BIN)/python -m tests.benchmarks.run
	$(BIN)/python -m tests.benchmarks.reports --all

clean:  ## removes what can be rebuilt
	rm -rf .venv reports data/processed
