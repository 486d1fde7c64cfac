"""The denoiser of TabDDPM (Kotelnikov et al., ICML 2023)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from baselines.shared.layers import Flat
from fairtab.backbones.embedding import StepEmbedding
from fairtab.diffusion.denoiser import Prediction


class LabelMLP(nn.Module):
    """Embed the row, the step and the label, add them up, and apply a plain MLP (Sec. 3, "Model").

    This is a `fairtab.diffusion.denoiser.Denoiser`, except that the label is always given.

    Parameters
    ----------
    d_num, cardinalities
        Number of numerical columns, and of categories of each categorical one.
    condition_cardinalities
        Number of labels, the only condition.
    width, n_layers
        Of the hidden layers.
    """

    def __init__(
        self,
        *,
        d_num: int,
        cardinalities: Sequence[int],
        condition_cardinalities: Sequence[int],
        width: int,
        n_layers: int,
    ) -> None:
        super().__init__()
        (n_labels,) = condition_cardinalities
        self.flat = Flat(d_num, cardinalities)
        self.row = nn.Linear(self.flat.width, width)
        self.step = nn.Sequential(StepEmbedding(width), nn.SiLU(), nn.Linear(width, width))
        self.label = nn.Embedding(n_labels, width)
        self.layers = nn.Sequential(*(layer for _ in range(n_layers) for layer in (nn.Linear(width, width), nn.ReLU())))
        self.head = nn.Linear(width, self.flat.width)

    def forward(self, x_num: Tensor, x_cat: Tensor, t: Tensor, condition: Tensor, case: Tensor) -> Prediction:
        embedding = self.step(t) + self.label(condition[:, 0])  # [C, width]
        h = self.row(self.flat(x_num, x_cat)) + F.embedding(case, embedding)
        num, *logits = self.flat.split(self.head(self.layers(h)))
        return Prediction(num, logits)
