"""The cells of a sweep, composed but not run."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from experiments.configuration import compose_config
from experiments.run.cell import Cell


def cells(overrides: Sequence[str]) -> list[tuple[list[str], Cell]]:
    """Compose the cells that `run.py -m <overrides>` would make.

    Parameters
    ----------
    overrides : sequence of str
        As on the command line of `run.py`.

    Returns
    -------
    list
        For each cell the overrides that ask for it alone, and the cell.

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
    seeds = choices.pop("seed", ["seed=0"])
    found = []
    for words in itertools.product(*choices.values()):
        composed = Cell.from_config(compose_config(words))  # slow; seeds differ only in the path
        for seed in seeds:
            run = replace(composed.run, seed=int(seed.partition("=")[2]))
            found.append(([*words, seed], replace(composed, run=run)))
    return found


def _choices(override: Any) -> list[str]:
    if not override.is_sweep_override():
        return [override.input_line]
    return [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
