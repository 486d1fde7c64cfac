"""Variants of a method's settings: those that its YAML file names, and those that tuning has found.

If a variant changes a setting, the setting is an interpolation: `${of_variant:100,{published:4000}}` is 4000 for
variant=published and 100 for any other name. An override, such as method.epochs=5, still comes before it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf

from fairtab.errors import InputError

PUBLISHED, TUNED = "published", "tuned"  # names that nobody can give to other settings


def studied(studies: Path, method: str) -> dict[str, dict[str, Any]]:
    """Read what tuning has found for a method.

    Parameters
    ----------
    studies : Path
        The folder of studies, as `experiments.tune` writes it.
    method : str
        The method's name.

    Returns
    -------
    dict
        The best settings by "<dataset>-tuned".
    """
    found = sorted(studies.glob(f"*/{method}/default/best.yaml"))
    return {f"{path.parts[-4]}-{TUNED}": yaml.safe_load(path.read_text())["method"] for path in found}


def known(settings: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out settings that a method no longer has. `check_variant` then refuses the study that has them.

    Parameters
    ----------
    settings : mapping
        Settings that a study found.
    content : mapping
        The method's own settings.

    Returns
    -------
    dict
        The settings that the method has.
    """
    kept = {}
    for name, value in settings.items():
        if name in content:
            is_group = isinstance(value, Mapping) and isinstance(content[name], Mapping)
            kept[name] = known(value, content[name]) if is_group else value
    return kept


def with_variants(content: Mapping[str, Any], variants: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, Any]:
    """Put the settings of variants into a method's settings, as interpolations.

    Parameters
    ----------
    content : mapping
        The method's own settings.
    variants : mapping
        The settings of each variant by its name; by "<dataset>-<variant>" if they are of one dataset.
    name : str
        The method's name.

    Returns
    -------
    dict
        A copy of the settings.

    Raises
    ------
    InputError
        A variant has a setting that the method does not have.
    """
    made: dict[str, Any] = copy.deepcopy(dict(content))
    changed: dict[tuple[str, ...], dict[str, Any]] = {}
    for variant, settings in variants.items():
        for path, value in _leaves(settings):
            changed.setdefault(path, {})[variant] = value
    for (*outer, last), values in changed.items():
        place: Any = made
        for part in outer:
            place = place.get(part, {})
        if last not in place:
            raise InputError(f"{name}: variant {next(iter(values))}: no setting {'.'.join((*outer, last))}")
        if all(value == place[last] for value in values.values()):
            continue
        others = ",".join(f"{variant}:{json.dumps(value)}" for variant, value in values.items())
        place[last] = f"${{of_variant:{json.dumps(place[last])},{{{others}}}}}"
    return made


def check_variant(config: DictConfig, published: bool) -> None:
    """Check that a cell's settings are those that its variant's name stands for.

    Parameters
    ----------
    config : DictConfig
        The configuration of a cell.
    published : bool
        Whether the method's YAML file has published settings.

    Raises
    ------
    InputError
        The variant is "published", and there are no such settings. Or it is "tuned", and they are not a study's best,
        or the fit is private, which no study is.
    """
    method, dataset = config.method.name, config.dataset.name
    if config.variant == PUBLISHED and not published:
        raise InputError(f"variant={PUBLISHED}: method {method} has no published settings of its own")
    if config.variant == TUNED:
        if not config.method.get("tuning"):
            raise InputError(f"variant={TUNED}: method {method} has nothing to tune")
        if OmegaConf.select(config, "privacy.epsilon") is not None:
            raise InputError(f"variant={TUNED}: no study is of a private fit: leave out privacy.epsilon")
        place = f"{dataset}/{method}/default"
        path = Path(config.results_dir) / "studies" / place / "best.yaml"
        if not path.exists():
            raise InputError(
                f"variant={TUNED}: {path} is not there: python -m experiments.tune dataset={dataset} method={method}"
            )
        for names, best in _leaves(yaml.safe_load(path.read_text())["method"]):
            setting = ".".join(names)
            if (value := OmegaConf.select(config.method, setting)) != best:
                raise InputError(
                    f"variant={TUNED}: {path} has {setting} {best}, got {value}. If it is not of this project's own "
                    f"results: --config-dir={path.parents[3]} +{place}=best"
                )


def register() -> None:
    """Tell OmegaConf how to choose the value for a configuration's variant."""

    def of_variant(default: Any, others: Mapping[str, Any], *, _root_: DictConfig) -> Any:
        variant = _root_.variant
        return others.get(f"{_root_.dataset.name}-{variant}", others.get(variant, default))

    OmegaConf.register_new_resolver("of_variant", of_variant, replace=True)


def _leaves(settings: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value
