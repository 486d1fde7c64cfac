"""The losses against their formulas, and the variational bound against enumeration."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from fairtab import FairTab, InputError
from fairtab.diffusion import gaussian, loss, multinomial
from fairtab.diffusion.denoiser import Prediction
from fairtab.diffusion.numbers import Regressed
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.schedule import cosine_alpha_bar

K, T = 3, 4
ALPHA_BAR = cosine_alpha_bar(T)
LOGITS = torch.tensor([0.3, -1.2, 0.8], dtype=torch.float64)
P_DATA = torch.tensor([0.1, 0.2, 0.7], dtype=torch.float64)


def kernel(alpha_bar: torch.Tensor) -> torch.Tensor:
    """q(x_t | x_0) as a matrix, rows x_0."""
    return alpha_bar * torch.eye(K, dtype=torch.float64) + (1 - alpha_bar) / K


def enumerated(x_0: torch.Tensor, x_t: int, t: int) -> torch.Tensor:
    """q(x_{t-1} | x_t, x_0) for probabilities x_0, by Bayes' rule."""
    joint = (x_0 @ kernel(ALPHA_BAR[t - 1])) * kernel(ALPHA_BAR[t] / ALPHA_BAR[t - 1])[:, x_t]
    return joint / joint.sum()


def bound(logits: torch.Tensor, x_0: int, x_t: int, t: int) -> torch.Tensor:
    codes = [torch.tensor([code]) for code in (x_0, x_t)]
    return loss.variational_bound(logits.unsqueeze(0), *codes, ALPHA_BAR[t].view(1, 1), ALPHA_BAR[t - 1].view(1, 1))[0]


class Constant(nn.Module):
    """Predicts the same for every row, and keeps its input."""

    def forward(self, x_num, x_cat, t, condition, case):
        self.seen, self.condition = (x_num, x_cat, t), condition
        return Prediction(torch.full_like(x_num, 0.5), [LOGITS.float().expand(len(x_num), K)] * x_cat.shape[1])


def diffusion(condition_dropout: float = 0.0, **options) -> Diffusion:
    sizes = {"cardinalities": (K,) * 3, "condition_cardinalities": (2,), "T": 10}
    return Diffusion(Constant(), Regressed(2, "x_0"), **sizes, condition_dropout=condition_dropout, **options)


def batch(n: int = 64) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(0)
    return torch.randn(n, 2), torch.randint(K, (n, 3)), torch.randint(2, (n, 1))


@pytest.mark.parametrize(("x_0", "x_t", "t"), list(product(range(K), range(K), range(2, T + 1))))
def test_the_bound_is_the_divergence_enumerated(x_0, x_t, t):
    q = enumerated(F.one_hot(torch.tensor(x_0), K).double(), x_t, t)
    p = enumerated(LOGITS.softmax(0), x_t, t)
    torch.testing.assert_close(bound(LOGITS, x_0, x_t, t), sum(q * (q.log() - p.log())))


@pytest.mark.parametrize(("x_0", "x_t"), list(product(range(K), range(K))))
def test_at_the_first_step_the_bound_is_the_negative_log_likelihood(x_0, x_t):
    p = enumerated(LOGITS.softmax(0), x_t, t=1)
    torch.testing.assert_close(bound(LOGITS, x_0, x_t, t=1), -p[x_0].log())


@pytest.mark.parametrize(("x_t", "t"), list(product(range(K), range(1, T + 1))))
def test_the_bound_is_zero_where_x_0_is_known(x_t, t):
    certain = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64).log()
    assert bound(certain.clamp(min=-1e4), x_0=1, x_t=x_t, t=t).item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("scale", [0.0, 1e2, 1e6, 1e30])
@pytest.mark.parametrize("n_steps", [1, 1000])
def test_gradients_are_finite_at_extreme_logits(scale, n_steps):
    alpha_bar = cosine_alpha_bar(n_steps).float()
    for t, x_0, x_t in product({1, min(2, n_steps), n_steps}, range(K), range(K)):
        logits = (LOGITS.float() * scale).unsqueeze(0).requires_grad_()
        codes = torch.tensor([x_0]), torch.tensor([x_t])
        value = loss.variational_bound(logits, *codes, alpha_bar[t].view(1, 1), alpha_bar[t - 1].view(1, 1))
        value.sum().backward()
        assert value.isfinite().all()
        assert logits.grad.isfinite().all()


