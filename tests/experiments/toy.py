"""A small configuration of a whole run, for tests of everything around the methods."""

import os
import subprocess
import sys
from pathlib import Path

from omegaconf import DictConfig

from experiments.configuration import compose_config
from experiments.run.cell import Cell
from experiments.store.run import Run

ROOT = Path(__file__).parents[2]


def overrides(toy_file: Path, results: Path) -> list[str]:
    """Replace Adult by the toy table, and make everything small."""
    return [
        f"results_dir={results}",
        "dataset.name=toy",
        f"dataset.file={toy_file}",
        "dataset.numerical=[age,gain,amount]",
        "dataset.categorical=[job]",
        "dataset.target=approved",
        "dataset.positive='yes'",
        "dataset.sensitive=[sex,region]",
        "dataset.expected=null",
        "dataset.paper=null",
        "logger=csv",
        "+evaluation.classifier.iterations=20",
        "evaluation.min_group_rows=1",
    ]


SMALL = ["method.epochs=1", "method.min_steps=20", "method.backbone.width=16", "method.sampler.n_steps=3"]


def config(toy_file: Path, results: Path, *more: str, small: bool = True) -> DictConfig:
    """If `small`, the method is FairTab with small settings. Other methods do not have these settings."""
    return compose_config([*overrides(toy_file, results), *(SMALL if small else []), *more])


def run_py(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )


def run_cell(config: DictConfig) -> Run:
    """Make the cell of a configuration."""
    from experiments.run import pipeline

    return pipeline.run_cell(Cell.from_config(config))


def run_ceiling(config: DictConfig) -> Run:
    """Make the ceiling of a configuration's cell."""
    from experiments.run import pipeline

    return pipeline.run_ceiling(Cell.from_config(config))
