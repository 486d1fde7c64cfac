"""Services that keep runs to look at: Weights & Biases, MLflow, or none (`logger=csv`).

A service is a module here, named as its entry in conf/logger. It has a `TITLE` and a function
`start(run, options) -> Tracker`. Every tracker gets the same content (`content`, `losses`). If a tracker fails, the log
has a warning, and the run goes on.
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
class TrackedRun:
    """What a tracker knows of a run from the start.

    Parameters
    ----------
    folder : Path
        The results folder. Services keep their own files in it.
    name : str
        The name to show.
    tags : mapping
        The identity of a run, or its kind.
    config : mapping
        The configuration.
    """

    folder: Path
    name: str
    tags: Mapping[str, Any]
    config: Mapping[str, Any]


class Tracker(Protocol):
    """A run that a service keeps. Each method may raise an error, so call it inside `tolerated`.

    Attributes
    ----------
    TITLE : str
        The name of the service.
    takes_sample : bool
        Whether to show synthetic rows.
    takes_model : bool
        Whether to upload the fitted model.
    """

    TITLE: str
    takes_sample: bool
    takes_model: bool

    def losses(self, metrics: Mapping[str, float], step: int) -> None: ...
    def summary(self, row: Mapping[str, Any]) -> None: ...
    def figure(self, name: str, figure: Figure) -> None: ...
    def rows(self, name: str, frame: pd.DataFrame) -> None: ...
    def model(self, name: str, folder: Path, identity: Mapping[str, Any]) -> None: ...
    def close(self, *, failed: bool) -> None: ...


@contextlib.contextmanager
def tracked(run: TrackedRun, asked: Mapping[str, Mapping[str, Any]]) -> Iterator[list[Tracker]]:
    """Track a run inside the block.

    A tracker never asks a question, never waits for long and never raises an error here.

    Parameters
    ----------
    run : TrackedRun
        The run.
    asked : mapping
        The options of each service by its name, as in conf/logger.

    Yields
    ------
    list of Tracker
        Those that could start.
    """
    from experiments.tracking import mlflow, wandb  # our modules: they import the libraries only when they start

    services = {"wandb": wandb, "mlflow": mlflow}
    trackers: list[Tracker] = []
    for name, options in asked.items():
        with tolerated(services[name].TITLE, "this run"):
            trackers.append(services[name].start(run, options))
    failed = True
    try:
        yield trackers
        failed = False
    finally:
        for tracker in trackers:
            with tolerated(tracker.TITLE, "the end of this run"):
                tracker.close(failed=failed)


@contextlib.contextmanager
def tolerated(title: str, what: str) -> Iterator[None]:
    """Turn any error inside the block into one warning.

    Parameters
    ----------
    title : str
        The name of the service.
    what : str
        What the service misses if there is an error.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - an error in tracking must not stop a run
        log.warning("%s goes without %s: %s", title, what, reason(error))


def reason(error: Exception) -> str:
    """Give the first line of an error, or its class if it has no message."""
    return first_line(error, type(error).__name__)
