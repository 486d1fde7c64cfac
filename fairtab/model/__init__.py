"""FairTab: guided diffusion of mixed-type rows under the label and any sensitive attributes."""

from __future__ import annotations

import hashlib
import inspect
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast, get_args

import pandas as pd
import torch
from torch import Tensor, nn

from fairtab import seeds
from fairtab.backbones import BACKBONES
from fairtab.codec import Codec
from fairtab.diffusion import gaussian
from fairtab.diffusion.bins import Binned
from fairtab.diffusion.guidance import GUIDANCE
from fairtab.diffusion.numbers import Numbers, Regressed
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.sampler import Sampler
from fairtab.diffusion.schedule import strided
from fairtab.errors import InputError, SmallCellWarning, check_choice
from fairtab.joint import Joint, requested, small_cells
from fairtab.neural.batches import TrainingData
from fairtab.neural.loss_training import loss_phase
from fairtab.neural.private import PoissonBatches, PrivateTraining
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase
from fairtab.privacy.ledger import Entry, Ledger
from fairtab.privacy.look import Known, look
from fairtab.settings import CategoryRule, FairTabSettings, Privacy, default_sampler
from fairtab.table import Table

N_BINS = 64  # of a numerical column of more values; no other number was measured


@dataclass(kw_only=True, eq=False)
class FairTab(FairTabSettings, NeuralSynthesizer):
    """Learn p(row | label, sensitive attributes), then sample it for any joint of label and sensitive attributes.

    `FairTabSettings` describes the settings, and `NeuralSynthesizer` describes `trainer` and `device`.

    Parameters
    ----------
    privacy
        The fields of `fairtab.settings.Privacy`, if the fit is to be differentially private. Then `ledger` says what it
        has spent, and everything that the model knows or saves is private. Validation rows are not read.

    Attributes
    ----------
    fitted_to
        The checksum of the rows that it learned from (`rows_sha256`). It is empty if the fit is private or was saved by
        an earlier version, and None if there was no fit, or one that failed.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Joint, Schema, Table
    >>> frame = pd.DataFrame({"age": range(40), "sex": ["f", "m"] * 20, "y": [0, 0, 1, 1] * 10})
    >>> table = Table(frame, Schema(numerical=("age",), categorical=(), target="y", positive=1, sensitive=("sex",)))
    >>> model = FairTab(epochs=1, min_steps=2, sampler={"n_steps": 2}).fit(table, table, seed=0)
    >>> rows = model.sample(20, seed=0, joint=Joint.from_table(table).balanced(10))
    >>> rows.frame.groupby(["y", "sex"]).size().tolist()
    [5, 5, 5, 5]
    """

    privacy: Mapping[str, Any] | None = None

    steerable = True
    format = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        self.fitted_to: str | None = None  # None: no fit has ended well
        self.ledger: Ledger | None = None
        self.n_rows: int | None = None  # of the training table, about; only a private fit notes it

    @property
    def diffusion(self) -> Diffusion:
        """The network."""
        return cast(Diffusion, self.networks["diffusion"])

    def prepare(self, train: Table) -> Codec:
        """Fit the codec, note the training table's joint, and warn of cells with too few rows."""
        if not train.schema.features:
            raise InputError("expected columns to model besides the target and the sensitive ones, got none")
        strided(self.T, self._sampler().n_steps)  # settings that cannot be sampled are not worth a fit
        _check_options("categories", self.categories, CategoryRule)
        rule = CategoryRule(**self.categories)
        if self._known:
            return Codec.fit(train, rule, columns=self._known.columns)
        self._warn_of_small_cells(train)
        self.joint = Joint.from_table(train)
        return Codec.fit(train, rule)

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Train on `train`, as `NeuralSynthesizer.fit` says.

        A private fit looks at the values of `train` first (`fairtab.privacy.look`), and trains on rows that have no
        others.

        Raises
        ------
        Overdrawn
            The budget does not allow the fit.
        """
        self.networks, self.fitted_to = {}, None  # networks of an earlier fit would have no ledger
        self._known, self.ledger, self.n_rows = None, None, None
        if self.privacy is None:
            super().fit(train, validation, seed=seed)
            self.fitted_to = rows_sha256(train)
            return self
        settings = Privacy.from_mapping(self.privacy)
        rng, self._noise = seeds.for_noise(seed if settings.seeded else None)
        try:
            self._known = known = look(train, settings, rng)
            self.ledger, self.joint, self.n_rows = known.ledger, known.joint, known.n_rows
            super().fit(known.table, known.table, seed=seed)
        finally:
            self._known = None  # it has rows
            del self._noise  # its state would take the noise away
        self.fitted_to = ""  # a guess of the rows could be tested with their checksum
        return self

    def build_networks(self) -> dict[str, nn.Module]:
        """Build the diffusion with its backbone."""
        sizes: dict[str, Any] = {
            "cardinalities": self.codec.cardinalities,
            "condition_cardinalities": self.codec.condition_cardinalities,
        }
        backbone, options = _chosen("backbone", BACKBONES, self.backbone)
        numbers = self._numbers()
        diffusion = Diffusion(
            backbone(**sizes, d_num=numbers.d_num, n_bins=numbers.n_bins, **options),
            numbers,
            **sizes,
            T=self.T,
            condition_dropout=self.condition_dropout,
            categorical_loss=self.categorical_loss,
            loss_weighting=self.loss_weighting,
        )
        return {"diffusion": diffusion}

    def _numbers(self) -> Numbers:
        check_choice("parametrization", self.parametrization, ("bins", *get_args(gaussian.Parametrization)))
        if self.parametrization == "bins":
            return Binned([column.bin_edges(N_BINS) for column in self.codec.numerical])
        return Regressed(len(self.codec.numerical), self.parametrization)

    def phases(self, data: TrainingData) -> Iterator[Phase]:
        """Train the diffusion, in one phase."""
        if self._known:
            yield self._private_phase(data, self._known)
            return
        yield loss_phase(self.diffusion, self, data, min_steps=self.min_steps)

    def _private_phase(self, data: TrainingData, known: Known) -> Phase:
        settings = Privacy.from_mapping(self.privacy or {})
        if not settings.seeded:
            seeds.unseed()  # the stream is the fit's own: what a row meets in training must not be known
        rate = settings.sample_rate
        batches = PoissonBatches(data.codec, data.encoded, rate, self._noise)
        steps = settings.epochs * len(batches)
        noise = known.ledger.noise_for(sample_rate=rate, steps=steps)
        known.ledger.charge(Entry("gradients", noise, rate, steps))
        module = PrivateTraining(
            self.diffusion,
            T=self.T,
            noise_multiplier=noise,
            max_grad_norm=settings.max_grad_norm,
            batch_size=rate * known.n_rows,
            draws=settings.draws,
            generator=self._noise,
            learning_rate=settings.learning_rate,
            weight_decay=self.weight_decay,
            ema_decay=self.ema_decay,
        )
        return Phase(module=module, batches=batches, validation=None, epochs=settings.epochs)

    def sample_conditions(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Tensor:
        """Draw label and sensitive attributes of n rows, which follow the joint exactly."""
        return self.codec.encode_conditions(requested(joint, self.joint).draw(n, seed=seed))

    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Reverse the diffusion under these conditions."""
        return self.diffusion.sample(condition, self._sampler(), generator=generator)

    def state(self) -> dict[str, Any]:
        """Return the training table's joint and checksum, the codec, and what a private fit has spent."""
        private = {"ledger": self.ledger.to_dict(), "n_rows": self.n_rows} if self.ledger else {}
        return {"rows_sha256": self.fitted_to, "joint": self.joint.to_dict(), **private, **super().state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        super().restore(state)
        self.fitted_to = state.get("rows_sha256", "")  # models saved before have none
        self.joint = Joint.from_dict(state["joint"])
        if "ledger" in state:
            self.ledger, self.n_rows = Ledger.from_dict(state["ledger"]), state["n_rows"]

    def _sampler(self) -> Sampler:
        settings = {**default_sampler(), **self.sampler}
        guidance, options = _chosen("guidance", GUIDANCE, settings.pop("guidance"))
        _check_options("sampler", settings, Sampler)
        return Sampler(**settings, guidance=guidance(**options))

    def _warn_of_small_cells(self, train: Table) -> None:
        small = small_cells(train, self.min_cell_rows)
        if len(small):
            cells = "; ".join(f"{', '.join(map(str, cell))}: {n}" for cell, n in small.items())
            warnings.warn(
                f"{len(small)} (label, group) cells have fewer than {self.min_cell_rows} training rows. That is too "
                f"few to learn from, so their rows are sampled from what other cells teach: {cells}",
                SmallCellWarning,
                stacklevel=4,
            )


def rows_sha256(table: Table) -> str:
    """Return the checksum of a table's rows, in their order.

    Parameters
    ----------
    table
        The table.

    Examples
    --------
    >>> from fairtab import Schema
    >>> table = Table(
    ...     pd.DataFrame({"age": [30, 41], "sex": ["f", "m"], "y": [0, 1]}), Schema(("age",), (), "y", 1, ("sex",))
    ... )
    >>> rows_sha256(table) == rows_sha256(Table(table.frame[::-1], table.schema))
    False
    """
    rows = pd.util.hash_pandas_object(table.frame, index=False)
    return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()


def _chosen(what: str, known: Mapping[str, Any], choice: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Find the entry of `known` that a choice names; return it with the choice's other entries."""
    options = dict(choice)
    name = options.pop("name", None)
    check_choice(what, name, known)
    _check_options(f"{what} {name}", options, known[name])
    return known[name], options


def _check_options(what: str, options: Iterable[str], made: Any) -> None:
    """Raise InputError if an option is none of those that the class has defaults for."""
    known = [name for name, entry in inspect.signature(made).parameters.items() if entry.default is not entry.empty]
    for name in options:
        check_choice(f"setting of {what}", name, known)
