import pytest

from experiments.reports import summary
from experiments.reports.published import published


def test_the_papers_numbers_stand_under_our_names():
    numbers = published({"name": "adult", "attribute": "sex"})
    assert numbers == {
        "fidelity/column_error": 0.126,
        "fidelity/pair_error": 0.201,
        "utility/auc": 0.893,
        "privacy/dcr_published": 0.344,
        "fairness/dpr/sex": 0.543,
        "fairness/eor/sex": 0.667,
        "score/sex": pytest.approx(0.749),
        "seconds/sample": 1213.9,
    }
    assert published(None) == {}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("utility/auc", "AUC ↑"),
        ("fairness/dpr/sex*race", "DPR ↑ sex*race"),
        ("privacy/dcr", "DCR, equal samples → 0.5"),
        ("utility/positive_rate", "predicted positive rate"),
    ],
)
def test_labels(name, label):
    assert summary.label(name) == label


def test_what_is_not_there_is_a_dash():
    assert summary.number(None) == "-"
    assert summary.number(float("nan")) == "-"
    assert summary.number(1213.9, digits=1) == "1,213.9"
