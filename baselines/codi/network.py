"""The network of both of CoDi's diffusions (Lee et al., ICML 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairtab.backbones.embedding import StepEmbedding


class TabularUNet(nn.Module):
    """A U-Net of linear layers: levels of growing width and back, with a skip from each level to its counterpart.

    Every level knows the step.

    Parameters
    ----------
    d_in, d_out
        Width of a row as it comes in, and of what is predicted for it.
    widths
        Of the levels, from the first to the deepest.
    """

    def __init__(self, d_in: int, d_out: int, widths: Sequence[int]) -> None:
        super().__init__()
        first, deepest = widths[0], widths[-1]
        self.step = nn.Sequential(StepEmbedding(first), nn.SiLU(), nn.Linear(first, first), nn.SiLU())
        self.inlet = nn.Linear(d_in, first)
        self.down = nn.ModuleList(Level(a, b, first) for a, b in pairwise((first, *widths)))
        self.middle = Level(deepest, deepest, first)
        self.up = nn.ModuleList(Level(2 * b, a, first) for a, b in reversed(list(pairwise((first, *widths)))))
        self.head = nn.Linear(first, d_out)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, rows: Tensor, t: Tensor) -> Tensor:
        """Map rows [B, d_in] at steps t, int64 [B] or [1], to [B, d_out]."""
        steps, case = t.unique(return_inverse=True)  # rows share few steps: embed each step once
        step = self.step(steps)  # [C, widths[0]]
        h = self.inlet(rows)
        skips = []
        for level in self.down:
            h = level(h, step, case)
            skips.append(h)
        h = self.middle(h, step, case)
        for level in self.up:
            h = level(torch.cat([h, skips.pop()], dim=1), step, case)
        return self.head(h)


class Level(nn.Module):
    """Two linear layers. The step's embedding is added after the first.

    Parameters
    ----------
    d_in, d_out
        Width of the rows before and after.
    d_step
        Width of the step's embedding.
    """

    def __init__(self, d_in: int, d_out: int, d_step: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(d_in, d_out), nn.Linear(d_out, d_out)
        self.step = nn.Linear(d_step, d_out, bias=False)

    def forward(self, h: Tensor, step: Tensor, case: Tensor) -> Tensor:
        """Map h [B, d_in], with step [C, d_step] and the number of each row's step, int64 [B] or [1], to [B, d_out]."""
        return F.silu(self.second(F.silu(self.first(h) + F.embedding(case, self.step(step)))))
