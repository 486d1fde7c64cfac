"""TabSyn: diffusion in the latent space of an autoencoder (Zhang et al., ICLR 2024)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypedDict, cast

import torch
from torch import Tensor, nn

from baselines.shared.layers import largest
from baselines.tabsyn.autoencoder import AdaptiveBeta, Autoencoder
from baselines.tabsyn.diffusion import LatentDiffusion, LatentTraining
from fairtab.codec import NUMBERS_STAY, Codec
from fairtab.errors import check_setting
from fairtab.neural.batches import CHUNK, TrainingData
from fairtab.neural.loss_training import LossTraining, sized_phase
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase
from fairtab.table import Table


class Schedule(TypedDict):
    """How long a phase is, in which batches, and how fast it learns."""

    epochs: int
    batch_size: int
    learning_rate: float


@dataclass(kw_only=True, eq=False)
class TabSyn(NeuralSynthesizer):
    """Learn p(row) of all columns, label and sensitive attributes included, in two phases.

    A variational autoencoder turns rows into vectors. Then a diffusion learns the vectors of the training rows, the
    means of their posteriors (Zhang et al. 2024, "Mixed-Type Tabular Data Synthesis with Score-based Diffusion in
    Latent Space"). New vectors are drawn by Heun's method and decoded: numbers as they come out, categories by argmax.

    Parameters
    ----------
    d_token
        Numbers of the vector for each column.
    n_layers, n_heads, d_hidden
        Of the autoencoder's transformers: layers, attention heads, and the width of the feed-forward layers.
    beta_max, beta_min, beta_decay, patience
        Weight of the divergence in the autoencoder's loss: its first value, its least value, what it is multiplied by
        when the reconstruction error has no new minimum, and after how many such epochs.
    width
        Of the denoising MLP.
    autoencoder, diffusion
        epochs, batch_size and learning_rate of each phase.
    min_steps
        Least number of gradient steps of each phase: a small table has further epochs.
    n_steps
        Noise levels of the sampler. Each but the last costs two calls of the denoiser.
    weight_decay
        Of AdamW, in both phases.
    ema_decay
        Of the moving average of the weights, in both phases. Rows are encoded and sampled with the averaged weights.
    trainer, device
        See `NeuralSynthesizer`.
    """

    d_token: int = 4
    n_layers: int = 2
    n_heads: int = 1
    d_hidden: int = 32
    beta_max: float = 1e-2
    beta_min: float = 1e-5
    beta_decay: float = 0.7
    patience: int = 1
    width: int = 256
    autoencoder: Schedule = field(default_factory=lambda: Schedule(epochs=30, batch_size=256, learning_rate=4e-3))
    diffusion: Schedule = field(default_factory=lambda: Schedule(epochs=100, batch_size=256, learning_rate=2e-3))
    min_steps: int = 1000
    n_steps: int = 25
    weight_decay: float = 0.0
    ema_decay: float = 0.999

    steerable = False

    @property
    def parts(self) -> tuple[Autoencoder, LatentDiffusion]:
        return cast(tuple[Autoencoder, LatentDiffusion], tuple(self.networks.values()))

    def prepare(self, train: Table) -> Codec:
        for name, schedule in (("autoencoder", self.autoencoder), ("diffusion", self.diffusion)):
            given, needed = ", ".join(sorted(schedule)), ", ".join(sorted(Schedule.__annotations__))
            check_setting(name, given, given == needed, needed)
            check_setting(f"{name}.batch_size", rows := schedule["batch_size"], rows >= 1, "at least 1")
        return Codec.fit(train, NUMBERS_STAY, conditions=())

    def build_networks(self) -> dict[str, nn.Module]:
        autoencoder = Autoencoder(
            d_num=len(self.codec.numerical),
            cardinalities=self.codec.cardinalities,
            d_token=self.d_token,
            n_layers=self.n_layers,
            n_heads=self.n_heads,
            d_hidden=self.d_hidden,
        )
        return {"autoencoder": autoencoder, "diffusion": LatentDiffusion(autoencoder.d_latent, self.width)}

    def phases(self, data: TrainingData) -> Iterator[Phase]:
        autoencoder, diffusion = self.parts
        beta = AdaptiveBeta(
            autoencoder,
            beta_max=self.beta_max,
            beta_min=self.beta_min,
            beta_decay=self.beta_decay,
            patience=self.patience,
            **self._optimiser(self.autoencoder),
        )
        yield self._phase("autoencoder", beta, self.autoencoder, data)
        diffusion.scale_to(self._latent(data))
        latent = LatentTraining(diffusion, autoencoder, **self._optimiser(self.diffusion))
        yield self._phase("diffusion", latent, self.diffusion, data)

    @torch.inference_mode()
    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        autoencoder, diffusion = self.parts
        z = diffusion.sample(len(condition), self.n_steps, generator=generator)
        numbers, logits = autoencoder.decode(z)
        return numbers, largest(logits)

    def _optimiser(self, schedule: Schedule) -> dict[str, Any]:
        learning_rate = schedule["learning_rate"]
        return {"learning_rate": learning_rate, "weight_decay": self.weight_decay, "ema_decay": self.ema_decay}

    def _phase(self, name: str, module: LossTraining, schedule: Schedule, data: TrainingData) -> Phase:
        sizes = {"batch_size": schedule["batch_size"], "epochs": schedule["epochs"], "min_steps": self.min_steps}
        return sized_phase(module, data, name=name, **sizes)

    @torch.inference_mode()
    def _latent(self, data: TrainingData) -> Tensor:
        """All training rows, encoded. [N, d_latent]"""
        autoencoder, _ = self.parts
        x_num = data.codec.spread(data.encoded.x_num)
        chunks = zip(x_num.split(CHUNK), data.encoded.x_cat.split(CHUNK), strict=True)
        return torch.cat([autoencoder.encode(*chunk) for chunk in chunks])
