import numpy as np
import pytest
import torch

from baselines.codi import CoDi
from baselines.codi.diffusion import CoEvolvingDiffusion, distance_cat, distance_num, linear_alpha_bar, triplet_loss
from fairtab import InputError, Joint, Schema, Table
from fairtab.diffusion import gaussian
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {"width": 16, "n_levels": 2, "T": 10, "epochs": 2, "min_steps": 0, "batch_size": 64}


def diffusion(**options) -> CoEvolvingDiffusion:
    sizes = {"d_num": 2, "cardinalities": (3, 4), "widths": (8, 16), "T": 10, "schedule": "cosine"}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return CoEvolvingDiffusion(**{**sizes, "contrast": 0.2, "margin": 1.0, **options})


def rows(n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    x_cat = torch.stack([torch.randint(k, (n,), generator=g) for k in (3, 4)], dim=1)
    return torch.randn(n, 2, generator=g), x_cat, torch.empty(n, 0)


def with_random_heads(made: CoEvolvingDiffusion) -> CoEvolvingDiffusion:
    """Networks predict 0 at first; these predict something."""
    for network in (made.continuous, made.discrete):
        torch.nn.init.normal_(network.head.weight, generator=torch.Generator().manual_seed(1))
    return made


@pytest.fixture(scope="module")
def model(toy):
    return CoDi(**TINY).fit(toy.train, toy.validation, seed=0)


def test_the_published_schedule_by_hand_and_how_far_from_noise_it_ends():
    assert linear_alpha_bar(2).tolist() == pytest.approx([1, 0.99999, 0.99999 * 0.98])
    assert linear_alpha_bar(50)[-1] == pytest.approx(0.604, abs=0.001)
    assert linear_alpha_bar(1000)[-1] < 1e-4
    assert diffusion(T=50).alpha_bar[-1] < 1e-4
    with pytest.raises(InputError, match="unknown schedule 'sine': expected one of cosine, linear"):
        diffusion(schedule="sine")


def test_the_triplet_loss_by_hand():
    positive, negative = torch.tensor([1.0, 1.0, 2.0]), torch.tensor([1.5, 4.0, 1.0])
    # 1 - 1.5 + 1; far enough apart; 2 - 1 + 1
    assert triplet_loss(positive, negative, margin=1.0).item() == pytest.approx((0.5 + 0 + 2) / 3)


def test_both_halves_of_a_row_see_each_other():
    made, (x_num, x_cat, _), t = with_random_heads(diffusion()), rows(5), torch.tensor([3])
    other_num, other_cat = x_num.roll(1, 0), x_cat.roll(1, 0)
    assert not torch.allclose(made.eps(x_num, x_cat, t), made.eps(x_num, other_cat, t))
    for logits, other in zip(made.logits(x_num, x_cat, t), made.logits(other_num, x_cat, t), strict=True):
        assert not torch.allclose(logits, other)


def test_rows_of_one_step_and_of_many_are_predicted_alike():
    made, (x_num, x_cat, _) = with_random_heads(diffusion()), rows(4)
    t = torch.tensor([7, 2, 7, 9])
    together = made.eps(x_num, x_cat, t)
    for i in range(4):
        assert torch.allclose(together[i], made.eps(x_num, x_cat, t[i : i + 1])[i], atol=1e-5)


def test_a_broken_condition_is_the_other_half_of_another_row(monkeypatch):
    made, (x_num, x_cat, _) = diffusion(), rows(50)
    made.alpha_bar.fill_(1)  # no noise: x_t is x_0
    seen = {"eps": [], "logits": []}
    for name, calls in seen.items():
        predict = getattr(made, name)
        monkeypatch.setattr(made, name, lambda *given, c=calls, p=predict: (c.append(given), p(*given))[1])
    made.loss(x_num, x_cat, torch.empty(50, 0))
    (_, _, t), *_ = seen["eps"]
    assert len(t) == 50
    assert all(torch.equal(each, t) for calls in seen.values() for _, _, each in calls)
    for name, expected in {"eps": (x_num, x_cat.roll(1, 0)), "logits": (x_num.roll(1, 0), x_cat)}.items():
        right, broken = seen[name]
        assert torch.equal(right[0], x_num)
        assert torch.equal(right[1], x_cat)
        assert torch.equal(broken[0], expected[0])
        assert torch.equal(broken[1], expected[1])


def loss(made: CoEvolvingDiffusion) -> torch.Tensor:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return made.loss(*rows(200))


def test_networks_that_ignore_the_condition_pay_the_margin_twice():
    """Once for each diffusion: the estimates under both conditions are equally far away."""
    without = loss(diffusion(contrast=0.0))
    assert (loss(diffusion(contrast=0.3, margin=2.0)) - without).item() == pytest.approx(0.3 * 2 * 2, abs=1e-5)


def test_the_contrast_is_a_weight():
    without, once, twice = (loss(with_random_heads(diffusion(contrast=weight))) for weight in (0.0, 0.5, 1.0))
    assert (twice - without).item() == pytest.approx(2 * (once - without).item(), rel=1e-3)
    assert once > without


def test_numbers_are_as_far_apart_as_the_estimate_is_from_the_row():
    x_0, noise = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5, -1.0]])
    alpha_bar, eps = torch.tensor([[0.64]]), torch.tensor([[0.1, 0.2]])
    estimate = gaussian.to_x_0("eps", eps, gaussian.q_sample(x_0, alpha_bar, noise), alpha_bar)
    expected = (estimate - x_0).square().mean().item()
    assert expected == pytest.approx((0.3**2 + 0.9**2) / 2)  # errors of eps, 0.4 and 1.2, times 0.6 / 0.8
    assert distance_num(eps, noise, alpha_bar).tolist() == pytest.approx([expected])


