"""Who watches a run: nobody (`logger=csv`), Weights & Biases, MLflow.

A watcher is a module here with a TITLE and `watcher(subject, options)`, named as its entry in conf/logger. What it is
shown is the same for each (`shown`, `losses`), and whatever goes wrong with it is a warning.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fairtab.errors import first_line

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Subject:
    """What is watched. folder: where watchers keep what stays here; tags: a run's identity, or of what kind it is."""

    folder: Path
    name: str
    tags: Mapping[str, Any]
    config: Mapping[str, Any]


class Watcher(Protocol):
    """Something that keeps runs to look at. Each of these may raise: whoever calls does so inside `tolerated`."""

    TITLE: str
    takes_sample: bool  # whether synthetic rows were asked for
    takes_model: bool  # whether the fitted model is to go along: where it goes elsewhere, and was asked for

    def losses(self, metrics: Mapping[str, float], step: int) -> None: ...
    def summary(self, row: Mapping[str, Any]) -> None: ...
    def figure(self, name: str, figure: Figure) -> None: ...
    def rows(self, name: str, frame: pd.DataFrame) -> None: ...
    def model(self, name: str, folder: Path, identity: Mapping[str, Any]) -> None: ...
    def close(self, *, failed: bool) -> None: ...


@contextlib.contextmanager
def watched(subject: Subject, asked: Mapping[str, Mapping[str, Any]]) -> Iterator[list[Watcher]]:
    """Those who watch inside the block. asked: by name, a watcher's options, as in conf/logger.

    Never a prompt, a long wait or an error of a watcher's making.
    """
    from experiments.tracking import mlflow, wandb  # modules of ours; the libraries are imported where asked for

    modules = {"wandb": wandb, "mlflow": mlflow}
    watchers: list[Watcher] = []
    for name, options in asked.items():
        with tolerated(modules[name].TITLE, "this run"):
            watchers.append(modules[name].watcher(subject, options))
    failed = True
    try:
        yield watchers
        failed = False
    finally:
        for watcher in watchers:
            with tolerated(watcher.TITLE, "the end of this run"):
                watcher.close(failed=failed)


@contextlib.contextmanager
def tolerated(title: str, what: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into one warning: watching a run must not keep it from its end."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        log.warning("%s goes without %s: %s", title, what, reason(error))


def reason(error: Exception) -> str:
    return first_line(error, type(error).__name__)
