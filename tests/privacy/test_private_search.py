"""A goal's search after a private fit: it reads rows that the fit draws, and no real one."""

import functools

import pandas as pd
import pytest

from fairtab import FairTab, Goal, Table, search_joint
from fairtab.neural.training import quiet_trainer
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {"backbone": {"name": "mlp", "width": 8, "n_blocks": 1, "d_embedding": 8}, "sampler": {"n_steps": 4}}
PRIVATE = {"epsilon": 8.0, "epochs": 2, "sample_rate": 0.25, "draws": 2}
QUICK = {"n_rounds": 2, "classifier": {"iterations": 5}, "min_group_rows": 0}


class Unread:
    """A table of which nothing but the schema, which is public, may be read."""

    schema = TOY_SCHEMA

    def __getattr__(self, name):
        raise AssertionError(f"{name} of a real table was read")

    def __len__(self):
        raise AssertionError("the number of rows of a real table was read")


@pytest.fixture(scope="module")
def model():
    train = Table(toy_frame(1200), TOY_SCHEMA)
    trainer = functools.partial(quiet_trainer, accelerator="cpu")
    return FairTab(**TINY, privacy=PRIVATE, trainer=trainer).fit(train, train, seed=0)


def test_a_search_after_a_private_fit_reads_no_real_row(model):
    spent = model.ledger.to_dict()
    found = search_joint(model, Unread(), Unread(), Goal(dpr=0.5), seed=0, **QUICK)
    assert model.ledger.to_dict() == spent
    assert found.measured_on == "synthetic rows"
    assert found.joint.probability.sum() == pytest.approx(1)
    assert "on synthetic rows" in found.missed(Goal(dpr=0.5))


def test_rows_of_a_search_are_drawn_apart_at_the_joint_that_is_known(model, monkeypatch):
    made, sample = [], FairTab.sample

    def noted(self, n, *, seed, joint=None):
        made.append(sample(self, n, seed=seed, joint=joint))
        return made[-1]

    monkeypatch.setattr(FairTab, "sample", noted)
    search_joint(model, Unread(), Unread(), Goal(dpr=0.5), seed=0, **QUICK)
    train, validation, *searched = made
    assert len(searched) == QUICK["n_rounds"]
    assert {len(table) for table in made} == {model.n_rows}
    assert not train.frame.equals(validation.frame)
    for table in (train, validation):
        counts = table.frame.groupby(list(TOY_SCHEMA.conditions)).size() / model.n_rows
        pd.testing.assert_series_equal(
            counts, model.joint.probability[counts.index], check_names=False, atol=1 / model.n_rows, rtol=0
        )


def test_a_search_after_any_other_fit_reads_validation_rows(model):
    with pytest.raises(AssertionError, match="of a real table was read"):
        search_joint(FairTab(), Unread(), Unread(), Goal(dpr=0.5), seed=0, **QUICK)
