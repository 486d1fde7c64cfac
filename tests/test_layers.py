"""The layers of pyproject.toml hold, and reports and help do not import torch."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_imports_point_down():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


LIGHT = (
    "fairtab",
    "fairtab.settings",
    "experiments.reports.plots.counts",
    "experiments.reports.text.summary",
    "experiments.reports.model.tables",
    "experiments.reports.page.document",
    "experiments.store",
    "experiments.run.cell",
    "experiments.status",
)


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_stay_light(module):
    code = f"import sys, {module}; print(sorted({{'torch', 'pytorch_lightning', 'catboost'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
