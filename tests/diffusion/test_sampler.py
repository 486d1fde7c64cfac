"""The reverse process with the true denoiser of a known distribution ends in that distribution."""

import pytest
import torch

from fairtab.diffusion.denoiser import Prediction
from fairtab.diffusion.gaussian import X_0_MAX
from fairtab.diffusion.numbers import Regressed
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.sampler import Sampler
from fairtab.diffusion.schedule import cosine_alpha_bar
from fairtab.errors import InputError

MEAN, STD = 0.8, 0.5
P = torch.tensor([0.1, 0.2, 0.7])
N = 40_000


class Oracle(torch.nn.Module):
    """E[x_0 | x_t] of one normal column, and p(x_0 | x_t) of one column of three categories."""

    def __init__(self, T: int) -> None:
        super().__init__()
        self.alpha_bar = cosine_alpha_bar(T).float()

    def forward(self, x_num, x_cat, t, condition, case):
        a = self.alpha_bar[t[0]]
        gain = a.sqrt() * STD**2 / (a * STD**2 + 1 - a)
        x_0 = MEAN + gain * (x_num - a.sqrt() * MEAN)
        likelihood = a * torch.eye(3) + (1 - a) / 3  # q(x_t | x_0), symmetric
        return Prediction(x_0, [(P * likelihood[x_cat[:, 0]]).log()])


def sample(n_steps: int, solver: str, posterior: str) -> tuple[torch.Tensor, torch.Tensor]:
    sizes = {"cardinalities": (3,), "condition_cardinalities": (2, 2)}
    process = Diffusion(Oracle(200), Regressed(1, "x_0"), **sizes, T=200, condition_dropout=0.1)
    condition = torch.zeros(N, 2, dtype=torch.long)
    generator = torch.Generator().manual_seed(0)
    return process.sample(condition, Sampler(n_steps, solver, posterior), generator=generator)


@pytest.mark.parametrize(
    ("solver", "n_steps", "tolerance"), [("ancestral", 200, 0.03), ("ddim", 50, 0.03), ("dpm_solver", 20, 0.03)]
)
def test_numbers_end_in_their_distribution(solver, n_steps, tolerance):
    x_num, _ = sample(n_steps, solver, "marginal")
    assert x_num.mean().item() == pytest.approx(MEAN, abs=tolerance)
    assert x_num.std().item() == pytest.approx(STD, rel=2 * tolerance)


def test_the_second_order_solver_needs_fewer_steps():
    errors = {s: abs(sample(8, s, "marginal")[0].std().item() - STD) for s in ("ddim", "dpm_solver")}
    assert errors["dpm_solver"] < errors["ddim"]


@pytest.mark.parametrize("n_steps", [2, 5, 200])
def test_the_marginal_step_is_exact_for_any_number_of_steps(n_steps):
    _, x_cat = sample(n_steps, "ddim", "marginal")
    frequencies = torch.bincount(x_cat[:, 0], minlength=3) / N
    assert (frequencies - P).abs().max() < 5 * (0.25 / N) ** 0.5


@pytest.mark.parametrize("n_steps", [2, 200])
def test_the_plug_in_step_is_not_exact_even_in_single_steps(n_steps):
    """It is wrong given the true p(x_0 | x_t). A network trained by the bound makes up for this."""
    frequencies = torch.bincount(sample(n_steps, "ddim", "plug_in")[1][:, 0], minlength=3) / N
    assert (frequencies - P).abs().max() > 0.05


@pytest.mark.parametrize("wrong", [{"solver": "euler"}, {"posterior": "guess"}])
def test_unknown_names_are_refused(wrong):
    with pytest.raises(InputError, match="expected one of"):
        Sampler(**wrong)


