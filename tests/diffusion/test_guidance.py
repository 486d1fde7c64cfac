"""Relations that follow from Eqs. 5 to 7, and an example of two steps by hand."""

import pytest
import torch

from fairtab.diffusion.guidance import ComposedGuidance, JointGuidance
from fairtab.diffusion.numbers import Regressed
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.sampler import Sampler

OPEN = {"threshold": float("inf"), "phi": "one", "w_m": 0.0}  # a gate always open, no momentum


def estimates(n_sensitive: int) -> torch.Tensor:
    return torch.randn(2 + n_sensitive, 5, 7, generator=torch.Generator().manual_seed(n_sensitive))


def composed(given: torch.Tensor, n_done: int = 0, **options) -> torch.Tensor:
    return ComposedGuidance(**options).compose(given, torch.zeros_like(given[0]), n_done)[0]


@pytest.mark.parametrize("n_sensitive", [1, 2, 3])
def test_without_weight_nothing_is_asked_for(n_sensitive):
    given = estimates(n_sensitive)
    torch.testing.assert_close(composed(given, w_g=0.0), given[0])


@pytest.mark.parametrize("n_sensitive", [1, 2, 3])
def test_one_condition_alone_gives_exactly_the_conditional_estimate(n_sensitive):
    given = estimates(n_sensitive)
    only_label = torch.cat([given[:2], given[:1].expand(n_sensitive, -1, -1)])  # attributes say what nothing says
    torch.testing.assert_close(composed(only_label, **OPEN), given[1])
    for i in range(n_sensitive):
        only_one = given[:1].repeat(2 + n_sensitive, 1, 1)
        only_one[2 + i] = given[2 + i]
        torch.testing.assert_close(composed(only_one, **OPEN), given[2 + i])


def test_guidance_of_several_attributes_adds_up():
    given = estimates(3)
    together = composed(given, **OPEN) - given[1]
    alone = sum(composed(given[[0, 1, 2 + i]], **OPEN) - given[1] for i in range(3))
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("n_sensitive", [1, 2, 3])
def test_a_threshold_of_minus_infinity_closes_the_gate(n_sensitive):
    given = estimates(n_sensitive)
    torch.testing.assert_close(composed(given, threshold=float("-inf"), w_s=5.0), given[1])


def test_the_gate_is_elementwise_and_signed():
    difference = torch.tensor([-3.0, -0.5, 0.5, 3.0])
    assert ComposedGuidance(threshold=1.0).mu(difference).tolist() == [3, 1, 1, 0]  # max(1, |difference|), as printed
    assert ComposedGuidance(threshold=1.0, phi="at_most_one").mu(difference).tolist() == [1, 0.5, 0.5, 0]
    assert ComposedGuidance(threshold=1.0, phi="one").mu(difference).tolist() == [1, 1, 1, 0]
    assert ComposedGuidance(threshold=9.0, w_s=2.0, sensitive_scale=0.5).mu(difference).tolist() == [3, 0.5, 0.5, 3]


@pytest.mark.parametrize(("label", "attribute", "guided"), [(3.0, 0.5, 3.0), (0.5, 3.0, 3.5)])
def test_the_gate_reads_the_label_less_the_attribute(label, attribute, guided):
    """The gate closes if the label's estimate exceeds the attribute's by the threshold, not the other way round."""
    given = torch.tensor([0.0, label, attribute]).reshape(3, 1, 1)
    assert composed(given, threshold=1.0, phi="one").item() == guided


def test_momentum_in_two_steps_by_hand():
    guidance = ComposedGuidance(w_g=2.0, threshold=10.0, phi="one", w_m=0.5, beta=0.25)
    first = torch.tensor([0.0, 1.0, 4.0]).reshape(3, 1, 1)  # nothing, label, attribute
    guided, momentum = guidance.compose(first, torch.zeros(1, 1), 0)
    assert guided.item() == 0 + 2 * (1 + 4)
    assert momentum.item() == 0.75 * 4
    second = torch.tensor([1.0, 1.0, 2.0]).reshape(3, 1, 1)
    guided, momentum = guidance.compose(second, momentum, 1)
    assert guided.item() == 1 + 2 * (0 + (1 + 0.5 * 3))
    assert momentum.item() == 0.25 * 3 + 0.75 * (1 + 0.5 * 3)


def test_warm_up_counts_from_the_start_of_the_reverse_process():
    given = estimates(2)
    for n_done in (0, 1):
        torch.testing.assert_close(composed(given, n_done=n_done, warm_up=2), given[1])
    assert not torch.allclose(composed(given, n_done=2, warm_up=2), given[1])


def test_an_unknown_phi_is_named():
    with pytest.raises(ValueError, match="unknown phi 'most': expected one of at_least_one, at_most_one, one"):
        ComposedGuidance(phi="most")


def test_what_is_asked_is_nothing_the_label_and_each_attribute_in_one_call():
    condition, null = torch.tensor([[0, 1, 2], [1, 0, 2], [0, 1, 2]]), torch.tensor([2, 3, 4])
    asked = []

    def evaluate(case: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        asked.append((case, conditions))
        return torch.zeros(len(case), 1)

    guide = ComposedGuidance().start(condition, null)
    assert guide(evaluate).shape == (3, 1)
    ((case, conditions),) = asked
    rows = conditions[case].tolist()
    assert rows == [
        *[[2, 3, 4]] * 3,
        *[[0, 3, 4], [1, 3, 4], [0, 3, 4]],
        *[[2, 1, 4], [2, 0, 4], [2, 1, 4]],
        *[[2, 3, 2]] * 3,
    ]
    assert len(conditions) == len(set(map(tuple, rows)))  # each case once


class Copycat(torch.nn.Module):
    """A denoiser that predicts the sum of the given condition codes."""

    def forward(self, x_num, x_cat, t, condition, case):
        from fairtab.diffusion.denoiser import Prediction

        given = torch.where(condition == torch.tensor([2, 3]), 0, condition).sum(1, keepdim=True).float()
        return Prediction(given[case].expand(-1, 1), [torch.zeros(len(case), 2)])


def test_a_whole_sample_with_either_guidance():
    sizes = {"cardinalities": (2,), "condition_cardinalities": (2, 3)}
    process = Diffusion(Copycat(), Regressed(1, "x_0"), **sizes, T=10, condition_dropout=0.1)
    condition = torch.tensor([[1, 2], [0, 1], [1, 0]])
    for guidance in (JointGuidance(), ComposedGuidance(**OPEN)):
        x_num, x_cat = process.sample(condition, Sampler(n_steps=5, guidance=guidance))
        assert x_num[:, 0].tolist() == pytest.approx([3, 1, 1], abs=1e-4)  # label and attribute added up
        assert x_cat.shape == (3, 1)
