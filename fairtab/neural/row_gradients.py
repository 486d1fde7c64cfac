"""The sum of the gradients of single rows, each clipped to a norm, without ever storing the gradient of a row.

A layer's gradient for a row follows from the layer's input and from the gradient of its output. So do its norm
(Goodfellow 2015; Lee and Kifer 2021, "ghost clipping") and the clipped sum. This costs about as much as an ordinary
gradient, where storing a gradient for each row, as Opacus does by default, costs many times as much.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairtab.backbones.embedding import StepEmbedding
from fairtab.errors import InputError

KNOWN = (StepEmbedding, nn.Linear, nn.Embedding, nn.EmbeddingBag, nn.LayerNorm)


def check_layers(network: nn.Module) -> None:
    """Check that every parameter is in a layer of which the gradient of a row is known here.

    Parameters
    ----------
    network
        The network.

    Raises
    ------
    InputError
        A layer is of another kind.

    Examples
    --------
    >>> check_layers(nn.Sequential(nn.Linear(2, 1)))
    >>> check_layers(nn.Conv1d(1, 1, 1))
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: privacy: no gradients of single rows for Conv1d: use backbone=mlp
    """
    for layer in network.modules():
        if _has_weights(layer) and type(layer) not in KNOWN:
            raise InputError(f"privacy: no gradients of single rows for {type(layer).__name__}: use backbone=mlp")


def clipped_sum(
    network: nn.Module, loss: Callable[[], Tensor], n_rows: int, *, max_norm: float
) -> dict[nn.Parameter, Tensor]:
    """Sum the gradients of rows, each clipped.

    Parameters
    ----------
    network
        The network. Each of its layers is called once, with the same rows in the same order, and treats each by itself.
    loss
        Computes the mean loss over rows, of shape []. If the layers get R rows, then R is a multiple of `n_rows`, and
        the first R / n_rows are copies of the first row, and so on.
    n_rows
        How many rows there are.
    max_norm
        The gradient of each row's own mean loss is clipped to this norm.

    Returns
    -------
    dict
        The sum by parameter, in the parameter's shape.

    Examples
    --------
    >>> network = nn.Linear(1, 1, bias=False)
    >>> x = torch.tensor([[3.0], [0.5]])
    >>> (total,) = clipped_sum(network, lambda: network(x).mean(), 2, max_norm=1.0).values()
    >>> total
    tensor([[1.5000]])
    """
    calls: list[tuple[nn.Module, Tensor, Tensor]] = []

    def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        # the weights are frozen, so the first layers' outputs would not know that a gradient is wanted
        output = output if output.requires_grad else output.requires_grad_()
        x = layer.sinusoids(*inputs) if isinstance(layer, StepEmbedding) else inputs[0]
        calls.append((layer, x.detach(), output))
        return output

    layers = [layer for layer in network.modules() if _has_weights(layer)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    try:
        for parameter in parameters:
            parameter.requires_grad_(False)
        by_output = torch.autograd.grad(loss(), [output for _, _, output in calls])
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)
        for hook in hooks:
            hook.remove()
    assert len({layer for layer, _, _ in calls}) == len(calls), "a layer was called twice"
    # the mean over rows made each row's gradient n_rows times too small
    known = [(layer, x, grad * n_rows) for (layer, x, _), grad in zip(calls, by_output, strict=True)]
    square = torch.stack([_square_norm(layer, x, grad, n_rows) for layer, x, grad in known]).sum(0)  # [n_rows]
    scale = (max_norm / (square.sqrt() + 1e-12)).clamp(max=1.0).nan_to_num(0.0, 0.0, 0.0)
    scale = scale.repeat_interleave(len(known[0][2]) // n_rows)[:, None]
    return {
        parameter: value
        for layer, x, grad in known  # a row whose gradient is not finite must not spoil the sum
        for parameter, value in _sums(layer, x.nan_to_num(0.0, 0.0, 0.0), (grad * scale).nan_to_num(0.0, 0.0, 0.0))
    }


def _has_weights(layer: nn.Module) -> bool:
    return next(layer.parameters(recurse=False), None) is not None


def _square_norm(layer: Any, x: Tensor, grad: Tensor, n_rows: int) -> Tensor:
    """Return the squared norm of each row's gradient of a layer's parameters, [n_rows]."""
    grad = grad.view(n_rows, -1, grad.shape[-1])  # [n_rows, copies, width]
    x = x.reshape(n_rows, grad.shape[1], -1)
    if isinstance(layer, nn.LayerNorm):
        scaled = F.layer_norm(x, layer.normalized_shape, eps=layer.eps) * grad
        return scaled.sum(1).square().sum(1) + grad.sum(1).square().sum(1)
    between = grad @ grad.mT  # [n_rows, copies, copies]
    if isinstance(layer, nn.Linear):
        square = (between * (x @ x.mT)).sum((1, 2))
        return square if layer.bias is None else square + grad.sum(1).square().sum(1)
    same = (x[:, :, None] == x[:, None]).sum(-1)  # codes that two copies share; a bag has each code once
    return (between * same).sum((1, 2))


def _sums(layer: Any, x: Tensor, grad: Tensor) -> list[tuple[Any, Tensor]]:
    """Return the gradient of each parameter of a layer, summed over rows."""
    if isinstance(layer, nn.LayerNorm):
        scaled = F.layer_norm(x, layer.normalized_shape, eps=layer.eps) * grad
        return [(layer.weight, scaled.sum(0)), (layer.bias, grad.sum(0))]
    if isinstance(layer, nn.Linear):
        bias = [] if layer.bias is None else [(layer.bias, grad.sum(0))]
        return [(layer.weight, grad.mT @ x), *bias]
    total = torch.zeros_like(layer.weight)
    for codes in x.reshape(len(grad), -1).unbind(1):
        total.index_add_(0, codes, grad)
    return [(layer.weight, total)]
