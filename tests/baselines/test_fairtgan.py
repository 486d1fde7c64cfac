import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from baselines.fairtgan import FairTGAN
from baselines.fairtgan.network import gradient_penalty, parity_gap
from fairtab import InputError, Joint, Schema, Table

TINY = {"min_steps": 0, "epochs": 1, "fair_epochs": 1, "batch_size": 64}


@pytest.fixture(scope="module")
def model(toy):
    return FairTGAN(**TINY).fit(toy.train, toy.validation, seed=0)


class Linear(nn.Module):
    """A critic whose gradient is `weight` everywhere."""

    def __init__(self, *weight: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, rows):
        return rows @ self.weight


def test_the_gradient_penalty_of_a_linear_critic():
    critic = Linear(3.0, 4.0)
    real, fake = torch.randn(5, 2), torch.randn(5, 2)
    penalty = gradient_penalty(critic, real, fake)
    assert penalty.item() == pytest.approx(16)  # (5 - 1)^2
    penalty.backward()
    # 2 (|w| - 1) w / |w|
    assert critic.weight.grad.tolist() == pytest.approx([8 * 3 / 5, 8 * 4 / 5])
    assert gradient_penalty(Linear(0.6, 0.8), real, fake).item() == pytest.approx(0)


def test_the_parity_gap_is_the_largest_between_two_groups():
    positive = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    groups = torch.eye(4)[[0, 0, 1, 1, 2, 2, 2]]  # shares of 1/2, 1 and 0; nobody in the last
    assert parity_gap(positive, groups).item() == pytest.approx(1)
    assert parity_gap(positive[:4], groups[:4]).item() == pytest.approx(1 / 2)
    soft = torch.tensor([[0.75, 0.25], [0.25, 0.75], [1.0, 0.0]])
    assert parity_gap(torch.tensor([1.0, 0.0, 1.0]), soft).item() == pytest.approx(1.75 / 2 - 0.25)


def share_of_positives(sample: Table) -> pd.Series:
    return pd.Series(sample.y).groupby(sample.frame["sex"]).mean()


@pytest.mark.slow
def test_the_fairness_phase_lowers_the_gap():
    rng = np.random.default_rng(0)
    sex = rng.choice(["Female", "Male"], 1000)
    approved = np.where(rng.random(1000) < np.where(sex == "Male", 0.8, 0.2), "yes", "no")
    job = rng.integers(0, 20, 1000).astype(str)  # many, since the networks are as wide as a row
    schema = Schema(numerical=(), categorical=("job",), target="approved", positive="yes", sensitive=("sex",))
    table = Table(pd.DataFrame({"job": job, "sex": sex, "approved": approved}), schema)
    options = {
        "min_steps": 0,
        "epochs": 60,
        "fair_epochs": 20,
        "learning_rate": 2e-3,
        "critic_steps": 2,
        "batch_size": 250,
    }
    gaps = {}
    for weight in (0.0, 2.0):
        model = FairTGAN(**options, fairness_weight=weight).fit(table, table, seed=0)
        gaps[weight] = np.ptp(share_of_positives(model.sample(4000, seed=0)))
    assert gaps[0.0] > 0.5
    assert gaps[2.0] < 0.1


def test_before_the_fairness_phase_its_weight_changes_nothing(toy):
    options = {**TINY, "fair_epochs": 0}
    one, other = (FairTGAN(**options, fairness_weight=w).fit(toy.train, toy.validation, seed=0) for w in (0.0, 9.0))
    pd.testing.assert_frame_equal(one.sample(50, seed=0).frame, other.sample(50, seed=0).frame, check_exact=True)


def test_parameters_are_two_layers_each_as_wide_as_a_row(model):
    width = 3 + 3 + 2 + 2 + 2  # three numbers; jobs, sexes, regions, labels
    assert model.n_parameters == 4 * (width * width + width)


def test_it_cannot_be_steered(model, toy):
    with pytest.raises(InputError, match="cannot be steered"):
        model.sample(10, seed=0, joint=Joint.from_table(toy.train))


def test_an_unknown_attribute_is_named(toy):
    with pytest.raises(InputError, match="unknown attribute 'age': expected one of sex, region"):
        FairTGAN(attribute="age").fit(toy.train, toy.validation, seed=0)


def test_a_table_without_positives_is_refused(toy):
    only = Table(toy.train.frame.assign(approved="no"), toy.schema)
    with pytest.raises(InputError, match="expected rows with the positive label 'yes', got none"):
        FairTGAN(**TINY).fit(only, toy.validation, seed=0)


def test_groups_of_less_than_a_row_each_have_a_gap_too():
    assert parity_gap(torch.tensor([1.0]), torch.tensor([[0.4, 0.6]])).item() == 0


def test_the_same_seed_gives_the_same_rows(model, toy):
    again = FairTGAN(**TINY).fit(toy.train, toy.validation, seed=0).sample(100, seed=0).frame
    pd.testing.assert_frame_equal(again, model.sample(100, seed=0).frame, check_exact=True)
    assert not again.equals(model.sample(100, seed=1).frame)


def test_a_saved_model_samples_the_same_rows_and_holds_no_pickle(model, tmp_path):
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}
    loaded = FairTGAN.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.sample(100, seed=0).frame, model.sample(100, seed=0).frame, check_exact=True)


def test_a_group_that_died_out_leaves_the_gradient_as_it_is():
    alive = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    positive = torch.tensor([1.0, 0.0, 1.0])
    gradients = []
    for groups in (alive, torch.cat([alive, torch.zeros(3, 1)], dim=1)):
        soft = positive.clone().requires_grad_()
        parity_gap(soft, groups).backward()
        gradients.append(soft.grad)
    assert torch.equal(*gradients)
    assert gradients[0].isfinite().all()
