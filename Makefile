# `make run` and `make test` do everything from a fresh clone, setting up .venv on the first call.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ARGS   ?=
DATASETS ?= adult,bank,compas

.PHONY: run test lint format faults bench tables figures report status readme clean help

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 10

run: $(READY)    ## one cell of the benchmark: make run ARGS="seed=1 balance=5"
	$(BIN)/python run.py $(ARGS)

test: $(READY)   ## the test suite, a file at a time on each core
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

lint: $(READY)   ## style, the layers, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(READY) ## bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

faults: $(READY) ## plant deliberate faults in a copy of the checkout: each must turn its tests red; ARGS="guidance -j 2"
	$(BIN)/python tests/mutants/plant.py $(ARGS)

bench: $(READY)  ## FairTab at levels 10 and 0 and its ceilings over three seeds, where their tables are not on disk
	-$(BIN)/python run.py -m dataset=$(DATASETS) seed=0,1,2 balance=0,10
	-$(BIN)/python run.py -m dataset=$(DATASETS) seed=0,1,2 method=resample
	$(BIN)/python -m experiments.reports documents

tables: $(READY) ## results/tables from the runs, beside the paper's; STRICT=1 fails where a cell is missing
	$(BIN)/python -m experiments.reports tables $(ARGS) $(if $(STRICT),--strict)

figures: $(READY) ## results/figures from the runs
	$(BIN)/python -m experiments.reports figures $(ARGS)

status: $(READY) ## which cells of the benchmark are done, failed, missing or stale, and what fills them; ARGS="experiment=tradeoff"
	$(BIN)/python -m experiments.status $(ARGS)

readme: $(READY) ## the tables in README.md and docs/ from the runs
	$(BIN)/python -m experiments.reports documents

report: $(READY) ## all results as one page, results/report/index.html; ARGS="--results DIR" of other results
	$(BIN)/python -m experiments.reports page $(ARGS)

clean:           ## remove the environment
	rm -rf $(VENV)

# torch first and pinned: another package's open range would bring several GB of CUDA libraries where a CPU build is found
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "FairTab needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@
