"""The paper's backbone: a U-Net with transformer blocks on a latent image of the row (Sec. 4.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairtab.backbones.embedding import ConditionEmbedding, StepEmbedding
from fairtab.diffusion.denoiser import Prediction
from fairtab.errors import check_setting, check_whole

N_GROUPS = 8  # of group normalisation; every number of channels is a multiple of it


class UNet(nn.Module):
    """A U-Net on a latent image of the row, between an encoder MLP and a decoder MLP.

    The step modulates the residual blocks. The conditions are tokens that the transformer blocks attend to (Rombach et
    al. 2022). The paper names these parts and says that they have 482,545 parameters on Adult. Our default sizes come
    close: they give 481,890 if all of Adult's numerical columns are modelled as numbers.

    Parameters
    ----------
    d_num : int
        Number of numerical columns.
    cardinalities : sequence of int
        The K of each categorical column.
    condition_cardinalities : sequence of int
        The number of values of the label and of each sensitive attribute.
    n_bins : int
        Number of bins of all numerical columns together, if it sees and predicts them as bins
        (`fairtab.diffusion.bins`). 0 if it does not.
    side : int
        Height and width of the latent image, in pixels.
    channels : sequence of int
        Number of channels at each level, multiples of 8. The side halves from one level to the next.
    n_heads : int
        Number of attention heads. It divides every number of channels.
    d_hidden : int
        Width of the hidden layer of both MLPs.
    d_embedding : int
        Width of the embeddings of step and conditions.

    Raises
    ------
    InputError
        If the side cannot be halved once for each further level.

    Examples
    --------
    >>> sizes = {"d_num": 2, "cardinalities": (3,), "condition_cardinalities": (2, 2)}
    >>> network = UNet(**sizes, side=4, channels=(8, 8), n_heads=2, d_hidden=16, d_embedding=16)
    >>> x_num, x_cat, case = torch.zeros(4, 2), torch.zeros(4, 1, dtype=torch.long), torch.tensor([0, 0, 1, 0])
    >>> network(x_num, x_cat, torch.tensor([9, 9]), torch.tensor([[0, 1], [1, 2]]), case).num.shape
    torch.Size([4, 2])
    """

    starts: Tensor

    def __init__(
        self,
        *,
        d_num: int,
        cardinalities: Sequence[int],
        condition_cardinalities: Sequence[int],
        n_bins: int = 0,
        side: int = 8,
        channels: Sequence[int] = (32, 48, 64),
        n_heads: int = 4,
        d_hidden: int = 128,
        d_embedding: int = 96,
    ) -> None:
        super().__init__()
        factor = 2 ** (len(channels) - 1)
        check_setting("side", side, side % factor == 0, f"a multiple of {factor}, as each further level halves it")
        check_whole("n_heads", n_heads, 1)
        unit = math.lcm(N_GROUPS, n_heads)
        check_setting("channels", channels, all(c % unit == 0 for c in channels), f"multiples of {unit}")
        self.d_num_out, self.cardinalities, self.side = n_bins or d_num, tuple(cardinalities), side
        starts = torch.tensor([0, *self.cardinalities]).cumsum(0)[:-1]
        self.register_buffer("starts", starts, persistent=False)
        n_categories, d_latent = sum(self.cardinalities), side**2
        first_layer = nn.Linear(d_num + n_bins + n_categories, d_hidden)
        last_layer = nn.Linear(d_hidden, self.d_num_out + n_categories)
        self.encoder = nn.Sequential(first_layer, nn.SiLU(), nn.Linear(d_hidden, d_latent))
        self.decoder = nn.Sequential(nn.Linear(d_latent, d_hidden), nn.SiLU(), last_layer)
        self.step = StepEmbedding(d_embedding)
        self.conditions = ConditionEmbedding(condition_cardinalities, d_embedding)

        def level(c_in: int, c_out: int) -> Level:
            return Level(c_in, c_out, n_heads, d_embedding)

        first = channels[0]
        self.inlet = nn.Conv2d(1, first, 3, padding=1)
        *down, self.middle = (level(a, b) for a, b in zip((first, *channels[:-1]), channels, strict=True))
        self.down = nn.ModuleList(down)
        self.up = nn.ModuleList(level(below + c, c) for c, below in reversed(list(pairwise(channels))))
        self.outlet = nn.Sequential(nn.GroupNorm(N_GROUPS, first), nn.SiLU(), nn.Conv2d(first, 1, 3, padding=1))
        # a one-hot vector, and the masses of a column's bins, sum to 1, so the number of columns sets the scale
        nn.init.normal_(first_layer.weight, std=(d_num + len(self.cardinalities)) ** -0.5)
        nn.init.zeros_(last_layer.weight)
        nn.init.zeros_(last_layer.bias)

    def forward(self, x_num: Tensor, x_cat: Tensor, t: Tensor, condition: Tensor, case: Tensor) -> Prediction:
        """Predict for rows x_t: see `Denoiser`."""
        one_hot = x_num.new_zeros(len(x_num), sum(self.cardinalities)).scatter_(1, x_cat + self.starts, 1.0)
        z = self.encoder(torch.cat([x_num, one_hot], dim=-1))  # [B, side^2]
        step = F.silu(self.step(t))  # [C, d_embedding]
        tokens = torch.stack(self.conditions(condition), dim=1)  # [C, 1 + n_sensitive, d_embedding]
        h = self.inlet(z.view(-1, 1, self.side, self.side))
        skips = []
        for level in self.down:
            h = level(h, step, tokens, case)
            skips.append(h)
            h = F.avg_pool2d(h, 2)
        h = self.middle(h, step, tokens, case)
        for level in self.up:
            h = torch.cat([F.interpolate(h, scale_factor=2.0), skips.pop()], dim=1)
            h = level(h, step, tokens, case)
        out = self.decoder(self.outlet(h).flatten(1))
        num, logits = out.split([self.d_num_out, sum(self.cardinalities)], dim=-1)
        return Prediction(num, logits.split(self.cardinalities, dim=-1))


class Level(nn.Module):
    """One level of the U-Net: a residual block, then a transformer block.

    Parameters
    ----------
    c_in, c_out : int
        Number of channels before and after.
    n_heads : int
        Number of attention heads.
    d_embedding : int
        Width of the embeddings of step and conditions.

    Examples
    --------
    >>> level = Level(8, 16, n_heads=2, d_embedding=4)
    >>> level(torch.zeros(3, 8, 2, 2), torch.zeros(1, 4), torch.zeros(1, 2, 4), torch.zeros(3, dtype=torch.long)).shape
    torch.Size([3, 16, 2, 2])
    """

    def __init__(self, c_in: int, c_out: int, n_heads: int, d_embedding: int) -> None:
        super().__init__()
        self.residual = ResidualBlock(c_in, c_out, d_embedding)
        self.transformer = TransformerBlock(c_out, n_heads, d_embedding)

    def forward(self, h: Tensor, step: Tensor, tokens: Tensor, case: Tensor) -> Tensor:
        """Map h [B, c_in, side, side] to [B, c_out, side, side].

        step: [C, d_embedding]; tokens: [C, 1 + N, d_embedding]; case: int64 [B].
        """
        return self.transformer(self.residual(h, step, case), tokens, case)


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut. The step scales and shifts between them (Dhariwal and Nichol 2021).

    Parameters
    ----------
    c_in, c_out : int
        Number of channels before and after.
    d_embedding : int
        Width of the step's embedding.

    Examples
    --------
    >>> block = ResidualBlock(8, 16, d_embedding=4)
    >>> block(torch.zeros(3, 8, 2, 2), torch.zeros(1, 4), torch.zeros(3, dtype=torch.long)).shape
    torch.Size([3, 16, 2, 2])
    """

    def __init__(self, c_in: int, c_out: int, d_embedding: int) -> None:
        super().__init__()
        self.norm_1, self.norm_2 = nn.GroupNorm(N_GROUPS, c_in), nn.GroupNorm(N_GROUPS, c_out, affine=False)
        self.conv_1, self.conv_2 = (nn.Conv2d(c, c_out, 3, padding=1) for c in (c_in, c_out))
        self.modulation = nn.Linear(d_embedding, 2 * c_out)
        self.shortcut = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, h: Tensor, step: Tensor, case: Tensor) -> Tensor:
        """Map h [B, c_in, side, side], with step [C, d_embedding] and case int64 [B], to [B, c_out, side, side]."""
        scale, shift = _per_row(self.modulation(step), case)[..., None, None].chunk(2, dim=1)
        out = self.conv_1(F.silu(self.norm_1(h)))
        out = self.conv_2(F.silu(self.norm_2(out) * (1 + scale) + shift))
        return self.shortcut(h) + out


