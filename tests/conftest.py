"""A small table with every kind of column, for tests that need data."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny networks: threads would only wait for one another

import numpy as np
import pandas as pd
import pytest

from fairtab.datasets import loading
from fairtab.datasets.description import DatasetDescription
from fairtab.table import Schema, Split, Table

TOY_SCHEMA = Schema(
    numerical=("age", "gain", "amount"),
    categorical=("job",),
    target="approved",
    positive="yes",
    sensitive=("sex", "region"),
)


def toy_frame(n: int, seed: int = 0) -> pd.DataFrame:
    """Mixed columns: an integer, one that is mostly 0, a heavy-tailed float, and text. The label depends on all."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["Female", "Male"], n)
    job = rng.choice(["clerk", "farmer", "nurse"], n, p=[0.5, 0.2, 0.3])
    age = rng.integers(18, 80, n)
    gain = np.where(rng.random(n) < 0.93, 0, rng.choice([100, 2500, 7000], n))
    amount = np.round(rng.lognormal(3, 1, n), 2)
    odds = 0.05 * (age - 50) + 1.5 * (sex == "Male") + 1.0 * (job == "nurse") + 0.002 * gain - 1
    return pd.DataFrame(
        {
            "age": age,
            "job": job,
            "gain": gain,
            "amount": amount,
            "sex": sex,
            "region": rng.choice(["north", "south"], n, p=[0.3, 0.7]),
            "approved": np.where(rng.random(n) < 1 / (1 + np.exp(-odds)), "yes", "no"),
        }
    )


@pytest.fixture(scope="session")
def toy() -> Split:
    frame = toy_frame(400)
    parts = frame.iloc[:200], frame.iloc[200:300], frame.iloc[300:]
    return Split(*(Table(part, TOY_SCHEMA) for part in parts))


@pytest.fixture(scope="session")
def toy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "toy.parquet"
    toy_frame(400).to_parquet(path)
    return path


def load(entries: Mapping[str, Any]) -> Split:
    """Load the dataset of a description, as in conf/dataset."""
    return loading.load(DatasetDescription.from_mapping(entries))


@pytest.fixture
def description(toy_file: Path) -> dict[str, Any]:
    """The toy table described, as in conf/dataset."""
    return {
        "name": "toy",
        "file": str(toy_file),
        "numerical": TOY_SCHEMA.numerical,
        "categorical": TOY_SCHEMA.categorical,
        "target": "approved",
        "positive": "yes",
        "sensitive": ["sex", "region"],
        "missing": {"policy": "keep"},
        "split_seed": 42,
    }
