"""Hydra's configuration: where its files are, and how it is composed without running anything."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

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
    with composing(with_hydra=with_hydra) as composed:
        return composed(overrides)


@contextlib.contextmanager
def composing(*, with_hydra: bool = False) -> Iterator[Callable[[Sequence[str]], DictConfig]]:
    """Give `compose_config` for many configurations: the methods' files are read once."""
    methods.register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield lambda overrides: compose("config", list(overrides), return_hydra_config=with_hydra)


def check_moved(config: DictConfig) -> None:
    """Raise InputError if a configuration file gives an entry its old name, which nothing reads any more."""
    for old, new in MOVED.items():
        if OmegaConf.select(config, old) is not None:
            raise InputError(f"{old}: it is now called {new}")
