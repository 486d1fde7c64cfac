import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from baselines.stasy import STaSy, solvers
from baselines.stasy.network import ConcatSquash, ScoreNetwork
from baselines.stasy.sde import VE, VP, SubVP
from baselines.stasy.self_paced import SelfPacedTraining, pace, weights
from fairtab import InputError, Joint, Table
from fairtab.neural.batches import TrainingData
from fairtab.neural.training import Phase, quiet_trainer
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {"width": 16, "min_steps": 0, "epochs": 2, "batch_size": 64, "n_steps": 5, "fine_tuning_epochs": 2}
SDES = {"ve": VE(0.01, 500.0), "vp": VP(0.1, 20.0), "subvp": SubVP(0.1, 20.0)}
each_sde = pytest.mark.parametrize("sde", SDES.values(), ids=SDES)


@pytest.fixture(scope="module")
def model(toy):
    return STaSy(**TINY).fit(toy.train, toy.validation, seed=0)


@pytest.fixture(scope="module")
def learned():
    """A column follows from a number, and a sensitive attribute from the label."""
    base = toy_frame(2000)
    labels = np.where(base["sex"] == "Male", "yes", "no")
    table = Table(base.assign(job=np.where(base["age"] > 49, "old", "young"), approved=labels), TOY_SCHEMA)
    return STaSy(width=64, min_steps=0, epochs=60, batch_size=128, learning_rate=8e-3).fit(table, table, seed=0), table


# The three equations


