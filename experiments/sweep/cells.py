"""The cells of a sweep, composed but not run."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from experiments.configuration import compose_config, composing
from experiments.run.cell import Cell
from experiments.store.run import Run


def cells(overrides: Sequence[str]) -> list[tuple[list[str], Cell]]:
    """Compose the cells that `run.py -m <overrides>` would make.

    Parameters
    ----------
    overrides : sequence of str
        As on the command line of `run.py`.

    Returns
    -------
    list
        For each cell, once, the overrides that ask for it alone, and the cell.

    Raises
    ------
    HydraException
        The overrides do not fit the configuration.
    InputError
        As of `Cell.from_config`.
    """
    experiment = [word for word in overrides if word.startswith("experiment=")]
    swept = compose_config(experiment, with_hydra=True).hydra.sweeper.params or {}
    parsed = OverridesParser.create().parse_overrides([*(f"{k}={v}" for k, v in swept.items()), *overrides])
    choices = {o.get_key_element(): _choices(o) for o in parsed}  # as in a sweep, the last word for a key holds
    levels, seeds = choices.pop("balance", [None]), choices.pop("seed", ["seed=0"])
    found: dict[Run, tuple[list[str], Cell]] = {}
    with composing() as composed:
        for words in itertools.product(*choices.values()):
            usual = Cell.from_config(composed(words))  # slow; a level or a seed changes little else
            for level, seed in itertools.product(levels, seeds):
                at_level = usual.at_level(_value(level)) if level else usual
                run = replace(at_level.run, seed=_value(seed))
                alone = [*words, *([level] if level else []), seed]
                found.setdefault(run, (alone, replace(at_level, run=run)))  # all levels of some methods are one cell
    return [*found.values()]


def _value(word: str) -> Any:
    return yaml.safe_load(word.partition("=")[2])


def _choices(override: Any) -> list[str]:
    if not override.is_sweep_override():
        return [override.input_line]
    return [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
