"""STaSy: a score network of rows as real vectors, trained on easy rows first (Kim et al., ICLR 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

from baselines.stasy import solvers
from baselines.stasy.model import T_MIN, ScoreModel
from baselines.stasy.sde import SDE, VE, VP, SubVP
from baselines.stasy.self_paced import SelfPacedTraining
from fairtab.codec import NUMBERS_STAY, Codec, Encoded
from fairtab.diffusion.finite import finite
from fairtab.errors import check_choice, check_setting
from fairtab.neural.batches import CHUNK, TrainingData
from fairtab.neural.loss_training import LossTraining, sized_phase
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase
from fairtab.progress import progress
from fairtab.table import Table

SDES = "ve", "vp", "subvp"
SOLVERS = "probability_flow", "predictor_corrector"


@dataclass(kw_only=True, eq=False)
class STaSy(NeuralSynthesizer):
    """Learn p(row) of all columns, label and sensitive attributes included, as a density of real vectors.

    A row is one vector: its numbers, standard normal as the codec makes them, and its categories one-hot. A stochastic
    differential equation turns it into noise. A network learns the score of noisy rows, grad log p_t(x_t), by denoising
    score matching. It begins with easy rows, those of small losses, and takes in all others little by little
    (self-paced learning, Sec. 3.2). Then log p of every training row is computed, and the rows below the average are
    trained further at a small rate (fine-tuning, Sec. 3.3). Rows are sampled by the reverse equation, and the largest
    number of a column's categories decides.

    Parameters
    ----------
    sde
        The equation: "ve", "vp" or "subvp" (Song et al., ICLR 2021).
    sigma_min, sigma_max
        The noise of "ve" at both ends.
    beta_min, beta_max
        The rate of "vp" and "subvp" at both ends.
    width
        The hidden layers are `width`, 2 `width`, `width` and `width` wide.
    alpha_0, beta_0
        At first, rows up to this quantile of a batch's losses count in full, and rows beyond that one not at all. Both
        grow to 1. If both are 1, all rows take part from the start.
    paced
        The share of the steps after which all rows take part.
    epochs
        Passes over the training table in self-paced learning.
    min_steps
        Least number of gradient steps in it: a small table has further epochs, also in fine-tuning.
    batch_size
        Rows of a gradient step.
    learning_rate, weight_decay
        Of AdamW.
    ema_decay
        Of the moving average of the weights. Rows are sampled with the averaged weights.
    fine_tuning_epochs, fine_tuning_rate
        Passes over the unlikely rows after that, and their learning rate. 0 epochs leave fine-tuning out.
    solver
        How rows are sampled: by "probability_flow", the equation without noise, or by "predictor_corrector".
    n_steps
        Of the solver, also for log p. Each step evaluates the network twice.
    snr
        The signal-to-noise ratio of the corrector.
    trainer, device
        See `NeuralSynthesizer`.
    """

    sde: str = "vp"
    sigma_min: float = 0.01
    sigma_max: float = 10.0
    beta_min: float = 0.1
    beta_max: float = 20.0
    width: int = 128
    alpha_0: float = 0.25
    beta_0: float = 0.9
    paced: float = 0.5
    epochs: int = 60
    min_steps: int = 1000
    batch_size: int = 256
    learning_rate: float = 4e-3
    weight_decay: float = 0.0
    ema_decay: float = 0.999
    fine_tuning_epochs: int = 5
    fine_tuning_rate: float = 1e-4
    solver: str = "probability_flow"
    n_steps: int = 25
    snr: float = 0.16

    steerable = False

    @property
    def model(self) -> ScoreModel:
        return cast(ScoreModel, self.networks["score"])

    def prepare(self, train: Table) -> Codec:
        check_choice("sde", self.sde, SDES)
        check_choice("solver", self.solver, SOLVERS)
        check_setting("paced", self.paced, self.paced > 0, "a share above 0")
        # fine-tuning has as many times its epochs as there are of these
        check_setting("epochs", self.epochs, self.epochs >= 1 or not self.fine_tuning_epochs, "at least 1")
        return Codec.fit(train, NUMBERS_STAY, conditions=())

    def build_networks(self) -> dict[str, nn.Module]:
        sdes: dict[str, SDE] = {
            "ve": VE(self.sigma_min, self.sigma_max),
            "vp": VP(self.beta_min, self.beta_max),
            "subvp": SubVP(self.beta_min, self.beta_max),
        }
        model = ScoreModel(
            sdes[self.sde],
            d_num=len(self.codec.numerical),
            cardinalities=self.codec.cardinalities,
            width=self.width,
        )
        return {"score": model}

    def phases(self, data: TrainingData) -> Iterator[Phase]:
        optimiser = {"weight_decay": self.weight_decay, "ema_decay": self.ema_decay}
        easy_first = SelfPacedTraining(
            self.model,
            alpha_0=self.alpha_0,
            beta_0=self.beta_0,
            paced=self.paced,
            learning_rate=self.learning_rate,
            **optimiser,
        )
        sizes = {"batch_size": self.batch_size, "epochs": self.epochs, "min_steps": self.min_steps}
        score = sized_phase(easy_first, data, name="score", **sizes)
        yield score
        if self.fine_tuning_epochs:
            log_p = finite(self.log_probability(data.encoded), "log-probabilities of training rows")
            unlikely = Encoded(*(codes[log_p <= log_p.mean()] for codes in data.encoded))
            self.model.train()  # the first phase has left it in evaluation mode
            yield sized_phase(
                LossTraining(self.model, learning_rate=self.fine_tuning_rate, **optimiser),
                replace(data, encoded=unlikely),
                name="fine-tuning",
                batch_size=self.batch_size,
                epochs=round(self.fine_tuning_epochs * score.epochs / self.epochs),
                min_steps=0,
            )

    @torch.no_grad()
    def log_probability(self, encoded: Encoded) -> Tensor:
        """Estimate log p of encoded rows, with random numbers from torch's global stream. [N]"""
        model, times = self.model.to(self.device), self.times.flip(0).to(self.device)
        x = model.flat(self.codec.spread(encoded.x_num).to(self.device), encoded.x_cat.to(self.device))
        log_p = []
        with progress("computing log p", len(x)) as advance:
            for chunk in x.split(CHUNK):
                signs = torch.randint_like(chunk, 2) * 2 - 1
                log_p.append(solvers.log_probability(model.sde, model.score, chunk, times, signs).cpu())
                advance(len(chunk), "")
        return torch.cat(log_p)

    @property
    def times(self) -> Tensor:
        """The times that a solver visits, from 1 down to almost 0. [n_steps + 1]"""
        return torch.linspace(1, T_MIN, self.n_steps + 1)

    @torch.inference_mode()
    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        sde, score = self.model.sde, self.model.score
        device = condition.device
        times = self.times.to(device)
        _, std = sde.marginal(times[0])
        noise = std * torch.randn((len(condition), self.model.flat.width), generator=generator, device=device)
        if self.solver == "probability_flow":
            x = solvers.heun(solvers.probability_flow(sde, score), noise, times)
        else:
            x = solvers.predictor_corrector(sde, score, noise, times, snr=self.snr, generator=generator)
        return self.model.rows(x)
