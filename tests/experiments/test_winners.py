"""The sentences that say who wins where."""

import pandas as pd
import pytest

from experiments.reports.model.claims import COLUMNS
from experiments.reports.text.winners import winners
from tests.experiments import made_up

AUC = {"real": 0.95, "smote": 0.80, "fairtab": 0.90, "ctgan": 0.70, "independent": 0.5}
FACTS = {"adult": made_up.facts("adult")}


@pytest.fixture
def runs() -> pd.DataFrame:
    rows = [{"dataset": "adult", "method": name, "utility/auc": auc, "score/sex": auc} for name, auc in AUC.items()]
    return pd.DataFrame([{**row, "seed": seed} for row in rows for seed in (0, 1, 2)])


def claims(*found: tuple) -> pd.DataFrame:
    """Claims on the AUC of Adult: a, b, difference, low, high, Holm's p."""
    rows = [("adult", "utility/auc", a, b, d, low, high, p, p, low > 0) for a, b, d, low, high, p in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_first_its_distance_and_what_is_sure(runs):
    known = claims(
        ("smote", "fairtab", -0.1, -0.13, -0.07, 0.01),
        ("fairtab", "ctgan", 0.2, -0.01, 0.41, 0.06),  # other way round
    )
    auc, score = winners(runs, known, FACTS).splitlines()
    assert auc == (
        "- adult, AUC: **FairTab** is first with 0.900; SMOTE is second with 0.800 (difference 0.100, 95% interval "
        "0.070 to 0.130). It is better than SMOTE. No difference holds with CTGAN."
    )
    assert score.endswith("SMOTE is second with 0.800. No difference holds.")  # nothing was tested


def test_a_dataset_where_nobody_competes_has_no_line(runs):
    alone = runs[runs["method"].isin(["real", "fairtab", "independent"])]
    assert winners(alone, claims(), FACTS) == ""


def test_a_method_of_ones_own_can_be_first_and_fewer_seeds_are_named(runs):
    mine = runs[runs["method"].eq("smote") & runs["seed"].eq(0)].assign(method="mine", **{"utility/auc": 0.99})
    auc, _ = winners(pd.concat([runs, mine]), claims(), FACTS).splitlines()
    assert "**mine** is first with 0.990 (n=1); FairTab is second with 0.900." in auc
