import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from baselines.tabdiff import TabDiff
from baselines.tabdiff.process import MixedDiffusion
from baselines.tabdiff.schedule import EPS, LIMIT, Schedule
from fairtab import InputError, Joint, Table, seeds
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {"width": 16, "n_steps": 3, "min_steps": 1, "epochs": 2, "batch_size": 64}
T = torch.tensor([[0.0], [0.25], [0.5], [1.0]])


class Constant(nn.Module):
    """A denoiser that says the same of every row, and remembers what it was asked."""

    def __init__(self, number: float = 0.0, logits: tuple[float, ...] = (0.0, 0.0)) -> None:
        super().__init__()
        self.number, self.logits = number, torch.tensor(logits)

    def forward(self, x_num, x_cat, t):
        self.asked = x_num, x_cat, t
        logits = self.logits.expand(len(x_cat), -1)
        return torch.full_like(x_num, self.number), [logits] * x_cat.shape[1]


def diffusion(denoiser: nn.Module, *, d_num: int = 1, d_cat: int = 1, K: int = 2) -> MixedDiffusion:
    return MixedDiffusion(denoiser, d_num=d_num, cardinalities=(K,) * d_cat)


def stream() -> torch.Generator:
    return seeds.torch_generator(0, "test")


def rows(n: int, *, d_num: int = 1, d_cat: int = 1, K: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A batch of standard normal numbers and of even categories."""
    x_num = torch.randn((n, d_num), generator=stream())
    return x_num, torch.randint(K, (n, d_cat), generator=stream()), torch.empty(n, 0)


# -- schedules


def moved(factor: float) -> float:
    """The parameter of an exponent that has moved from its start by this factor."""
    return math.atanh(math.log(factor) / math.log(LIMIT))


def test_exponents_start_as_published_and_move_within_a_limit():
    schedule = Schedule(1, 1)
    assert (schedule.rho.item(), schedule.k.item()) == (7, 1)
    for raw, factor in ((100.0, LIMIT), (-100.0, 1 / LIMIT)):
        schedule.raw_rho.data[:] = schedule.raw_k.data[:] = raw
        assert (schedule.rho.item(), schedule.k.item()) == pytest.approx((7 * factor, factor))


def test_numbers_go_from_the_smallest_noise_to_the_largest_by_the_power_mean():
    schedule = Schedule(2, 0)
    schedule.raw_rho.data[1] = moved(10 / 7)
    assert schedule.rho.tolist() == pytest.approx([7, 10])
    start, _, middle, end = schedule.sigma(T).tolist()
    assert start == pytest.approx([0.002, 0.002], rel=1e-4)
    assert middle == pytest.approx([((0.002 ** (1 / rho) + 80 ** (1 / rho)) / 2) ** rho for rho in (7, 10)], rel=1e-4)
    assert end == pytest.approx([80, 80], rel=1e-4)


def test_a_higher_k_masks_later():
    schedule = Schedule(0, 2)
    schedule.raw_k.data[1] = moved(1.25)
    p_masked = schedule.p_masked(T) / (1 - EPS)
    assert p_masked.tolist() == [pytest.approx([t, t**1.25]) for t in T[:, 0].tolist()]


def test_the_weight_of_masked_cells_is_the_rate_of_masking_over_its_probability():
    schedule = Schedule(0, 1)
    schedule.raw_k.data[:] = moved(1.25)
    t = torch.tensor([[0.3]], requires_grad=True)
    p_masked = schedule.p_masked(t)
    (rate,) = torch.autograd.grad(p_masked.sum(), t)
    assert schedule.weight(t).item() == pytest.approx((rate / p_masked).item())


# -- loss


def test_numbers_are_predicted_through_the_preconditioning():
    process = diffusion(Constant(number=1.0))
    t = torch.full((1, 1), (1 - 0.002 ** (1 / 7)) / (80 ** (1 / 7) - 0.002 ** (1 / 7)))  # sigma = 1
    num, _ = process.predict(torch.tensor([[3.0]]), torch.tensor([[0]]), t)
    assert process.denoiser.asked[0].item() == pytest.approx(3 / math.sqrt(2), rel=1e-3)
    assert num.item() == pytest.approx(3 / 2 + 1 / math.sqrt(2), rel=1e-3)


def test_the_loss_by_hand():
    """A network that has learned nothing: the loss is the variance of numbers and the entropy of categories."""
    torch.manual_seed(0)
    entropy = (1 - EPS) * math.log(4)
    constant = Constant(logits=(0.0,) * 4)
    categories, mixed = diffusion(constant, d_num=0, K=4), diffusion(constant, d_cat=3, K=4)
    assert categories.loss(*rows(20_000, d_num=0, K=4)).item() == pytest.approx(entropy, rel=0.05)
    # what the network has to say of a number has variance 1, by the preconditioning
    assert mixed.loss(*rows(20_000, d_cat=3, K=4)).item() == pytest.approx((1 + 3 * entropy) / 4, rel=0.05)


def test_only_masked_cells_have_a_loss_and_the_denoiser_sees_the_mask():
    torch.manual_seed(0)
    certain = diffusion(Constant(logits=(0.0, 100.0)), d_num=0)
    x_num, _, none = rows(1000, d_num=0)
    ones = torch.ones(1000, 1, dtype=torch.int64)
    assert certain.loss(x_num, ones, none).item() == pytest.approx(0, abs=1e-6)
    _, x_cat, t = certain.denoiser.asked
    assert set(x_cat.flatten().tolist()) == {1, 2}  # itself, or the mask
    late = x_cat[t > 0.9] == 2
    assert late.float().mean() == pytest.approx(0.95, abs=0.05)


def test_the_times_of_a_batch_are_spread_evenly():
    process = diffusion(Constant())
    process.loss(*rows(10))
    t = process.denoiser.asked[2]
    assert t.diff().tolist() == pytest.approx([0.1] * 9, abs=1e-6)
    assert 0 < t[0] <= 0.1


def test_the_gradient_of_k_knows_that_k_decides_what_is_masked():
    """The bound of a single column is the same for every schedule, so it must not move k.

    The gradient of the weight alone, k / t, would be the entropy (times that of k).
    """
    torch.manual_seed(0)
    process = diffusion(Constant(), d_num=0)
    gradients = []
    for _ in range(100):
        (gradient,) = torch.autograd.grad(process.loss(*rows(2000, d_num=0)), process.schedule.raw_k)
        gradients.append(gradient.item())
    assert np.mean(gradients) == pytest.approx(0, abs=4 * np.std(gradients) / 10)
    assert 4 * np.std(gradients) / 10 < math.log(2) * math.log(LIMIT) / 4


# -- sampling


def test_churn_adds_the_noise_and_the_masks_that_lie_between_two_times():
    process = diffusion(Constant())
    t, later = torch.tensor([[0.5]]), torch.tensor([[0.75]])
    zeros = torch.zeros(50_000, 1)
    x_num, x_cat = process.churn(zeros, zeros.long(), t, later, stream())
    variance = process.schedule.sigma(later) ** 2 - process.schedule.sigma(t) ** 2
    assert x_num.var().item() == pytest.approx(variance.item(), rel=0.03)
    assert (x_cat == 2).float().mean().item() == pytest.approx(1 - 0.25 / 0.5, abs=0.01)


def test_a_step_shows_masked_cells_in_proportion_and_keeps_the_others():
    process = diffusion(Constant(logits=(math.log(0.2), math.log(0.8))), d_cat=2)
    x_cat = torch.tensor([[2, 0]]).repeat(50_000, 1)
    t, s = torch.tensor([[0.5]]), torch.tensor([[0.2]])
    _, after = process.step(torch.zeros(50_000, 1), x_cat, t, s, stream())
    shown = after[:, 0] != 2
    assert shown.float().mean().item() == pytest.approx((0.5 - 0.2) / 0.5, abs=0.01)
    assert after[shown, 0].float().mean().item() == pytest.approx(0.8, abs=0.01)
    assert torch.equal(after[:, 1], x_cat[:, 1])


def test_a_step_moves_numbers_along_the_line_to_the_prediction():
    process = diffusion(Constant())
    t, s = torch.tensor([[0.8]]), torch.tensor([[0.6]])
    x = torch.tensor([[4.0]])
    sigma_t, sigma_s = process.schedule.sigma(t), process.schedule.sigma(s)
    prediction = x / (1 + sigma_t**2)
    slope = (x - prediction) / sigma_t
    after, _ = process.step(x, torch.tensor([[0]]), t, s, stream())
    assert after.item() == pytest.approx((x + (sigma_s - sigma_t) * slope).item(), rel=1e-4)


def test_the_right_answers_give_the_right_rows():
    """For standard normal numbers, F = 0 is the best prediction."""
    process = diffusion(Constant(logits=(math.log(0.3), math.log(0.7))), d_num=2)
    x_num, x_cat = process.sample(20_000, n_steps=100, churn=1.0, generator=stream())
    assert x_num.mean(0).abs().max() < 0.05
    assert x_num.std(0).tolist() == pytest.approx([1, 1], abs=0.1)  # Euler's steps are coarse
    assert x_cat.float().mean().item() == pytest.approx(0.7, abs=0.02)


# -- the method


@pytest.fixture(scope="module")
def model(toy):
    return TabDiff(**TINY).fit(toy.train, toy.validation, seed=0)


def test_label_and_sensitive_attributes_are_columns_and_numbers_stay_numbers(model):
    assert model.codec.conditions == ()
    assert [column.name for column in model.codec.categorical] == ["job", "approved", "sex", "region"]
    assert [column.name for column in model.codec.numerical] == ["age", "gain", "amount"]


def test_it_cannot_be_steered(model, toy):
    with pytest.raises(InputError, match="cannot be steered"):
        model.sample(10, seed=0, joint=Joint.from_table(toy.train))


def test_schedules_are_learned_and_come_back_from_a_folder(model, tmp_path):
    schedule = model.diffusion.schedule
    assert (schedule.rho != 7).all()
    assert (schedule.k != 1).all()
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}
    loaded = TabDiff.load(tmp_path)
    assert torch.equal(loaded.diffusion.schedule.rho, schedule.rho)
    pd.testing.assert_frame_equal(loaded.sample(100, seed=0).frame, model.sample(100, seed=0).frame, check_exact=True)


@pytest.mark.slow
def test_a_fit_learns_what_goes_with_what():
    """A column follows from a number, and a sensitive attribute from the label."""
    base = toy_frame(1000)
    labels = np.where(base["sex"] == "Male", "yes", "no")
    table = Table(base.assign(job=np.where(base["age"] > 49, "old", "young"), approved=labels), TOY_SCHEMA)
    model = TabDiff(width=32, epochs=50, min_steps=1, batch_size=100, learning_rate=1e-2).fit(table, table, seed=0)
    sample = model.sample(2000, seed=0).frame
    assert ((sample["age"] > 49) == (sample["job"] == "old")).mean() > 0.85
    assert ((sample["sex"] == "Male") == (sample["approved"] == "yes")).mean() > 0.9