def test_where_almost_no_signal_is_left_numbers_are_as_far_apart_as_eps_is_from_the_noise():
    assert distance_num(torch.ones(1, 2), torch.zeros(1, 2), torch.tensor([[1e-6]])).tolist() == [1.0]


def test_categories_are_apart_by_cross_entropy():
    logits = [torch.tensor([[0.2, 0.8]]).log(), torch.tensor([[0.5, 0.25, 0.25]]).log()]
    expected = -(np.log(0.8) + np.log(0.25)) / 2
    assert distance_cat(logits, torch.tensor([[1, 2]])).tolist() == pytest.approx([expected])


def test_each_network_learns_from_its_own_loss_alone():
    made, (x_num, x_cat, _), t = with_random_heads(diffusion()), rows(5), torch.tensor([3])
    made.eps(x_num, x_cat, t).sum().backward()
    assert all(weight.grad is None for weight in made.discrete.parameters())
    made.zero_grad()
    torch.cat(list(made.logits(x_num, x_cat, t)), dim=1).sum().backward()
    assert all(weight.grad is None for weight in made.continuous.parameters())


def test_in_sampling_both_networks_see_the_same_noisy_row_and_rows_end_where_they_say(monkeypatch):
    made, steps, seen = diffusion(), [], []
    target = torch.tensor([0.5, -2.0])

    def eps(x_num, x_cat, t):
        seen.append((x_num, x_cat))
        steps.append(t.item())
        alpha_bar = made.alpha_bar[t]
        return (x_num - alpha_bar.sqrt() * target) / (1 - alpha_bar).sqrt()

    def logits(x_num, x_cat, t):
        assert x_num is seen[-1][0]
        assert x_cat is seen[-1][1]
        return [1e4 * torch.eye(3)[[1] * len(x_cat)], 1e4 * torch.eye(4)[[3] * len(x_cat)]]

    monkeypatch.setattr(made, "eps", eps)
    monkeypatch.setattr(made, "logits", logits)
    x_num, x_cat = made.sample(20, generator=torch.Generator().manual_seed(0))
    assert steps == list(range(10, 0, -1))
    assert torch.allclose(x_num, target.expand(20, 2), atol=1e-4)
    assert torch.equal(x_cat, torch.tensor([[1, 3]]).expand(20, 2))


def test_all_columns_are_learned_and_it_cannot_be_steered(model, toy):
    assert model.codec.conditions == ()
    assert [column.name for column in model.codec.numerical] == ["age", "gain", "amount"]  # no number is a category
    assert [column.name for column in model.codec.categorical] == ["job", "approved", "sex", "region"]
    with pytest.raises(InputError, match="cannot be steered"):
        model.sample(10, seed=0, joint=Joint.from_table(toy.train))


def test_parameters_are_those_of_the_layers(model):
    def linear(d_in, d_out):
        return d_in * d_out + d_out

    def level(d_in, d_out):
        return linear(d_in, d_out) + 16 * d_out + linear(d_out, d_out)

    def network(d_out):
        step = 2 * linear(16, 16)
        levels = level(16, 16) + level(16, 32) + level(32, 32) + level(64, 16) + level(32, 16)
        return step + linear(12, 16) + levels + linear(16, d_out)

    assert model.n_parameters == network(3) + network(9)


def test_a_table_without_numbers_has_one_diffusion_and_nothing_to_contrast():
    schema = Schema((), ("job",), "approved", "yes", ("sex", "region"))
    table = Table(toy_frame(200), schema)
    model = CoDi(**TINY).fit(table, table, seed=0)
    assert model.diffusion.continuous is None
    x_num, x_cat = torch.empty(200, 0), model.codec.encode(table).x_cat
    losses = []
    for model.diffusion.contrast in (0.0, 1.0):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            losses.append(model.diffusion.loss(x_num, x_cat, x_cat))
    assert losses[0].isfinite()
    assert losses[0] == losses[1]
    assert len(model.sample(50, seed=0)) == 50


@pytest.mark.slow
def test_a_fit_learns_what_goes_with_what():
    """A category follows from a number, so in another network; and a sensitive attribute from the label."""
    base = toy_frame(2000)
    labels = np.where(base["sex"] == "Male", "yes", "no")
    table = Table(base.assign(job=np.where(base["age"] > 49, "old", "young"), approved=labels), TOY_SCHEMA)
    options = {"width": 32, "n_levels": 2, "epochs": 60, "min_steps": 0, "batch_size": 256, "learning_rate": 4e-3}
    model = CoDi(**options).fit(table, table, seed=0)
    sample = model.sample(2000, seed=0).frame
    assert ((sample["age"] > 49) == (sample["job"] == "old")).mean() > 0.85
    assert ((sample["sex"] == "Male") == (sample["approved"] == "yes")).mean() > 0.9
    assert (sample["sex"] == "Male").mean() == pytest.approx((base["sex"] == "Male").mean(), abs=0.08)
