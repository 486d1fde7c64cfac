"""The best settings of a study, as a configuration file that `run.py` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf

from experiments.tuning.space import with_settings
from experiments.variants import TUNED

DECIDING = ("dataset", "backbone", "guidance", "method", "evaluation")  # arguments that the best settings depend on
NO_SETTINGS = ("name", "_target_", "steerable", "tuning", "trainer")  # of a method: they decide no result, or are fixed


def best_settings(
    config: DictConfig, choices: Mapping[str, str], overrides: Sequence[str], settings: Mapping[str, Any]
) -> str:
    """Write the best settings as YAML, with the arguments that they depend on.

    Parameters
    ----------
    config : DictConfig
        The configuration that was tuned.
    choices : mapping
        Its choice of each group, as Hydra has them.
    overrides : sequence of str
        The arguments that it was made with.
    settings : mapping
        The method's best settings by their dotted names.

    Returns
    -------
    str
        The text of the file, without its header.
    """
    named = [name_of(override) for override in overrides]
    groups = [group for group in DECIDING if group in named or group in ("dataset", "method")]
    defaults = [{f"override /{group}": choices[group]} for group in groups]
    variant = TUNED if config.variant == "default" else f"{config.variant}-{TUNED}"
    whole: Any = OmegaConf.to_container(with_settings(config, settings).method, resolve=True)
    left_out = (*NO_SETTINGS, *(["sampler"] if config.variant == "default" else []))  # it may follow from settings
    method = {name: value for name, value in whole.items() if name not in left_out}
    best: dict[str, Any] = {"variant": variant, "defaults": defaults, "method": method}
    for name in named:
        folder, *places = name.split(".")
        if places and folder in DECIDING and (folder != "method" or places[0] not in NO_SETTINGS):
            value = OmegaConf.select(config, name)
            _set(best, name, OmegaConf.to_container(value) if OmegaConf.is_config(value) else value)
    for name, value in settings.items():
        _set(best, f"method.{name}", value)
    text: str = yaml.safe_dump(best, sort_keys=False)
    return text


def name_of(override: str) -> str:
    """Return the name of what an argument of run.py sets: method.k of +method.k=3."""
    return override.partition("=")[0].lstrip("+~")


def _set(entries: dict[str, Any], name: str, value: Any) -> None:
    *folders, last = name.split(".")
    for folder in folders:
        entries = entries.setdefault(folder, {})
    entries[last] = value
