"""A small model in place of the default one, and a file of one's own."""

import pytest

from fairtab import FairTab
from fairtab.front import fit, make, reporting
from tests.conftest import toy_frame

ROLES = {"target": "approved", "positive": "yes", "sensitive": ["sex"]}
FEW_TREES = {"iterations": 20}
SMALL = {"epochs": 2, "min_steps": 20, "sampler": {"n_steps": 3}, "backbone": {"name": "mlp", "width": 16}}


@pytest.fixture(autouse=True)
def small_model(monkeypatch):
    """Everything takes seconds: FairTab has few epochs here, and CatBoost few trees."""
    for module in (fit, make):
        monkeypatch.setattr(module, "new_model", lambda n_rows=None: FairTab(**SMALL))
    for name in ("evaluate", "judge"):
        monkeypatch.setattr(reporting, name, _with_few_trees(getattr(reporting, name)))


def _with_few_trees(function):
    return lambda *tables, classifier=None, **options: function(*tables, classifier=classifier or FEW_TREES, **options)


@pytest.fixture(scope="session")
def loans(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "loans.csv"
    toy_frame(400).assign(id=range(400), branch="main").to_csv(path, index=False)
    return path
