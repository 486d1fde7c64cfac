"""MLflow: on the server that `logger.mlflow.uri` names, or without one in a database in results_dir/mlflow."""

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
from experiments.tracking import TrackedRun, reason
from fairtab.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

TITLE = "MLflow"
BATCH = 50  # losses that are written at once, because each write is a commit
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # nothing is sent that nobody asked for
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds to wait for a server
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
}
FORBIDDEN = re.compile(r"[^\w./: -]")  # in names of metrics and parameters, such as sex*race


class MLflow:
    """A `Tracker`.

    Parameters
    ----------
    client : mlflow.MlflowClient
        The client.
    run_id : str
        Of a run that the client has begun.
    takes_sample, takes_model : bool
        As of `Tracker`.
    """

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
        """Write numbers as metrics and words as tags. Undefined values are left out."""
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


def start(run: TrackedRun, options: Mapping[str, Any]) -> MLflow:
    """Start to track a run.

    Parameters
    ----------
    run : TrackedRun
        The run.
    options : mapping
        `uri` of a tracking server or None (MLFLOW_TRACKING_URI overrides it), `experiment`, and whether to upload
        `sample` and `model`.

    Returns
    -------
    MLflow
        The tracker.

    Raises
    ------
    InputError
        MLflow is not installed.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError("it is not installed: pip install 'fairtab[mlflow]'") from error
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they log how they set up a new database
    folder = (run.folder / "mlflow").resolve()
    if uri := os.environ.get("MLFLOW_TRACKING_URI") or options["uri"]:
        try:
            return _begin(uri, None, run, options)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the server
            log.warning("MLflow cannot be reached (%s): this run is kept in %s", reason(error), folder)
    with locked(folder):  # the first run makes the database
        return _begin(f"sqlite:///{folder / 'mlflow.db'}", (folder / "artifacts").as_uri(), run, options)


def _begin(uri: str, artifacts: str | None, run: TrackedRun, options: Mapping[str, Any]) -> MLflow:
    """Begin a run, and make its experiment if needed. artifacts: where files go; None: to the server."""
    import pandas as pd
    from mlflow import MlflowClient
    from mlflow.entities import Param

    client, name = MlflowClient(uri), options["experiment"]
    known = client.get_experiment_by_name(name)
    experiment = known.experiment_id if known else client.create_experiment(name, artifact_location=artifacts)
    tags = {key: str(value) for key, value in run.tags.items()}
    run_id = client.create_run(experiment, tags=tags, run_name=run.name).info.run_id
    flat = pd.json_normalize(dict(run.config), sep=".").astype(object).iloc[0]
    client.log_batch(run_id, params=[Param(_name(key), str(value)) for key, value in flat.items()])
    takes_model = options["model"] and artifacts is None
    return MLflow(client, run_id, takes_sample=options["sample"], takes_model=takes_model)


def _name(name: str) -> str:
    return FORBIDDEN.sub("-", name)
