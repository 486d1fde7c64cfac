"""A method's tuning space: the settings to try, as `tuning` in the method's YAML file has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from fairtab.errors import InputError

if TYPE_CHECKING:
    from optuna import Trial

TuningSpace = Mapping[str, Mapping[str, Any]]


def tuning_space(config: DictConfig) -> TuningSpace:
    """Read the tuning space of the configured method.

    Parameters
    ----------
    config : DictConfig
        The configuration of a cell.

    Returns
    -------
    mapping
        For each setting, by its dotted name below `method`: {low, high[, log]} or {choices}.

    Raises
    ------
    InputError
        There is no tuning space, or it names a setting that the method does not have.
    """
    name = config.method.name
    whole: Any = OmegaConf.to_container(config.method.get("tuning") or OmegaConf.create())
    if not whole:
        raise InputError(f"method {name} has no tuning space: there is nothing to tune")
    for setting, values in whole.items():
        if OmegaConf.select(config.method, setting, default=Ellipsis) is Ellipsis:
            raise InputError(f"tuning space of {name}: the method has no setting {setting}")
        if set(values) - {"log"} not in ({"low", "high"}, {"choices"}):
            raise InputError(
                f"tuning space of {name}: expected low and high, or choices, for {setting}, got {', '.join(values)}"
            )
        own = OmegaConf.select(config.method, setting)
        if own not in values.get("choices", [own]):  # that of another variant: the first trial has it
            values["choices"] = [own, *values["choices"]]
    return whole


def suggest(trial: Trial, space: TuningSpace) -> dict[str, Any]:
    """Let Optuna choose a value of each setting."""
    return {name: _suggest(trial, name, **values) for name, values in space.items()}


def _suggest(
    trial: Trial, name: str, *, low: float = 0, high: float = 0, log: bool = False, choices: list[Any] | None = None
) -> Any:
    if choices is not None:
        return trial.suggest_categorical(name, choices)
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(name, low, high, log=log)
    return trial.suggest_float(name, low, high, log=log)


def with_settings(config: DictConfig, settings: Mapping[str, Any]) -> DictConfig:
    """Copy a configuration and change settings of its method."""
    config = config.copy()
    for name, value in settings.items():
        OmegaConf.update(config.method, name, value)
    return config