@each_sde
def test_a_rows_share_and_the_noise_solve_the_moment_equations_of_the_sde(sde):
    t = torch.linspace(0.05, 0.95, 10, dtype=torch.float64)
    h = 1e-6
    m, std = sde.marginal(t)
    (m_before, std_before), (m_after, std_after) = sde.marginal(t - h), sde.marginal(t + h)
    f, g2 = sde.coefficients(t)
    torch.testing.assert_close((m_after - m_before) / (2 * h), f * m, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close((std_after**2 - std_before**2) / (2 * h), 2 * f * std**2 + g2, rtol=1e-5, atol=1e-6)


def test_the_noise_by_hand():
    t = torch.tensor([0.0, 0.5, 1.0])
    torch.testing.assert_close(VE(0.01, 1.0).marginal(t)[1], torch.tensor([0.01, 0.1, 1.0]))
    m, std = VP(1.0, 3.0).marginal(t)  # beta's integral is 0, 3/4 and 2
    torch.testing.assert_close(m, torch.tensor([1.0, math.exp(-3 / 8), math.exp(-1)]))
    torch.testing.assert_close(m**2 + std**2, torch.ones(3))
    torch.testing.assert_close(SubVP(1.0, 3.0).marginal(t), (m, std**2))


# The network


def test_a_concat_squash_layer_by_hand():
    layer = ConcatSquash(1, 1)
    for weight, value in zip((layer.linear, layer.gate, layer.bias), (3.0, math.log(3) / 2, 0.5), strict=True):
        nn.init.constant_(weight.weight, value if weight is layer.linear else value / weight.in_features)
    nn.init.constant_(layer.linear.bias, 1.0)
    nn.init.zeros_(layer.gate.bias)
    time = torch.full((1, layer.gate.in_features), 2.0)
    # (3 * 2 + 1) * sigmoid(log 3) + 2 * 0.5
    assert layer(torch.tensor([[2.0]]), time).item() == pytest.approx(7 * 0.75 + 1, rel=1e-6)


def test_each_hidden_layer_sees_the_row_and_all_layers_before_it(model):
    d, width, e = 3 + 3 + 2 + 2 + 2, 16, 16  # numbers; jobs, labels, sexes, regions
    layers = [(d, width), (d + width, 2 * width), (d + 3 * width, width), (d + 4 * width, width)]
    hidden = sum((d_in + 1) * d_out + (2 * e + 1) * d_out for d_in, d_out in layers)
    assert model.n_parameters == hidden + (d + 5 * width + 1) * d + e * e + e


def test_the_published_width_has_the_published_size():
    network = ScoreNetwork(SDES["ve"], d_in=105, width=1024)  # Adult: 6 numbers, 99 categories
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(10_653_326, rel=0.01)


# Self-paced learning


def test_the_pace_by_hand():
    assert pace(0.25, 0.0) == 0.25
    assert pace(0.25, 0.5) == pytest.approx(0.25 + 0.75 * math.log((1 + math.e) / 2))
    assert pace(0.25, 1.0) == pace(0.25, 2.0) == 1.0


def test_the_weights_by_hand():
    losses = torch.tensor([4.0, 0.0, 2.0, 1.0, 3.0])
    assert weights(losses, 0.25, 0.75).tolist() == [0.0, 1.0, 0.5, 1.0, 0.0]
    assert weights(losses, 0.0, 1.0).tolist() == [0.0, 1.0, 0.5, 0.75, 0.25]
    assert weights(losses, 1.0, 1.0).tolist() == [1.0] * 5
    assert weights(torch.full((3,), 2.0), 0.25, 0.75).tolist() == [1.0] * 3


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")
def test_hard_rows_teach_nothing_until_their_turn_comes():
    class Center(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.center = nn.Parameter(torch.zeros(1))

        def losses(self, x):
            return (x - self.center).square()

        def loss(self, x):
            return self.losses(x).mean()

    def center(paced: float) -> float:
        loader = DataLoader(TensorDataset(torch.tensor([0.0] * 8 + [1.0] * 2)), batch_size=10)
        network = Center()
        module = SelfPacedTraining(
            network, alpha_0=0.2, beta_0=0.7, paced=paced, learning_rate=0.01, weight_decay=0.0, ema_decay=0.0
        )
        Phase(module=module, batches=loader, validation=loader, epochs=30).train(quiet_trainer)
        return network.center.item()

    assert center(paced=1000) == 0
    assert center(paced=0.1) > 0.05


# Solvers: rows that are normal, so that the score is known


MEAN, STD = torch.tensor([0.5, -1.0], dtype=torch.float64), torch.tensor([0.5, 1.5], dtype=torch.float64)


def score_of_normal_rows(sde):
    def score(x, t):
        m, std = sde.marginal(t)
        return (m * MEAN - x) / ((m * STD) ** 2 + std**2)

    return score


def times(n_steps: int) -> torch.Tensor:
    return torch.linspace(1, 1e-3, n_steps + 1, dtype=torch.float64)


def noise(sde, n: int) -> torch.Tensor:
    _, std = sde.marginal(times(1)[0])
    return std * torch.randn((n, 2), dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_heuns_step_by_hand():
    x = solvers.heun(lambda x, t: -x, torch.tensor([[1.0]]), torch.tensor([1.0, 1.5]))
    assert x.item() == 1 - 0.5 + 0.5**2 / 2


@each_sde
def test_the_probability_flow_ends_in_the_distribution_of_the_rows(sde):
    velocity = solvers.probability_flow(sde, score_of_normal_rows(sde))
    x = solvers.heun(velocity, noise(sde, 20_000), times(100))
    torch.testing.assert_close(x.mean(0), MEAN, rtol=0, atol=0.03)
    torch.testing.assert_close(x.std(0), STD, rtol=0.03, atol=0)


@each_sde
def test_predictor_and_corrector_end_in_the_distribution_of_the_rows(sde):
    generator = torch.Generator().manual_seed(1)
    score = score_of_normal_rows(sde)
    x = solvers.predictor_corrector(sde, score, noise(sde, 5000), times(300), snr=0.05, generator=generator)
    torch.testing.assert_close(x.mean(0), MEAN, rtol=0, atol=0.05)
    torch.testing.assert_close(x.std(0), STD, rtol=0.05, atol=0)


@each_sde
def test_the_log_probability_of_normal_rows_is_the_normal_density(sde):
    x = torch.tensor([[0.5, -1.0], [0.0, 0.0], [2.0, -4.0]], dtype=torch.float64)
    signs = torch.tensor([[1.0, -1.0]], dtype=torch.float64).expand(3, -1)
    log_p = solvers.log_probability(sde, score_of_normal_rows(sde), x, times(400).flip(0), signs)
    normal = torch.distributions.Normal(MEAN, STD).log_prob(x).sum(1)
    torch.testing.assert_close(log_p, normal, rtol=0, atol=0.03)  # a trace of the rows' mean is left at t = 1


def test_random_signs_estimate_the_divergence():
    """On average over signs, rows whose columns are correlated have the density of their normal distribution."""
    sde, covariance = VP(0.1, 20.0), torch.tensor([[1.0, 0.6], [0.6, 1.0]], dtype=torch.float64)

    def score(x, t):
        m, std = sde.marginal(t)
        return -x @ torch.linalg.inv(m**2 * covariance + std**2 * torch.eye(2))

    x = torch.tensor([[0.3, 1.0]], dtype=torch.float64).expand(4, -1)
    signs = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
    log_p = solvers.log_probability(sde, score, x, times(400).flip(0), signs)
    normal = torch.distributions.MultivariateNormal(torch.zeros(2, dtype=torch.float64), covariance).log_prob(x[0])
    assert log_p.mean().item() == pytest.approx(normal.item(), abs=0.01)
    assert log_p.std() > 0.1  # each of them is an estimate


# The method


def test_label_and_sensitive_attributes_are_columns(model, toy):
    assert model.codec.conditions == ()
    assert [column.name for column in model.codec.categorical] == ["job", "approved", "sex", "region"]
    assert [column.name for column in model.codec.numerical] == ["age", "gain", "amount"]
    with pytest.raises(InputError, match="cannot be steered"):
        model.sample(10, seed=0, joint=Joint.from_table(toy.train))


def test_rows_up_to_the_average_log_probability_are_trained_further(toy, monkeypatch):
    monkeypatch.setattr(STaSy, "log_probability", lambda self, encoded: torch.arange(200.0) ** 2)
    tiny = STaSy(**TINY)
    tiny.codec = tiny.prepare(toy.train)
    tiny.networks = tiny.build_networks()
    data = TrainingData.encode(tiny.codec, toy.train, toy.validation, seed=0)
    score, fine_tuning = tiny.phases(data)
    assert [score.name, fine_tuning.name] == ["score", "fine-tuning"]
    assert score.batches.n_rows == 200
    below = 115  # 115^2 is below the average of 0^2 to 199^2, which is 13,233.5, and 116^2 is above it
    assert torch.equal(fine_tuning.batches.encoded.x_cat, data.encoded.x_cat[: below + 1])
    tiny.fine_tuning_epochs = 0
    assert len(list(tiny.phases(data))) == 1


def test_fine_tuning_changes_the_network_a_little(model, toy):
    without = STaSy(**{**TINY, "fine_tuning_epochs": 0}).fit(toy.train, toy.validation, seed=0)
    pairs = list(zip(model.model.parameters(), without.model.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in pairs)
    assert all(torch.allclose(a, b, atol=2e-3) for a, b in pairs)


@pytest.mark.parametrize("sde", SDES)
@pytest.mark.parametrize("solver", ["probability_flow", "predictor_corrector"])
def test_rows_come_from_each_equation_by_each_solver(toy, sde, solver):
    tiny = STaSy(**{**TINY, "epochs": 1, "fine_tuning_epochs": 1}, sde=sde, solver=solver)
    sample = tiny.fit(toy.train, toy.validation, seed=0).sample(50, seed=0)
    pd.testing.assert_frame_equal(sample.frame, tiny.sample(50, seed=0).frame, check_exact=True)


@pytest.mark.parametrize("setting", ["sde", "solver"])
def test_an_unknown_equation_or_solver_is_refused(toy, setting):
    with pytest.raises(InputError, match=f"{setting}.*euler"):
        STaSy(**TINY, **{setting: "euler"}).fit(toy.train, toy.validation, seed=0)


def share(frame: pd.DataFrame) -> tuple[float, float]:
    """How many rows obey the two rules of the table."""
    by_age = ((frame["age"] > 49) == (frame["job"] == "old")).mean()
    by_label = ((frame["sex"] == "Male") == (frame["approved"] == "yes")).mean()
    return by_age, by_label


@pytest.mark.slow
def test_a_fit_learns_what_goes_with_what(learned):
    model, _ = learned
    by_age, by_label = share(model.sample(2000, seed=0).frame)
    assert by_age > 0.82
    assert by_label > 0.9


def test_the_solver_can_be_changed_after_the_fit(learned, monkeypatch):
    model, _ = learned
    monkeypatch.setattr(model, "solver", "predictor_corrector")
    monkeypatch.setattr(model, "n_steps", 100)
    by_age, by_label = share(model.sample(1000, seed=0).frame)
    assert by_age > 0.82
    assert by_label > 0.9


def test_rows_that_break_the_rules_are_less_probable(learned):
    model, table = learned
    some = Table(table.frame.head(300), TOY_SCHEMA)
    swapped = some.frame.assign(job=some.frame["job"].map({"old": "young", "young": "old"}))
    real, broken = (model.log_probability(model.codec.encode(rows)) for rows in (some, Table(swapped, TOY_SCHEMA)))
    assert (real > broken).float().mean() > 0.8