class TransformerBlock(nn.Module):
    """Self-attention of the pixels, cross-attention to the conditions, and an MLP for each pixel.

    Parameters
    ----------
    c : int
        Number of channels.
    n_heads : int
        Number of attention heads.
    d_embedding : int
        Width of the conditions' tokens.

    Examples
    --------
    >>> block = TransformerBlock(8, n_heads=2, d_embedding=4)
    >>> block(torch.zeros(3, 8, 2, 2), torch.zeros(1, 2, 4), torch.zeros(3, dtype=torch.long)).shape
    torch.Size([3, 8, 2, 2])
    """

    def __init__(self, c: int, n_heads: int, d_embedding: int) -> None:
        super().__init__()
        self.norm_1, self.norm_2, self.norm_3 = (nn.LayerNorm(c) for _ in range(3))
        self.to_pixels = Attention(c, c, n_heads)
        self.to_conditions = Attention(c, d_embedding, n_heads)
        self.feed_forward = nn.Sequential(nn.Linear(c, 2 * c), nn.SiLU(), nn.Linear(2 * c, c))

    def forward(self, h: Tensor, tokens: Tensor, case: Tensor) -> Tensor:
        """Map h [B, c, side, side], with tokens [C, 1 + N, d_embedding] and case int64 [B], to the shape of h."""
        x = h.flatten(2).transpose(1, 2)  # [B, side^2, c]
        pixels = self.norm_1(x)
        x = x + self.to_pixels(pixels, self.to_pixels.keys_values(pixels))
        x = x + self.to_conditions(self.norm_2(x), _per_row(self.to_conditions.keys_values(tokens), case))
        x = x + self.feed_forward(self.norm_3(x))
        return x.transpose(1, 2).reshape(h.shape)


