"""A setting of a method, as arguments of `run.py` name it: measured over seeds, and fitted as a cell is."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Callable, Mapping

import pandas as pd

from experiments.configuration import compose_config
from experiments.run.cell import Cell
from experiments.run.method import unfitted
from fairtab import Split
from fairtab.datasets import loading
from fairtab.neural.training import quiet_trainer
from fairtab.synthesizer import Synthesizer
from fairtab.threads import one_thread

Measure = Callable[[Cell, Split, int], Mapping[str, float]]  # of a setting, its tables and a seed


def asked(
    description: str | None, arguments: list[str] | None, option: str, default: str, words: str
) -> tuple[list[str], list[str]]:
    """Read the arguments of `run.py`, and a list such as `--seeds 0,1,2`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*", help="as for run.py")
    parser.add_argument(f"--{option}", default=default, help=words)
    given = parser.parse_args(arguments)
    return given.overrides, getattr(given, option).split(",")


def over_seeds(
    measure: Measure, description: str | None, arguments: list[str] | None
) -> tuple[list[str], Cell, pd.DataFrame]:
    """Measure the setting that the arguments name: the arguments of `run.py`, the cell, and one row for each seed."""
    overrides, seeds = asked(description, arguments, "seeds", "0", "for example 0,1,2")
    cell = Cell.from_config(compose_config(overrides))
    split = loading.load(cell.dataset)
    return overrides, cell, pd.DataFrame([measure(cell, split, int(seed)) for seed in seeds])


def fitted(cell: Cell, split: Split, seed: int) -> Synthesizer:
    """Fit the method of a cell by one thread, without a word."""
    with one_thread():
        return unfitted(cell, functools.partial(quiet_trainer, accelerator="cpu")).fit(
            split.train, split.validation, seed=seed
        )
