"""CTGAN and TVAE (Xu et al., NeurIPS 2019) as the Synthetic Data Vault, version 2, has them: `fairtab[sdv]`."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd
from safetensors.torch import save_file
from torch import nn

from baselines.shared.rows import TrainingRows
from fairtab import saving, seeds
from fairtab.column import Column
from fairtab.errors import Diverged, InputError, check_setting
from fairtab.frames import with_columns
from fairtab.joint import Joint
from fairtab.table import Table
from fairtab.threads import one_thread

TABLE = "table"  # SDV's tables have names


class SDV(TrainingRows):
    """Base class of SDV's synthesizers. Label and sensitive attributes are ordinary categorical columns.

    SDV receives categories as the text of their codes, so that types and missing values come back unchanged.

    SDV itself saves by pickle only. So `save` writes the settings, the training table and the network's weights, and
    `load` fits SDV to that table again without training. SDV's transformers have fixed seeds, so they come out the
    same. This takes as long as in a fit.
    """

    synthesizer: ClassVar[str]  # its name in sdv.single_table
    network: ClassVar[str]  # the attribute of SDV's model with the network that samples
    batch_unit: ClassVar[int] = 1  # what the rows of a batch are a multiple of
    epochs: int
    min_steps: int
    batch_size: int
    steerable = False

    @property
    @abstractmethod
    def options(self) -> dict[str, Any]:
        """The synthesizer's arguments beside epochs."""

    def learn(self, train: Table, validation: Table, *, seed: int) -> None:
        """Train SDV. Raises InputError if SDV is not installed, and Diverged if the weights are not finite."""
        unit, is_legal = self.batch_unit, self.batch_size >= 1 and self.batch_size % self.batch_unit == 0
        check_setting("batch_size", self.batch_size, is_legal, f"a multiple of {unit}" if unit > 1 else "at least 1")
        steps = max(len(train) // self.batch_size, 1)  # of an epoch, as SDV counts them
        self.n_epochs = max(self.epochs, math.ceil(self.min_steps / steps))
        with seeds.libraries_seeded(seed, "fit"):
            self._fit_sdv(train, epochs=self.n_epochs)
        if not all(parameter.isfinite().all() for parameter in self._network().parameters()):
            raise Diverged("the network's weights are not finite: a lower learning_rate may help")

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        with seeds.libraries_seeded(seed, "sample"):
            self.sdv.reset_sampling()  # SDV's other random streams start anew, too
            self.sdv._set_random_state(seeds.derive(seed, "sample"))  # SDV has no public way to ask for a seed
            rows = self.sdv.sample(n)[TABLE]
        return Table(self._from_sdv(rows), self.train.schema)

    @property
    def n_parameters(self) -> int:
        """Number of parameters of the network that samples. SDV keeps no other network."""
        return sum(parameter.numel() for parameter in self._network().parameters())

    def save(self, folder: Path) -> None:
        super().save(folder)
        save_file(self._network().state_dict(), Path(folder) / saving.WEIGHTS)

    @classmethod
    def load(cls, folder: Path) -> Self:
        method = super().load(folder)
        with saving.reading(folder), seeds.libraries_seeded(0, "load"):
            method._fit_sdv(method.train, epochs=0)
            network = method._network()
            network.load_state_dict(saving.read_weights(Path(folder) / saving.WEIGHTS, network))
        return method

    def _fit_sdv(self, train: Table, *, epochs: int) -> None:
        single_table, metadata = _import_sdv()
        schema, frame = train.schema, train.frame
        columns = {
            name: {"sdtype": "numerical" if name in schema.numerical else "categorical"} for name in frame.columns
        }
        self.categories = {
            name: Column.from_series(frame[name]) for name in frame.columns if name not in schema.numerical
        }
        described = metadata.Metadata.load_from_dict(
            {"tables": {TABLE: {"columns": columns}}, "relationships": [], "METADATA_SPEC_VERSION": "V2"}
        )
        make = getattr(single_table, self.synthesizer)
        self.sdv = make(described, **self.options, epochs=epochs, enable_gpu=False)
        with one_thread():
            self.sdv.fit({TABLE: self._to_sdv(frame)})

    def _to_sdv(self, frame: pd.DataFrame) -> pd.DataFrame:
        codes = {
            name: column.encode(frame[name]).astype(str).astype(object) for name, column in self.categories.items()
        }
        return with_columns(frame, codes)

    def _from_sdv(self, rows: pd.DataFrame) -> pd.DataFrame:
        values = {name: column.decode(rows[name].to_numpy(dtype=int)) for name, column in self.categories.items()}
        return with_columns(rows, values)[self.train.frame.columns].astype(self.train.frame.dtypes)

    def _network(self) -> nn.Module:
        return getattr(self.sdv._model, self.network)


@dataclass(kw_only=True, eq=False)
class CTGAN(SDV):
    """A conditional GAN. It models numbers by Gaussian mixtures, and each training batch is sampled by category.

    Parameters
    ----------
    epochs
        Passes over the training table.
    min_steps
        Least number of gradient steps: a small table has further epochs.
    batch_size
        Rows of a batch, a multiple of 10.
    learning_rate
        Of both networks.
    generator_dim, discriminator_dim
        Widths of the hidden layers.
    """

    epochs: int = 300
    min_steps: int = 1000
    batch_size: int = 500
    learning_rate: float = 2e-4
    generator_dim: Sequence[int] = (256, 256)
    discriminator_dim: Sequence[int] = (256, 256)

    synthesizer = "CTGANSynthesizer"
    network = "_generator"
    batch_unit = 10  # rows that the critic judges together

    @property
    def options(self) -> dict[str, Any]:
        return {
            "batch_size": self.batch_size,
            "generator_lr": self.learning_rate,
            "discriminator_lr": self.learning_rate,
            "generator_dim": tuple(self.generator_dim),
            "discriminator_dim": tuple(self.discriminator_dim),
        }


@dataclass(kw_only=True, eq=False)
class TVAE(SDV):
    """A variational autoencoder on the same columns as CTGAN.

    Parameters
    ----------
    epochs
        Passes over the training table.
    min_steps
        Least number of gradient steps: a small table has further epochs.
    batch_size
        Rows of a batch.
    compress_dims, decompress_dims
        Widths of the hidden layers of the encoder and of the decoder.
    """

    epochs: int = 300
    min_steps: int = 1000
    batch_size: int = 500
    compress_dims: Sequence[int] = (128, 128)
    decompress_dims: Sequence[int] = (128, 128)

    synthesizer = "TVAESynthesizer"
    network = "decoder"

    @property
    def options(self) -> dict[str, Any]:
        return {
            "batch_size": self.batch_size,
            "compress_dims": tuple(self.compress_dims),
            "decompress_dims": tuple(self.decompress_dims),
        }


def _import_sdv() -> tuple[Any, Any]:
    """Import SDV's `single_table` and `metadata`, which takes seconds. SDV is an optional dependency."""
    try:
        from sdv import metadata, single_table
    except ImportError as error:
        raise InputError(f"methods ctgan and tvae need SDV: pip install 'fairtab[sdv]' ({error})") from error
    return single_table, metadata
