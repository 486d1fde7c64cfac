"""A generated table of any length: 15 numerical and 15 categorical columns, with label and sensitive attributes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

CARDINALITIES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 50)
DESCRIPTION = {"target": "approved", "positive": "yes", "sensitive": ["sex", "region"]}


def frame(n: int, seed: int = 0) -> pd.DataFrame:
    """Make the table. Numerical columns: 5 continuous, 5 counts, 3 heavy-tailed, 2 that are mostly zero."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 4))  # makes columns depend on one another
    columns: dict[str, np.ndarray] = {f"score_{i}": hidden[:, i % 4] + rng.normal(size=n) for i in range(5)}
    columns |= {f"count_{i}": rng.poisson(np.exp(1 + 0.5 * hidden[:, i % 4])) for i in range(5)}
    columns |= {f"amount_{i}": np.round(np.exp(6 + hidden[:, i % 4] + rng.normal(size=n)), 2) for i in range(3)}
    for i in range(2):
        columns[f"gain_{i}"] = np.where(rng.random(n) < 0.85, 0, rng.integers(1, 100, n) * 100)
    for i, k in enumerate(CARDINALITIES):
        level = np.floor(k / (1 + np.exp(-hidden[:, i % 4] - rng.normal(size=n)))).astype(int)
        columns[f"kind_{i}"] = np.array([f"kind {j}" for j in range(k)], dtype=object)[level]
    columns["sex"] = np.array(["female", "male"], dtype=object)[(rng.random(n) < 0.6).astype(int)]
    columns["region"] = np.array(["north", "east", "south"], dtype=object)[rng.choice(3, n, p=[0.2, 0.3, 0.5])]
    odds = hidden.sum(1) / 2 + (columns["sex"] == "male") - 1.5
    columns["approved"] = np.array(["no", "yes"], dtype=object)[(rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)]
    return pd.DataFrame(columns)


def write(path: Path, n: int) -> None:
    """Write a table of n rows as a CSV file."""
    csv.write_csv(pa.Table.from_pandas(frame(n), preserve_index=False), path)
