"""What is fitted to a table of one's own."""

import pandas as pd
import pytest

from fairtab import FairTab
from fairtab.front.fit import fit_own, new_model
from fairtab.front.own import read_own
from fairtab.settings import FEW_ROWS


def table(n_rows: int) -> pd.DataFrame:
    return pd.DataFrame({"age": range(n_rows), "sex": ["f", "m"] * (n_rows // 2), "paid": [0, 0, 1, 1] * (n_rows // 4)})


@pytest.fixture(autouse=True)
def real_model(monkeypatch):
    monkeypatch.setattr("fairtab.front.fit.new_model", new_model)
    monkeypatch.setattr(FairTab, "fit", lambda self, *_, **__: self)


@pytest.mark.parametrize(("n_rows", "is_small"), [(2 * FEW_ROWS - 8, True), (2 * FEW_ROWS, False)])
def test_a_table_of_few_training_rows_is_fitted_in_fewer_steps_with_dropout(n_rows, is_small):
    own = read_own(table(n_rows), target="paid", positive=1, sensitive="sex")
    model = fit_own(None, own, seed=0)
    assert (model.min_steps < FairTab().min_steps) == is_small
    assert bool(model.backbone["dropout"]) == is_small


def test_settings_that_are_given_are_kept():
    own = read_own(table(80), target="paid", positive=1, sensitive="sex")
    assert fit_own(FairTab(), own, seed=0).min_steps == FairTab().min_steps
