"""Clipped sums of gradients of single rows, against Opacus and against one backward pass for each row."""

import pytest
import torch
from opacus import GradSampleModule
from torch import nn

from fairtab.backbones import BACKBONES
from fairtab.diffusion.numbers import Regressed
from fairtab.diffusion.process import Diffusion
from fairtab.errors import InputError
from fairtab.neural.row_gradients import check_layers, clipped_sum

SIZES = {"cardinalities": (3, 4), "condition_cardinalities": (2, 3)}


@pytest.fixture
def diffusion():
    torch.manual_seed(0)
    backbone = BACKBONES["mlp"](**SIZES, d_num=2, width=8)
    network = Diffusion(backbone, Regressed(2, "v"), **SIZES, T=50, condition_dropout=0.0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)  # the last layer begins at zero
    return network


def rows(n: int, copies: int):
    x_num, t = torch.randn(n, 2), torch.randint(1, 51, (n * copies,))
    codes = torch.stack([torch.randint(k, (n,)) for k in (3, 4)], 1)
    condition = torch.stack([torch.randint(k, (n,)) for k in (2, 3)], 1)
    return [part.repeat_interleave(copies, 0) for part in (x_num, codes, condition)], t


def loss(diffusion, part, t):
    """The loss without noise: rows are as they are at step t."""
    prediction = diffusion.denoiser(part[0], part[1], t, part[2], torch.arange(len(t)))
    columns = [prediction.num.square().mean(1), *(logits.logsumexp(1) for logits in prediction.logits)]
    return torch.stack(columns).mean()


@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("max_norm", [0.05, 0.5, 1e6])
def test_the_sum_is_that_of_gradients_clipped_one_by_one(diffusion, copies, max_norm):
    n = 7
    parts, t = rows(n, copies)
    found = clipped_sum(diffusion, lambda: loss(diffusion, parts, t), n, max_norm=max_norm)
    expected = {parameter: torch.zeros_like(parameter) for parameter in diffusion.parameters()}
    for i in range(n):
        own = slice(i * copies, (i + 1) * copies)
        grads = torch.autograd.grad(loss(diffusion, [part[own] for part in parts], t[own]), list(expected))
        norm = torch.sqrt(sum(grad.square().sum() for grad in grads))
        for parameter, grad in zip(expected, grads, strict=True):
            expected[parameter] += grad * min(1.0, max_norm / norm.item())
    assert found.keys() == expected.keys()
    for parameter, total in expected.items():
        torch.testing.assert_close(found[parameter], total, rtol=1e-4, atol=1e-6)


def test_the_sum_is_that_of_opacus():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.SiLU(), nn.Linear(8, 1))
    x = torch.randn(20, 5)
    found = clipped_sum(network, lambda: network(x).square().mean(), 20, max_norm=0.5)
    opacus = GradSampleModule(network, loss_reduction="mean", strict=True)
    opacus(x.requires_grad_()).square().mean().backward()  # Opacus warns if no input asks for a gradient
    norms = torch.stack([p.grad_sample.flatten(1).norm(dim=1) for p in network.parameters()]).norm(dim=0)
    scale = (0.5 / norms).clamp(max=1)
    assert (scale < 1).any()
    assert (scale == 1).any()
    for parameter in network.parameters():
        torch.testing.assert_close(
            found[parameter], torch.einsum("n,n...->...", scale, parameter.grad_sample), rtol=1e-4, atol=1e-6
        )


def test_no_row_moves_the_sum_by_more_than_the_norm(diffusion):
    parts, t = rows(6, 2)
    with_it = clipped_sum(diffusion, lambda: loss(diffusion, parts, t), 6, max_norm=0.1)
    fewer = [part[2:] for part in parts]
    without = clipped_sum(diffusion, lambda: loss(diffusion, fewer, t[2:]), 5, max_norm=0.1)
    moved = torch.sqrt(sum((with_it[p] - without[p]).square().sum() for p in with_it))
    assert moved <= 0.1 * 1.0001
    assert moved > 0.05


def test_weights_can_be_trained_as_before(diffusion):
    parts, t = rows(4, 1)
    clipped_sum(diffusion, lambda: loss(diffusion, parts, t), 4, max_norm=1.0)
    assert all(parameter.requires_grad and parameter.grad is None for parameter in diffusion.parameters())
    assert not any(module._forward_hooks for module in diffusion.modules())


def test_a_layer_of_another_kind_is_refused():
    class Scaled(nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    for network in (BACKBONES["unet"](**SIZES, d_num=2), Scaled(1, 1)):
        with pytest.raises(InputError, match="no gradients of single rows for"):
            check_layers(network)


def test_a_row_whose_gradient_is_not_finite_does_not_spoil_the_sum(diffusion):
    parts, t = rows(4, 2)
    parts[0][:2] = torch.inf
    found = clipped_sum(diffusion, lambda: loss(diffusion, parts, t), 4, max_norm=1.0)
    assert all(total.isfinite().all() for total in found.values())
    assert any(total.abs().sum() > 0 for total in found.values())
