"""The autoencoder of TabSyn: rows become vectors, by transformers over the columns (Zhang et al. 2024, Sec. 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from baselines.shared.tokens import Detokenizer, Tokenizer, transformer
from fairtab.neural.loss_training import LossTraining


class Autoencoder(nn.Module):
    """A variational autoencoder. Two transformers encode a row's tokens as means and log-variances, a third decodes.

    Parameters
    ----------
    d_num, cardinalities
        Number of numerical columns, and of categories of each categorical one.
    d_token
        Width of a token. A row becomes a vector of `d_latent` numbers, which are `d_token` for each column.
    n_layers, n_heads, d_hidden
        Of each transformer: layers, attention heads, and the width of the feed-forward layers.

    Attributes
    ----------
    beta : float
        Weight of the divergence in the loss. `AdaptiveBeta` lowers it in training.
    reconstruction : Tensor
        Reconstruction error of the last batch that had a loss. []
    """

    reconstruction: Tensor

    def __init__(
        self, *, d_num: int, cardinalities: Sequence[int], d_token: int, n_layers: int, n_heads: int, d_hidden: int
    ) -> None:
        super().__init__()
        sizes = {"n_layers": n_layers, "n_heads": n_heads, "d_hidden": d_hidden}
        self.tokenizer = Tokenizer(d_num, cardinalities, d_token)
        self.mean, self.log_variance = transformer(d_token, **sizes), transformer(d_token, **sizes)
        self.decoder = transformer(d_token, **sizes)
        self.detokenizer = Detokenizer(d_num, cardinalities, d_token)
        self.shape = self.tokenizer.n_tokens, d_token
        self.d_latent = self.tokenizer.n_tokens * d_token
        self.beta = 1.0

    def encode(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        """Map x_num [B, d_num] and x_cat int64 [B, d_cat] to the means of their posteriors, [B, d_latent]."""
        mean: Tensor = self.mean(self.tokenizer(x_num, x_cat))
        return mean.flatten(1)

    def decode(self, z: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map z [B, d_latent] to numbers [B, d_num] and logits [B, K] of each categorical column."""
        numbers, logits = self.detokenizer(self.decoder(z.unflatten(1, self.shape)))
        return numbers, logits

    def loss(self, x_num: Tensor, x_cat: Tensor, _: Tensor) -> Tensor:
        """Reconstruction error plus beta times the divergence. []"""
        reconstruction, divergence = self.losses(x_num, x_cat)
        self.reconstruction = reconstruction.detach()
        return reconstruction + self.beta * divergence

    def losses(self, x_num: Tensor, x_cat: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the reconstruction error of a batch, and how far its posteriors are from the standard normal.

        Returns
        -------
        reconstruction : Tensor
            Squared error of numbers and cross-entropy of categories, averaged over the columns. []
        divergence : Tensor
            KL(posterior || N(0, 1)), averaged over the latent numbers. []
        """
        tokens = self.tokenizer(x_num, x_cat)
        mean, log_variance = self.mean(tokens), self.log_variance(tokens)  # [B, n_tokens, d_token]
        z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        numbers, logits = self.decode(z.flatten(1))
        errors = [*(numbers - x_num).square().unbind(1), *_cross_entropies(logits, x_cat)]  # of each column, [B]
        divergence = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1)
        return torch.stack(errors).mean(), divergence.mean()


def _cross_entropies(logits: Sequence[Tensor], x_cat: Tensor) -> list[Tensor]:
    columns = zip(logits, x_cat.unbind(1), strict=True)
    return [F.cross_entropy(column, codes, reduction="none") for column, codes in columns]


class AdaptiveBeta(LossTraining):
    """Training of the autoencoder. beta falls when the reconstruction no longer gets better (Sec. 3.2).

    The reconstruction error is the one of the training rows, so that the validation table decides nothing.

    Parameters
    ----------
    network
        The autoencoder.
    beta_max, beta_min
        The first value of beta, and its least one.
    beta_decay
        What beta is multiplied by (lambda).
    patience
        beta falls after this many epochs without a new lowest error.
    **optimiser
        As of `LossTraining`.
    """

    network: Autoencoder

    def __init__(
        self,
        network: Autoencoder,
        *,
        beta_max: float,
        beta_min: float,
        beta_decay: float,
        patience: int,
        **optimiser: Any,
    ) -> None:
        super().__init__(network, **optimiser)
        network.beta = beta_max
        self.beta_min, self.beta_decay, self.patience = beta_min, beta_decay, patience
        self.error, self.lowest, self.epochs_since = 0.0, float("inf"), 0

    def training_step(self, batch: tuple[Tensor, ...], index: int) -> Tensor:
        """Return the loss of a training batch, of shape [], and note its reconstruction error."""
        loss = super().training_step(batch, index)
        self.error += float(self.network.reconstruction)
        return loss

    def on_train_epoch_end(self) -> None:
        """Lower beta if it is time."""
        self.epochs_since = 0 if self.error < self.lowest else self.epochs_since + 1
        self.lowest, self.error = min(self.lowest, self.error), 0.0
        if self.epochs_since == self.patience:
            self.network.beta = max(self.beta_min, self.beta_decay * self.network.beta)
            self.epochs_since = 0
