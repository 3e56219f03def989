# Two commands: `make run` shows Keel at work, `make test` proves that it works.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint types unit bench bench-peers format clean

run: .venv/.installed  ## simulate card payments, train, prove the promises, register
	$(BIN)/keel new fraud --like fraud --into .demo --if-missing
	$(BIN)/keel run .demo/fraud

test: lint types unit  ## everything that must hold before a change lands

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/.installed-dev
	$(BIN)/mypy

unit: .venv/.installed-dev
	$(BIN)/python -m pytest -n 2

bench: .venv/.installed-dev  ## ratios against peers and limits, measured in one run
	$(BIN)/python benchmarks/run.py

bench-peers: .venv/.installed-dev  ## the same against other servers, each in its own environment
	test -d .bench/mlserver || $(BIN)/python -m venv .bench/mlserver
	.bench/mlserver/bin/python -m pip install --quiet mlserver mlserver-lightgbm
	test -d .bench/mlflow || $(BIN)/python -m venv .bench/mlflow
	.bench/mlflow/bin/python -m pip install --quiet mlflow lightgbm
	$(BIN)/python benchmarks/serving.py --peers .bench
	$(BIN)/python benchmarks/grpc_serving.py --peers .bench

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .demo .bench

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Keel needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 3; }
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.installed-dev: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
