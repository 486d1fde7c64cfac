"""The denoiser of TabDiff (Shi et al. 2025)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from baselines.shared.tokens import Detokenizer, StepMLP, Tokenizer, transformer


class Denoiser(nn.Module):
    """One network for all columns: tokens, a transformer, an MLP that knows the time, a transformer, columns.

    Parameters
    ----------
    d_num, cardinalities
        Number of numerical columns, and of categories of each categorical one.
    d_token
        Width of a token.
    n_layers, n_heads, d_hidden
        Of both transformers: layers, attention heads, width of the feed-forward layers.
    width
        Of the MLP.
    """

    def __init__(
        self,
        *,
        d_num: int,
        cardinalities: Sequence[int],
        d_token: int,
        n_layers: int,
        n_heads: int,
        d_hidden: int,
        width: int,
    ) -> None:
        super().__init__()
        self.tokenizer = Tokenizer(d_num, [K + 1 for K in cardinalities], d_token)  # code K is the mask
        self.encoder = transformer(d_token, n_layers=n_layers, n_heads=n_heads, d_hidden=d_hidden)
        self.mlp = StepMLP(self.tokenizer.n_tokens * d_token, width)
        self.decoder = transformer(d_token, n_layers=n_layers, n_heads=n_heads, d_hidden=d_hidden)
        self.detokenizer = Detokenizer(d_num, cardinalities, d_token)

    def forward(self, x_num: Tensor, x_cat: Tensor, t: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Predict numbers [B, d_num] and logits [B, K] of each categorical column, for rows at times t [B]."""
        tokens = self.encoder(self.tokenizer(x_num, x_cat))  # [B, n_tokens, d_token]
        h = self.mlp(tokens.flatten(1), t).view_as(tokens)
        num, logits = self.detokenizer(self.decoder(h))
        return num, logits
