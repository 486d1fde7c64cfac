"""MLflow: on the tracking server that `logger.mlflow.uri` names, else in a database in results_dir/mlflow."""

from __future__ import annotations

import logging
import math
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.store.locks import locked
from experiments.tracking import Subject, reason
from fairtab.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

TITLE = "MLflow"
BATCH = 50  # losses written at once: each writing is a commit
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # what is sent is what is asked for
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds to wait for a server before going on without it
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
}
UNNAMEABLE = re.compile(r"[^\w./: -]")  # in names of metrics and parameters, such as sex*race


class MLflow:
    """A `Watcher`. client: an `MlflowClient`; run_id: of a run that it has begun."""

    TITLE = TITLE

    def __init__(self, client: Any, run_id: str, *, takes_sample: bool, takes_model: bool) -> None:
        self.client, self.run_id = client, run_id
        self.takes_sample, self.takes_model = takes_sample, takes_model
        self.known = set(client.get_run(run_id).data.tags)
        self.waiting: list[Any] = []

    def losses(self, metrics: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self.waiting += [Metric(_name(name), float(value), now, step) for name, value in metrics.items()]
        if len(self.waiting) >= BATCH:
            self._write()

    def summary(self, row: Mapping[str, Any]) -> None:
        """Numbers are metrics, what is undefined is left out, all else is a tag."""
        for name, value in row.items():
            if name in self.known or value is None:
                continue
            if isinstance(value, str):
                self.client.set_tag(self.run_id, _name(name), value)
            elif math.isfinite(value):
                self.losses({name: value}, step=0)
        self._write()

    def figure(self, name: str, figure: Figure) -> None:
        self.client.log_figure(self.run_id, figure, f"{name}.png")

    def rows(self, name: str, frame: pd.DataFrame) -> None:
        self.client.log_table(self.run_id, frame, f"{name}.json")

    def model(self, name: str, folder: Path, identity: Mapping[str, Any]) -> None:
        self.client.log_artifacts(self.run_id, str(folder), "model")

    def close(self, *, failed: bool) -> None:
        self._write()
        self.client.set_terminated(self.run_id, "FAILED" if failed else "FINISHED")

    def _write(self) -> None:
        waiting, self.waiting = self.waiting, []
        self.client.log_batch(self.run_id, metrics=waiting)


def watcher(subject: Subject, options: Mapping[str, Any]) -> MLflow:
    """options: `uri` of a tracking server (MLFLOW_TRACKING_URI overrides it; null: none), `experiment`, and whether
    `sample` and `model` go along.

    Raises InputError where MLflow is not installed.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError("it is not installed: pip install 'fairtab[mlflow]'") from error
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)  # how they set up a new database
    folder = (subject.folder / "mlflow").resolve()
    if uri := os.environ.get("MLFLOW_TRACKING_URI") or options["uri"]:
        try:
            return _begin(uri, None, subject, options)
        except Exception as error:  # noqa: BLE001 - as W&B
            log.warning("MLflow cannot be reached (%s): this run is kept in %s", reason(error), folder)
    with locked(folder):  # the first run makes the database
        return _begin(f"sqlite:///{folder / 'mlflow.db'}", (folder / "artifacts").as_uri(), subject, options)


def _begin(uri: str, artifacts: str | None, subject: Subject, options: Mapping[str, Any]) -> MLflow:
    """A run of an experiment, which is made where it is not there. artifacts: where files go, None: the server says."""
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.entities import Param

    client, name = MlflowClient(uri), options["experiment"]
    known = client.get_experiment_by_name(name)
    experiment = known.experiment_id if known else client.create_experiment(name, artifact_location=artifacts)
    tags = {key: str(value) for key, value in subject.tags.items()}
    run_id = client.create_run(experiment, tags=tags, run_name=subject.name).info.run_id
    flat = pd.json_normalize(dict(subject.config), sep=".").astype(object).iloc[0]
    client.log_batch(run_id, params=[Param(_name(key), str(value)) for key, value in flat.items()])
    takes_model = options["model"] and artifacts is None
    return MLflow(client, run_id, takes_sample=options["sample"], takes_model=takes_model)


def _name(name: str) -> str:
    return UNNAMEABLE.sub("-", name)
