"""Hydra's configuration: where its files are, and how it is composed without running anything."""

from __future__ import annotations

import contextlib
import copy
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf, open_dict

from experiments import methods
from fairtab.errors import InputError

CONF = Path(__file__).parents[1] / "conf"
MOVED = {  # entries that had another name
    "guidance": "method.sampler.guidance",
    "trainer": "method.trainer",
    "method.search": "method.tuning",
}


def compose_config(overrides: Sequence[str], *, with_hydra: bool = False) -> DictConfig:
    """Compose the configuration that `run.py` would have.

    Parameters
    ----------
    overrides : sequence of str
        As on the command line of `run.py`.
    with_hydra : bool
        Whether Hydra's own entries are part of it.

    Returns
    -------
    DictConfig
        The configuration, with interpolations.

    Raises
    ------
    HydraException
        The overrides do not fit the configuration.
    """
    with composing() as composed:
        return composed(overrides, with_hydra=with_hydra)


@contextlib.contextmanager
def composing() -> Iterator[Callable[..., DictConfig]]:
    """Give `compose_config` for many configurations: all files are read once."""
    methods.register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader: Any = GlobalHydra.instance().config_loader()
        loader.repository = _ReadOnce(loader.repository)
        yield _composed


def _composed(overrides: Sequence[str], *, with_hydra: bool = False) -> DictConfig:
    config = compose("config", list(overrides), return_hydra_config=True)
    HydraConfig.instance().set_config(config)  # an experiment may name a dataset by what was chosen
    OmegaConf.resolve(config.dataset)
    if not with_hydra:
        with open_dict(config):
            del config["hydra"]
    return config


def check_moved(config: DictConfig) -> None:
    """Raise InputError if a configuration file gives an entry its old name, which nothing reads any more."""
    for old, new in MOVED.items():
        if OmegaConf.select(config, old) is not None:
            raise InputError(f"{old}: it is now called {new}")


class _ReadOnce:
    """Hydra's files and methods. Hydra itself reads all files and copies all methods for each configuration."""

    def __init__(self, repository: Any) -> None:
        self._repository = repository
        self._read = functools.cache(repository.load_config)

    def load_config(self, config_path: str) -> Any:
        return copy.deepcopy(self._read(config_path))  # Hydra changes what it gets

    def __deepcopy__(self, memo: Any) -> _ReadOnce:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._repository, name)
