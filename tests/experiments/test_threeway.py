"""Utility, fairness and privacy at once, by hand; and attacks beside them."""

import pandas as pd
import pytest

from experiments.reports.model.threeway import threeway
from experiments.reports.plots import drawing
from experiments.reports.text import attacks
from fairtab.metrics.catalogue import ATTACKS
from tests.experiments import made_up
from tests.experiments.test_gain import lines

BY_METHOD = {  # AUC, DPR, DCR
    "real": (0.93, 0.3, 0.75),
    "smote": (0.91, 0.3, 0.72),
    "tvae": (0.90, 0.3, 0.48),
    "ctgan": (0.90, 0.3, 0.50),
    "fairtab": (0.92, 0.8, 0.55),
    "independent": (0.99, 0.9, 0.50),
}


@pytest.fixture
def runs() -> pd.DataFrame:
    rows = []
    for method, (auc, dpr, dcr) in BY_METHOD.items():
        for seed, sign in enumerate((-1, 1)):
            values = {"utility/auc": auc + sign * 0.01, "fairness/dpr/sex": dpr, "privacy/dcr": dcr}
            level = "balance-10" if method == "fairtab" else "native"
            named = {"dataset": "adult", "method": method, "variant": "default", "level": level, "seed": seed}
            rows.append(named | {"learner": "catboost"} | made_up.metrics("adult", **values))
    return pd.DataFrame(rows)


def test_what_nothing_beats_in_all_three(runs):
    found = threeway(runs, "sex")["dominated_by"].to_dict()
    assert found == {
        "real table": [],
        "SMOTE": ["FairTab"],
        "TVAE": [],  # a DCR below 1/2 is chance, so CTGAN is as private
        "CTGAN": [],
        "FairTab": [],
    }  # the floor takes no part


def test_the_table_says_what_the_frame_says(runs):
    shown = lines(attacks.threeway(runs, {"adult": made_up.facts("adult")}))
    assert shown["SMOTE, 2 seeds"] == ["0.910", "0.300", "0.720", "FairTab"]
    assert shown["**FairTab, 2 seeds**"] == ["0.920", "0.800", "0.550", "**nothing**"]


def test_attacks_have_a_line_where_they_were_made(runs):
    facts = {"adult": made_up.facts("adult")}
    assert not lines(attacks.attacks(runs, facts))
    for name in ATTACKS:
        runs.loc[runs["method"].eq("smote"), name] = 0.25
    shown = lines(attacks.attacks(runs, facts))
    assert list(shown) == ["**adult**", "SMOTE, 2 seeds"]
    assert shown["SMOTE, 2 seeds"][4] == "0.250 (0.250 to 0.250)"


def test_the_figure_has_the_same_bytes_each_time(runs, tmp_path):
    from experiments.reports.plots.threeway import threeway as draw

    frames = drawing._threeway(runs, {"adult": made_up.facts("adult")})
    assert list(frames) == ["adult"]
    for name in ("a", "b"):
        draw(frames, tmp_path / name)
    for kind in ("svg", "png"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
