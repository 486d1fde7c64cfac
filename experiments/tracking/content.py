"""What trackers show of a finished cell: metrics, distributions, some synthetic rows, the model. Never a real row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from experiments.store import frames
from experiments.store.run import Run
from experiments.tracking import Tracker, tolerated
from fairtab.dates import written
from fairtab.table import Split, Table

N_ROWS = 200  # of the sample


def show(trackers: Sequence[Tracker], run: Run, split: Split) -> None:
    """Show a finished run.

    If a tracker cannot take a part, it goes without this part, and the log has a warning.

    Parameters
    ----------
    trackers : sequence of Tracker
        To show it to.
    run : Run
        The run, finished.
    split : Split
        The real tables.
    """
    from experiments.figures import distribution

    for tracker in trackers:
        with tolerated(tracker.TITLE, "metrics"):
            tracker.summary(frames.row(run))
        with tolerated(tracker.TITLE, "the distribution figure and the sample table"):
            schema = split.schema
            synthetic = Table.from_written(pd.read_parquet(run.synthetic_path), schema).frame
            figure = distribution.draw(split.train.frame, synthetic, schema.sensitive, schema.target)
            tracker.figure("distribution", figure)
            if tracker.takes_sample:
                tracker.rows("sample", written(sample_rows(synthetic, split), schema.dates))
        if tracker.takes_model and not keeps_rows(run):
            with tolerated(tracker.TITLE, "the model"):
                identity = {name: value for name, value in run.identity.items() if name != "level"}
                name = f"{run.dataset}-{run.method}-{run.variant}-seed-{run.seed}"
                tracker.model(name, run.fit_folder, identity)


def sample_rows(synthetic: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Choose synthetic rows that may be shown.

    A method may hand out real rows, unchanged or with another label or group. Nobody may see these.

    Parameters
    ----------
    synthetic : pandas.DataFrame
        The synthetic table.
    split : Split
        The real tables.

    Returns
    -------
    pandas.DataFrame
        At most `N_ROWS` rows, evenly spread over those that equal no real row in all features.
    """
    features = list(split.schema.features)
    parts = (split.train, split.validation, split.test)
    real = {row for part in parts for row in plain_rows(part.frame[features])}
    new = synthetic[[row not in real for row in plain_rows(synthetic[features])]]
    return new.iloc[np.unique(np.linspace(0, len(new) - 1, N_ROWS).astype(int))] if len(new) else new


def keeps_rows(run: Run) -> bool:
    """Tell whether the fitted model holds a table: the training rows."""
    return any(run.fit_folder.rglob("*.parquet"))


def plain_rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Turn rows into tuples of plain values, so that 1 equals 1.0 and a missing value equals another."""
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))
