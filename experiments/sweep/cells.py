"""The cells of a sweep, composed but not run."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig

from experiments.configuration import composing
from experiments.run.cell import Cell

DATASET = re.compile(r"\+*dataset[.=]")  # words about the dataset
Words = tuple[str, ...]


def cells(overrides: Sequence[str], *, checked: bool = True) -> list[tuple[list[str], Cell]]:
    """Compose the cells that `run.py -m <overrides>` would make.

    Parameters
    ----------
    overrides : sequence of str
        As on the command line of `run.py`.
    checked : bool
        Whether a variant's name has to stand for its settings, as for a run. "tuned" needs a study.

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
    with composing() as composed:
        swept = composed(experiment, with_hydra=True).hydra.sweeper.params or {}
        parsed = OverridesParser.create().parse_overrides([*(f"{k}={v}" for k, v in swept.items()), *overrides])
        choices = {o.get_key_element(): _choices(o) for o in parsed}  # as in a sweep, the last word for a key holds
        if any("${" in word for word in itertools.chain(*choices.values())):  # a value may follow the level or the seed
            in_full = ((words, composed(list(words))) for words in itertools.product(*choices.values()))
            asked_for = [([*words], Cell.from_config(config, checked=checked)) for words, config in in_full]
            return [*{cell.run: (words, cell) for words, cell in reversed(asked_for)}.values()][::-1]
        levels = [([word], _value(word)) for word in choices.pop("balance", [])] or [([], None)]
        seeds = [(word, _value(word)) for word in choices.pop("seed", ["seed=0"])]
        asked = [(words, *_divided(words)) for words in itertools.product(*choices.values())]
        configs, datasets = _composed(composed, [pair for _, *pair in asked])
        found = []
        for words, others, about in asked:
            config = configs[others]
            config.dataset = datasets[about]
            usual = Cell.from_config(config, checked=checked)
            for more, level in levels if usual.level is not None else levels[:1]:  # the same cell at each level
                at_level = usual.at_level(level) if more else usual
                for seed, value in seeds:
                    run = replace(at_level.run, seed=value)
                    found.append(([*words, *more, seed], replace(at_level, run=run)))
    return found


def _divided(words: Sequence[str]) -> tuple[Words, Words]:
    """Divide words into those that are not about the dataset and those that are."""
    return tuple(word for word in words if not DATASET.match(word)), tuple(filter(DATASET.match, words))


def _composed(
    compose: Callable[..., DictConfig], pairs: Sequence[Sequence[Words]]
) -> tuple[dict[Words, DictConfig], dict[Words, DictConfig]]:
    """Compose each method and each dataset once, because it is slow. One composition gives a method and a dataset."""
    configs: dict[Words, DictConfig] = {}
    datasets: dict[Words, DictConfig] = {}
    others, about = ([*dict.fromkeys(words)] for words in zip(*pairs, strict=True))
    for place in range(max(len(others), len(about))):
        one, other = others[place % len(others)], about[place % len(about)]
        configs[one] = compose([*one, *other])
        datasets[other] = configs[one].dataset
    return configs, datasets


def _value(word: str) -> Any:
    return OverridesParser.create().parse_override(word).value()


def _choices(override: Any) -> list[str]:
    if not override.is_sweep_override():
        return [override.input_line]
    return [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