@pytest.mark.parametrize("t", range(1, T + 1))
def test_the_bound_teaches_what_its_reading_takes_for_the_posterior(t):
    """For a single column the bound is minimal at x0_hat = p(x_0). `to_x_0` converts this to Bayes' p(x_0 | x_t)."""
    p_x_t = P_DATA.unsqueeze(1) * kernel(ALPHA_BAR[t])  # joint of x_0 and x_t
    for x_t in range(K):
        logits = P_DATA.log().requires_grad_()
        sum(p_x_t[x_0, x_t] * bound(logits, x_0, x_t, t) for x_0 in range(K)).backward()
        torch.testing.assert_close(logits.grad, torch.zeros(K, dtype=torch.float64))
        read = multinomial.to_x_0("variational_bound", logits.unsqueeze(0), torch.tensor([x_t]), ALPHA_BAR[t])[0]
        torch.testing.assert_close(read, p_x_t[:, x_t] / p_x_t[:, x_t].sum())


def test_by_default_the_loss_is_the_mean_of_squared_errors_and_cross_entropies():
    model = diffusion()
    x_num, x_cat, condition = batch()
    torch.manual_seed(1)
    value = model.loss(x_num, x_cat, condition)
    squared = ((0.5 - x_num) ** 2).mean(0)
    entropies = -LOGITS.float().log_softmax(0)[x_cat].mean(0)
    torch.testing.assert_close(value, torch.cat([squared, entropies]).mean())


def test_the_papers_total_is_the_gaussian_loss_and_the_mean_bound_times_the_steps():
    model = diffusion(categorical_loss="variational_bound", loss_weighting="kinds")
    x_num, x_cat, condition = batch()
    value = model.loss(x_num, x_cat, condition)
    _, x_t, t = model.denoiser.seen
    steps = model.alpha_bar[t].unsqueeze(1), model.alpha_bar[t - 1].unsqueeze(1)
    logits = LOGITS.float().expand(len(t), K)
    bounds = [loss.variational_bound(logits, x_cat[:, j], x_t[:, j], *steps).mean() for j in range(3)]
    torch.testing.assert_close(value, ((0.5 - x_num) ** 2).mean() + 10 * sum(bounds) / 3)


@pytest.mark.parametrize(("columns", "d_num", "expected"), [([1.0, 3, 8], 2, 10), ([1.0, 3], 2, 2), ([4.0, 8], 0, 6)])
def test_kinds_of_columns_weigh_the_same_also_where_there_is_one(columns, d_num, expected):
    assert loss.total(torch.tensor(columns), d_num, "kinds") == expected


@pytest.mark.parametrize("parametrization", ["eps", "x_0", "v"])
def test_numerical_losses_do_not_depend_on_the_categorical_one(parametrization: gaussian.Parametrization):
    known = {"alpha_bar": ALPHA_BAR.float(), "n_categories": torch.tensor([K] * 3)}
    values = []
    for categorical in ("cross_entropy", "variational_bound"):
        torch.manual_seed(1)
        values.append(
            loss.column_losses(Constant(), Regressed(2, parametrization), *batch(), categorical=categorical, **known)
        )
    torch.testing.assert_close(values[0][:2], values[1][:2], rtol=0, atol=0)
    assert (values[0][2:] != values[1][2:]).all()


def test_steps_are_spread_evenly():
    steps = loss.stratified_steps(4 * T, T, torch.device("cpu"))
    assert sorted(steps.tolist()) == [step for step in range(1, T + 1) for _ in range(4)]
    assert steps.tolist() != sorted(steps.tolist())


def test_conditions_are_hidden_independently_as_often_as_asked():
    for probability, expected in ((0.0, 0), (1.0, 2)):
        model = diffusion(probability)
        model.loss(torch.zeros(8, 2), torch.zeros(8, 3, dtype=torch.long), torch.zeros(8, 1, dtype=torch.long))
        assert (model.denoiser.condition == expected).all()
    n, hidden = 20_000, torch.tensor([2, 3])
    dropped = loss.drop_conditions(torch.zeros(n, 2, dtype=torch.long), hidden, 0.3) == hidden
    assert dropped.float().mean(0).tolist() == pytest.approx([0.3, 0.3], abs=0.02)
    assert dropped.all(1).float().mean().item() == pytest.approx(0.09, abs=0.02)


@pytest.mark.parametrize("name", ["categorical_loss", "loss_weighting"])
def test_an_unknown_loss_is_named(name, toy):
    with pytest.raises(InputError, match=f"unknown {name.replace('_', ' ')} 'elbow': expected one of "):
        FairTab(**{name: "elbow"}).fit(toy.train, toy.validation, seed=0)


def test_fairtab_trains_on_the_papers_loss(toy):
    backbone = {"name": "mlp", "width": 16, "n_blocks": 1}
    model = FairTab(backbone=backbone, categorical_loss="variational_bound", loss_weighting="kinds", min_steps=20)
    model.epochs, model.n_steps = 1, 4
    sample = model.fit(toy.train, toy.validation, seed=0).sample(50, seed=0).frame
    assert set(sample["job"]) <= set(toy.train.frame["job"])
