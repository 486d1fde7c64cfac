"""A checkout on the shared disk, as a user has it, whose tables and settings are small: a cell takes seconds."""

import functools
import shutil
from pathlib import Path

import pandas as pd
import yaml

from experiments import methods
from tests import small
from tests.experiments.toy import ROOT

COPIED = ("fairtab", "baselines", "experiments", "conf", "results/paper", "run.py")
N_ROWS = 600
SCORED = {"classifier": {"iterations": 20}, "min_group_rows": 1}


def make(folder: Path, datasets: list[str]) -> None:
    """Copy what a sweep needs of the checkout, and make its datasets and all methods small."""
    for name in COPIED:
        source, copy = ROOT / name, folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy)
    for name, path in methods.find().items():
        _change(folder / path.relative_to(ROOT), functools.partial(_shrink, name))
    _change(folder / "conf/evaluation/default.yaml", lambda entries: entries.update(SCORED))
    for name in datasets:
        _change(folder / f"conf/dataset/{name}.yaml", _narrow)
        table = folder / f"fairtab/data/{name}.parquet"
        pd.read_parquet(table).sample(N_ROWS, random_state=0).to_parquet(table)


def _shrink(name: str, method: dict) -> None:
    if "settings" in method:  # a class has the defaults: the file says what differs
        method.update(epochs=None, min_steps=None)
    small.shrink(method)
    method.update(small.SMALLER.get(name, {}))


def _narrow(dataset: dict) -> None:
    """Keep four features: a method that writes rows as text is slow to learn more."""
    dataset.update(numerical=dataset["numerical"][-2:], categorical=dataset["categorical"][:2], expected=None)


def _change(path: Path, change) -> None:
    entries = yaml.safe_load(path.read_text())
    change(entries)
    path.write_text(yaml.safe_dump(entries, sort_keys=False))
