"""The cells of a sweep, composed but not run."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from experiments.configuration import compose_config, composing
from experiments.run.cell import Cell

DATASET = re.compile(r"\+*dataset[.=]")  # words about the dataset


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
    levels = [([word], _value(word)) for word in choices.pop("balance", [])] or [([], None)]
    seeds = [(word, _value(word)) for word in choices.pop("seed", ["seed=0"])]
    found = []
    with composing() as composed:
        part = functools.cache(composed)  # slow, so once for a method and once for a dataset, not for each pair
        for words in itertools.product(*choices.values()):
            config = part(tuple(word for word in words if not DATASET.match(word)))
            config.dataset = part(tuple(word for word in words if DATASET.match(word) or word in experiment)).dataset
            usual = Cell.from_config(config)
            for asked, level in levels if usual.level is not None else levels[:1]:  # the same cell at each level
                at_level = usual.at_level(level) if asked else usual
                for seed, value in seeds:
                    run = replace(at_level.run, seed=value)
                    found.append(([*words, *asked, seed], replace(at_level, run=run)))
    return found


def _value(word: str) -> Any:
    return yaml.safe_load(word.partition("=")[2])


def _choices(override: Any) -> list[str]:
    if not override.is_sweep_override():
        return [override.input_line]
    return [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
