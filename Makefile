# The README's two commands are `make run` and `make test`; each sets up all it needs first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PORT   ?= 8501

.PHONY: run test setup check lint types unit bench screenshots lock clean chromium

run: setup
	$(BIN)/python app.py --port $(PORT)

test: setup chromium check

setup: $(STAMP)

$(STAMP): requirements.lock requirements-index.lock scripts/install.sh
	PYTHON=$(PYTHON) VENV=$(VENV) sh scripts/install.sh
	touch $(STAMP)

chromium: setup
	sh scripts/install-chromium.sh

check: lint types unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

unit: setup
	$(BIN)/pytest

bench: setup
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-bench.lock
	$(BIN)/python -m benchmarks

screenshots: setup chromium
	$(BIN)/python -m docs.make_screenshots

lock:
	sh scripts/lock.sh

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
