"""How well a classifier tells synthetic rows from real ones (Lopez-Paz and Oquab 2017, classifier two-sample tests)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairtab import Table
from fairtab.learners.classifier import CatBoost, as_inputs
from fairtab.metrics.utility import auc

TREES = 200


def detection_auc(synthetic: Table, fresh: Table, train: Table, validation: Table, *, seed: int = 0) -> float:
    """Train a classifier to tell training rows from synthetic ones, and measure it on rows that it has not seen.

    Parameters
    ----------
    synthetic, train
        What it is trained on.
    fresh, validation
        Other synthetic rows, and other real rows.
    seed
        The seed of its training.

    Returns
    -------
    float
        The AUC. It is 0.5 if nothing tells the tables apart.

    Examples
    --------
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"age": range(40), "sex": ["f", "m"] * 20, "y": [0, 0, 1, 1] * 10})
    >>> table = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    >>> older = Table(frame.assign(age=frame["age"] + 100), table.schema)
    >>> detection_auc(older, older, table, table), detection_auc(table, table, table, table)
    (1.0, 0.5)
    """
    frames = [train.frame, synthetic.frame, validation.frame, fresh.frame]
    is_real = np.repeat([1, 0, 1, 0], [len(frame) for frame in frames])
    inputs = as_inputs(pd.concat(frames, ignore_index=True), train.schema.numerical)
    n = len(train) + len(synthetic)
    detector = CatBoost(seed, {"iterations": TREES})
    detector.fit(inputs[:n], is_real[:n])
    return auc(is_real[n:], detector.predict_proba(inputs[n:])[:, 1])
