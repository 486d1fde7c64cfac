"""FairTab: guided diffusion of mixed-type rows under the label and any sensitive attributes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import pandas as pd

from fairtab import saving, seeds
from fairtab.backbones import BACKBONES
from fairtab.codec import Codec
from fairtab.diffusion.guidance import GUIDANCE
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.sampler import Sampler
from fairtab.diffusion.schedule import strided
from fairtab.errors import InputError, SmallCellWarning, check_choice
from fairtab.joint import Joint, requested, small_cells
from fairtab.neural.batches import Batches
from fairtab.neural.sampling import draw_table
from fairtab.neural.training import TrainerFactory, fit_network, quiet_trainer
from fairtab.settings import CategoryRule, FairTabSettings, default_sampler
from fairtab.table import Table

FORMAT = 2  # of the saved folder


@dataclass(kw_only=True, eq=False)
class FairTab(FairTabSettings):
    """Learn p(row | label, sensitive attributes), then sample it for any joint of label and sensitive attributes.

    Its settings are those of `FairTabSettings`, and where it runs.

    Parameters
    ----------
    trainer : makes the Lightning Trainer from its options: the place for accelerator, precision and loggers
    device : where rows are drawn
    """

    trainer: TrainerFactory = quiet_trainer
    device: str = "cpu"

    steerable = True

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Train on `train`. The loss on `validation` is logged; nothing is learned from it.

        Raises
        ------
        InputError
            The settings name what there is not, or no row of `validation` could have come from the training table.
        Diverged
            A loss is not finite.
        """
        if not train.schema.features:
            raise InputError("expected columns to model beside the target and the sensitive ones, got none")
        strided(self.T, self._sampler().n_steps)  # settings that cannot be sampled are not worth a fit
        self._warn_of_small_cells(train)
        self.joint = Joint.from_table(train)
        self.codec = Codec.fit(train, CategoryRule(**self.categories))
        batches = Batches(self.codec, self.codec.encode(train), self.batch_size, seed=seed, training=True)
        watched = Batches.watched(self.codec, validation)
        with seeds.torch_seeded(seed, "fit"):
            self.diffusion = self._new_diffusion()
            fit_network(
                self.diffusion,
                batches,
                watched,
                trainer=self.trainer,
                epochs=max(self.epochs, math.ceil(self.min_steps / len(batches))),
                learning_rate=self.learning_rate,
                weight_decay=self.weight_decay,
                ema_decay=self.ema_decay,
            )
        return self

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """n rows whose (label, sensitive attributes) follow `joint` exactly; without one, the training table's own.

        joint: also as a frame of one row for each combination, with a column `probability` (`Joint.from_frame`).
        """
        self._check_fitted()
        conditions = requested(joint, self.joint).draw(n, seed=seed)
        codes = self.codec.encode_conditions(conditions)
        draw_rows = partial(self.diffusion.to(self.device).sample, sampler=self._sampler())
        return draw_table(draw_rows, self.codec, codes, seed=seed, device=self.device)

    @property
    def n_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.diffusion.parameters())

    def save(self, folder: Path) -> None:
        self._check_fitted()
        state = {"joint": self.joint.to_dict(), "codec": self.codec.to_dict()}
        saving.save_model(folder, self, self.diffusion, format=FORMAT, **state)

    @classmethod
    def load(cls, folder: Path) -> Self:
        with saving.reading(folder):
            state = saving.load_state(folder, cls, format=FORMAT)
            model = cls(**state["settings"])
            model.joint = Joint.from_dict(state["joint"])
            model.codec = Codec.from_dict(state["codec"])
            model.diffusion = model._new_diffusion()
            saving.load_weights(folder, model.diffusion)
        return model

    def _check_fitted(self) -> None:
        if not hasattr(self, "diffusion"):
            raise InputError("this FairTab is not fitted: expected fit or load before sample and save")

    def _new_diffusion(self) -> Diffusion:
        sizes: dict[str, Any] = {
            "d_num": len(self.codec.numerical),
            "cardinalities": self.codec.cardinalities,
            "condition_cardinalities": self.codec.condition_cardinalities,
        }
        backbone, options = _chosen("backbone", BACKBONES, self.backbone)
        return Diffusion(
            backbone(**sizes, **options),
            **sizes,
            T=self.T,
            parametrization=self.parametrization,
            condition_dropout=self.condition_dropout,
            categorical_loss=self.categorical_loss,
            loss_weighting=self.loss_weighting,
        )

    def _sampler(self) -> Sampler:
        settings = {**default_sampler(), **self.sampler}
        guidance, options = _chosen("guidance", GUIDANCE, settings.pop("guidance"))
        return Sampler(**settings, guidance=guidance(**options))

    def _warn_of_small_cells(self, train: Table) -> None:
        small = small_cells(train, self.min_cell_rows)
        if len(small):
            cells = "; ".join(f"{', '.join(map(str, cell))}: {n}" for cell, n in small.items())
            warnings.warn(
                f"{len(small)} (label, group) cells have fewer than {self.min_cell_rows} training rows, too few to "
                f"learn from, so their rows are drawn from what other cells teach: {cells}",
                SmallCellWarning,
                stacklevel=3,
            )


def _chosen(what: str, known: Mapping[str, Any], choice: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The entry of `known` that a choice names, and the choice's other entries."""
    options = dict(choice)
    name = options.pop("name")
    check_choice(what, name, known)
    return known[name], options
