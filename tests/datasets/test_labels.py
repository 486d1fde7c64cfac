"""Bins of a number that is to be predicted."""

import numpy as np
import pandas as pd
import pytest

from fairtab.datasets.labels import bins_of


@pytest.mark.parametrize("side", [1, -1])
def test_a_number_with_a_ceiling_or_a_floor_has_two_bins_at_least(side):
    """More than half of the rows have the largest or the smallest number, as top-coded incomes do."""
    pay = pd.Series(side * np.r_[np.full(300, 100.0), np.arange(200) / 4], name="pay")
    bins = bins_of(pay)
    assert bins.of(pd.DataFrame({"pay": pay})).nunique() == 2
