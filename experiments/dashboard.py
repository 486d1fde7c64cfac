"""What W&B is shown of a finished cell: metrics, distributions, some synthetic rows, the model. Never a real row."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.loggers import tolerated
from experiments.store import Run
from fairtab.table import Split

N_ROWS = 200  # of the sample table


def show(tracked: Any, run: Run, split: Split, options: Mapping[str, Any] | None) -> None:
    """tracked: the cell's run in W&B, or None. Whatever W&B does not take is left out, with a warning.

    options: `sample` says whether synthetic rows are shown, `model` whether the fitted model goes along where the run
    is online.
    """
    if tracked is None or options is None:
        return
    with tolerated("metrics"):
        tracked.summary.update(run.row())
    with tolerated("the distribution figure and the sample table"):
        synthetic = pd.read_parquet(run.synthetic_path)
        sample = {"sample": _sample(synthetic, split)} if options["sample"] else {}
        tracked.log({"distribution": _figure(synthetic, split), **sample})
    if options["model"] and not (tracked.offline or tracked.disabled) and not keeps_rows(run):
        with tolerated("the model"):
            tracked.log_artifact(_model(run))


def sample_rows(synthetic: pd.DataFrame, split: Split) -> pd.DataFrame:
    """At most 200 rows, evenly spread, of those whose features no real row has.

    A method may hand out real rows, as they are or with another label or group: those are nobody's to show.
    """
    features = list(split.schema.features)
    parts = (split.train, split.validation, split.test)
    real = {row for part in parts for row in _rows(part.frame[features])}
    new = synthetic[[row not in real for row in _rows(synthetic[features])]]
    return new.iloc[np.unique(np.linspace(0, len(new) - 1, N_ROWS).astype(int))] if len(new) else new


def keeps_rows(run: Run) -> bool:
    """Whether the fitted model has a table in it: the training rows."""
    return any(run.fit_folder.rglob("*.parquet"))


def _rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Plain values, so that 1 is 1.0 and missing is missing."""
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


def _figure(synthetic: pd.DataFrame, split: Split) -> Any:
    import wandb
    from PIL import Image

    from experiments.reports import distribution

    schema, png = split.schema, io.BytesIO()
    distribution.draw(split.train.frame, synthetic, schema.sensitive, schema.target).savefig(png, format="png", dpi=150)
    return wandb.Image(Image.open(png))


def _sample(synthetic: pd.DataFrame, split: Split) -> Any:
    import wandb

    rows = sample_rows(synthetic, split)
    return wandb.Table(columns=list(map(str, rows.columns)), data=list(map(list, _rows(rows))), allow_mixed_types=True)


def _model(run: Run) -> Any:
    import wandb

    identity = {name: value for name, value in run.identity.items() if name != "level"}
    artifact = wandb.Artifact(f"{run.dataset}-{run.method}-{run.variant}-seed-{run.seed}", "model", metadata=identity)
    artifact.add_dir(str(run.fit_folder))
    return artifact
