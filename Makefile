# `make run` and `make test` work in a fresh clone: the first call sets up .venv.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ARGS   ?=
PINS    = baselines/$(NAME)/requirements.txt
DATASETS ?= adult,bank,compas,german

.PHONY: run peer test test-all test-cluster lint site format faults bench tables figures report status readme wheel clean help

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

run: $(READY)    ## one cell of the benchmark: make run ARGS="seed=1 balance=5"
	$(BIN)/python run.py $(ARGS)

# torch comes first, with what its own build needs; all else is exactly what was tried
peer:            ## the environment of a program that comes with the benchmark: make peer NAME=mostlyai
	@test -f $(PINS) || { echo "NAME=$(NAME): expected one of $(patsubst baselines/%/requirements.txt,%,$(wildcard baselines/*/requirements.txt))"; exit 1; }
	rm -rf .peers/$(NAME) .peers/$(NAME).tmp
	$(PYTHON) -m venv .peers/$(NAME).tmp
	! grep -q '^torch==' $(PINS) || .peers/$(NAME).tmp/bin/python -m pip install --quiet --disable-pip-version-check -c $(PINS) torch
	.peers/$(NAME).tmp/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $(PINS)
	mv .peers/$(NAME).tmp .peers/$(NAME)

PYTEST  = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --ignore tests/cluster

test: $(READY)   ## the tests before a commit: all but the slow ones
	$(PYTEST) -m "not slow" $(ARGS)

test-all: $(READY) ## every test, as continuous integration runs them; PEERS=1: also with the programs in .peers
	$(PYTEST) $(ARGS)

test-cluster: $(READY) ## sweeps on a Slurm of two nodes that this machine plays
	$(BIN)/python -m pytest tests/cluster $(ARGS)

lint: $(READY)   ## style, the layers, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

site: $(READY)   ## the manual as a site, site/index.html; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

format: $(READY) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

faults: $(READY) ## plant faults in a copy of the checkout: each must make its tests fail; ARGS="guidance -j 2"
	$(BIN)/python tests/mutants/plant.py $(ARGS)

bench: $(READY)  ## make the synthetic tables of FairTab (levels 10 and 0) and its ceilings, if they are not on disk
	-$(BIN)/python run.py -m dataset=$(DATASETS) seed=0,1,2 balance=0,10
	-$(BIN)/python run.py -m dataset=$(DATASETS) seed=0,1,2 method=resample
	$(BIN)/python -m experiments.reports documents

tables: $(READY) ## results/tables from the runs; STRICT=1 fails if a cell is missing; VARIANT=tuned: of tuned settings
	$(BIN)/python -m experiments.reports tables $(ARGS) $(if $(STRICT),--strict) $(if $(VARIANT),--variant $(VARIANT))

figures: $(READY) ## results/figures from the runs
	$(BIN)/python -m experiments.reports figures $(ARGS)

status: $(READY) ## which cells are done, failed, missing or stale, and the commands that fill them; ARGS="experiment=tradeoff"
	$(BIN)/python -m experiments.status $(ARGS)

readme: $(READY) ## the tables in README.md and docs/ from the runs
	$(BIN)/python -m experiments.reports documents

report: $(READY) ## all results as one page, results/report/index.html; ARGS="--results DIR" for other results
	$(BIN)/python -m experiments.reports page $(ARGS)

wheel: $(READY)  ## build the package, install it into an empty environment, and make a table with it
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/wheel .
	$(PYTHON) -m venv build/wheel/env
	build/wheel/env/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	build/wheel/env/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt build/wheel/*.whl
	cd build/wheel && env/bin/python $(CURDIR)/tests/front/package.py

clean:           ## remove the environment
	rm -rf $(VENV)

# torch comes first and is pinned: otherwise another package's open range would install several GB of CUDA libraries
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "FairTab needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@
