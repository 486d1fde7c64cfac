"""What is shown of a finished cell: metrics, distributions, some synthetic rows, the model. Never a real row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.store import frames
from experiments.store.run import Run
from experiments.tracking import Watcher, tolerated
from fairtab.table import Split

N_ROWS = 200  # of the sample table


def show(watchers: Sequence[Watcher], run: Run, split: Split) -> None:
    """Whatever a watcher does not take is left out, with a warning."""
    from experiments.figures import distribution

    for watcher in watchers:
        with tolerated(watcher.TITLE, "metrics"):
            watcher.summary(frames.row(run))
        with tolerated(watcher.TITLE, "the distribution figure and the sample table"):
            synthetic, schema = pd.read_parquet(run.synthetic_path), split.schema
            drawn = distribution.draw(split.train.frame, synthetic, schema.sensitive, schema.target)
            watcher.figure("distribution", drawn)
            if watcher.takes_sample:
                watcher.rows("sample", sample_rows(synthetic, split))
        if watcher.takes_model and not keeps_rows(run):
            with tolerated(watcher.TITLE, "the model"):
                identity = {name: value for name, value in run.identity.items() if name != "level"}
                name = f"{run.dataset}-{run.method}-{run.variant}-seed-{run.seed}"
                watcher.model(name, run.fit_folder, identity)


def sample_rows(synthetic: pd.DataFrame, split: Split) -> pd.DataFrame:
    """At most 200 rows, evenly spread, of those whose features no real row has.

    A method may hand out real rows, as they are or with another label or group: those are nobody's to show.
    """
    features = list(split.schema.features)
    parts = (split.train, split.validation, split.test)
    real = {row for part in parts for row in plain_rows(part.frame[features])}
    new = synthetic[[row not in real for row in plain_rows(synthetic[features])]]
    return new.iloc[np.unique(np.linspace(0, len(new) - 1, N_ROWS).astype(int))] if len(new) else new


def keeps_rows(run: Run) -> bool:
    """Whether the fitted model has a table in it: the training rows."""
    return any(run.fit_folder.rglob("*.parquet"))


def plain_rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Plain values, so that 1 is 1.0 and missing is missing."""
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))