class Attention(nn.Module):
    """Multi-head attention, softmax(Q K' / sqrt(d)) V (Vaswani et al. 2017).

    The caller computes keys and values with the layer `keys_values` ([B, m, d_context] -> [B, m, 2 width]). So the keys
    and values of a case are computed once for all its rows.

    Parameters
    ----------
    width : int
        Width of the vectors that attend.
    d_context : int
        Width of the vectors attended to.
    n_heads : int
        Number of heads. It divides `width`.

    Examples
    --------
    >>> attention = Attention(8, d_context=4, n_heads=2)
    >>> attention(torch.zeros(3, 5, 8), attention.keys_values(torch.zeros(3, 2, 4))).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, width: int, d_context: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.queries = nn.Linear(width, width, bias=False)
        self.keys_values = nn.Linear(d_context, 2 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, keys_values: Tensor) -> Tensor:
        """Map x [B, n, width], with keys_values [B, m, 2 width], to [B, n, width]."""

        def heads(x: Tensor) -> Tensor:  # [B, n_heads, n, width / n_heads]
            return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)

        keys, values = keys_values.chunk(2, dim=-1)
        out = F.scaled_dot_product_attention(heads(self.queries(x)), heads(keys), heads(values))
        return self.out(out.transpose(1, 2).flatten(2))


def _per_row(per_case: Tensor, case: Tensor) -> Tensor:
    """Give each row the values of its case: [C, ...] -> [B, ...]."""
    return F.embedding(case, per_case.flatten(1)).unflatten(1, per_case.shape[1:])