@pytest.mark.parametrize(("solver", "draws"), [("ancestral", True), ("ddim", False), ("dpm_solver", False)])
def test_only_the_ancestral_step_draws_noise(solver, draws, monkeypatch):
    def ends(seed: int) -> torch.Tensor:
        """The same start, then two steps with the noise of this seed."""
        noise = torch.randn(2, 5, 1, generator=torch.Generator().manual_seed(seed))
        numbers = iter([torch.zeros(5, 1), *noise])
        known = {
            "null": torch.tensor([2]),
            "numbers": Regressed(1, "eps"),
            "n_categories": torch.tensor([], dtype=torch.long),
        }
        with monkeypatch.context() as patch:
            patch.setattr(torch, "randn", lambda *_, **__: next(numbers))
            x_num, _ = Sampler(n_steps=2, solver=solver)(
                lambda noisy, *_: torch.ones_like(noisy.inputs),
                torch.zeros(5, 1, dtype=torch.long),
                **known,
                alpha_bar=cosine_alpha_bar(10).float(),
                categorical_loss="cross_entropy",
            )
        return x_num

    assert torch.equal(ends(0), ends(1)) is not draws


class Wild(torch.nn.Module):
    """Predicts a value that no standard normal column has."""

    def forward(self, x_num, x_cat, t, condition, case):
        return Prediction(torch.full_like(x_num, 1000.0), [])


def test_a_wild_prediction_stays_within_what_rows_can_be():
    sizes = {"cardinalities": (), "condition_cardinalities": (2,)}
    process = Diffusion(Wild(), Regressed(1, "x_0"), **sizes, T=10, condition_dropout=0.1)
    x_num, _ = process.sample(torch.zeros(3, 1, dtype=torch.long), Sampler(n_steps=5))
    assert x_num[:, 0].tolist() == pytest.approx([X_0_MAX] * 3)


P_PAIR = torch.tensor([[0.4, 0.1], [0.1, 0.4]])  # of two columns that agree in four rows of five


class PairOracle(torch.nn.Module):
    """The prediction of a perfect network that was trained on P_PAIR by this loss."""

    def __init__(self, categorical_loss: str) -> None:
        super().__init__()
        self.categorical_loss, self.alpha_bar = categorical_loss, cosine_alpha_bar(1000).float()

    def forward(self, x_num, x_cat, t, condition, case):
        kernel = self.alpha_bar[t[0]] * torch.eye(2) + (1 - self.alpha_bar[t[0]]) / 2
        q_a, q_b = kernel[x_cat[:, 0]], kernel[x_cat[:, 1]]  # q(x_t | x_0) of either column, [B, 2]
        joint = P_PAIR * q_a.unsqueeze(2) * q_b.unsqueeze(1)
        a, b = joint.sum(2), joint.sum(1)
        if self.categorical_loss == "variational_bound":
            a, b = a / q_a, b / q_b
        return Prediction(x_num, [a.log(), b.log()])


@pytest.mark.parametrize(
    ("categorical_loss", "posterior", "right"),
    [
        ("cross_entropy", "marginal", True),
        ("variational_bound", "marginal", True),
        ("variational_bound", "plug_in", True),
        ("cross_entropy", "plug_in", False),
    ],
)
def test_columns_go_together_as_in_the_data_where_step_and_loss_fit(categorical_loss, posterior, right):
    process = Diffusion(
        PairOracle(categorical_loss),
        Regressed(0, "v"),
        cardinalities=(2, 2),
        condition_cardinalities=(2,),
        T=1000,
        condition_dropout=0.1,
        categorical_loss=categorical_loss,
    )
    condition, generator = torch.zeros(20_000, 1, dtype=torch.long), torch.Generator().manual_seed(0)
    _, x_cat = process.sample(condition, Sampler(n_steps=50, posterior=posterior), generator=generator)
    agree = (x_cat[:, 0] == x_cat[:, 1]).float().mean().item()
    assert (agree == pytest.approx(0.8, abs=0.02)) is right
    assert x_cat.float().mean(0).tolist() == pytest.approx([0.5, 0.5], abs=0.02)
