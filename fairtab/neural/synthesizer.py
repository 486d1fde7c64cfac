"""The base class of neural methods: fit, sample, save and load, for any number of networks and training phases."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import pandas as pd
import torch
from torch import Tensor, nn

from fairtab import saving, seeds
from fairtab.codec import Codec
from fairtab.errors import Diverged, InputError, check_setting, check_whole, is_number
from fairtab.joint import Joint
from fairtab.neural.batches import TrainingData
from fairtab.neural.sampling import sample_table
from fairtab.neural.training import Phase, TrainerFactory, quiet_trainer
from fairtab.synthesizer import Synthesizer, check_steerable
from fairtab.table import Table
from fairtab.threads import one_thread

# settings, wherever a method has them: the least whole number, or what a number has to be
LEAST = {"T": 1, "batch_size": 1, "n_steps": 1, "epochs": 0, "n_heads": 1, "n_levels": 1, "critic_steps": 1}
RANGES: dict[str, tuple[Callable[[float], bool], str]] = {
    "learning_rate": (lambda rate: rate >= 0, "a number of at least 0"),
    "temperature": (lambda temperature: temperature > 0, "a number above 0"),
    "churn": (lambda churn: churn >= 0, "a number of at least 0"),
    "ema_decay": (lambda decay: 0 <= decay < 1, "a share below 1"),
    "condition_dropout": (lambda share: 0 <= share < 1, "a share below 1"),
}


@dataclass(kw_only=True, eq=False)
class NeuralSynthesizer(Synthesizer):
    """A method whose networks are trained in one or more phases.

    A subclass is a dataclass whose fields are its settings. It says how its codec is fitted (`prepare`), which networks
    it has (`build_networks`), which phases train them (`phases`), and how rows are sampled (`sample_conditions`,
    `sample_rows`). This class does the rest. After the fit, `codec` and `networks` are set.

    What a later phase needs of an earlier one, such as the scale of a latent space, belongs into a buffer of a network:
    then it is saved with the network's weights.

    Parameters
    ----------
    trainer
        Makes the Lightning Trainer of a phase from the phase's name and Lightning's options. This is the place for the
        accelerator, the precision and the loggers.
    device
        Where rows are sampled.

    Examples
    --------
    >>> from fairtab import FairTab
    >>> model = FairTab()
    >>> isinstance(model, NeuralSynthesizer), model.networks
    (True, {})
    """

    trainer: TrainerFactory = quiet_trainer
    device: str = "cpu"

    format: ClassVar[int] = 1  # of the saved folder: a version that saves other content has another number

    def __post_init__(self) -> None:
        self.codec: Codec
        self.networks: dict[str, nn.Module] = {}

    @abstractmethod
    def prepare(self, train: Table) -> Codec:
        """Fit the codec, and check the settings against the training table. This comes before anything is trained."""

    @abstractmethod
    def build_networks(self) -> dict[str, nn.Module]:
        """Return new networks by name, built from the settings and the fitted codec.

        The only network of a method is saved as `weights.safetensors`; several are saved as `<name>.safetensors`.
        """

    @abstractmethod
    def phases(self, data: TrainingData) -> Iterator[Phase]:
        """Yield the phases in their order.

        A phase is trained before the next one is asked for, so that a generator can build a phase from what an earlier
        one has learned. In between, torch's global stream of random numbers goes on.
        """

    def sample_conditions(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Tensor:
        """Return the codes of the conditions that n rows are sampled under, int64 [n, n_conditions].

        Here there are no conditions: a method that has some says how they are drawn.
        """
        return torch.empty((n, 0), dtype=torch.long)

    @abstractmethod
    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Sample one row for each row of `condition`, as `fairtab.neural.sampling.SampleRows` says."""

    def state(self) -> dict[str, Any]:
        """Return what was fitted besides the networks, as values for JSON."""
        return {"codec": self.codec.to_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        self.codec = Codec.from_dict(state["codec"])

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Train on `train`, in one thread. The loss on `validation` is logged, and nothing is learned from it.

        Parameters
        ----------
        train, validation
            Tables of one schema.
        seed
            The same seed and tables give the same weights, for any number of threads.

        Returns
        -------
        Self
            The fitted method.

        Raises
        ------
        InputError
            The settings cannot be used, or training has not seen the categories of any row of `validation`. After this
            error and any other, except the next one, the method is not fitted.
        Diverged
            A loss is not finite. The networks have the last weights whose losses were finite.
        """
        self.networks, self.n_epochs = {}, 0
        for name, least in LEAST.items():
            check_whole(name, getattr(self, name, least), least)
        for name, (is_legal, expected) in RANGES.items():
            if hasattr(self, name):
                check_setting(name, value := getattr(self, name), is_number(value) and is_legal(value), expected)
        self.codec = self.prepare(train)
        saving.as_json(self.codec.to_dict())  # a fit that cannot be saved is not worth its time
        data = TrainingData.encode(self.codec, train, validation, seed=seed)
        try:
            with seeds.torch_seeded(seed, "fit"), one_thread():
                self.networks = self.build_networks()
                for phase in self.phases(data):
                    self.n_epochs += phase.epochs
                    phase.train(self.trainer)
        except Diverged:
            raise
        except BaseException:  # Ctrl-C, too
            self.networks = {}  # half of a fit is none
            raise
        return self

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """Sample new rows, as `Synthesizer.sample` says."""
        self.check_fitted()
        check_steerable(self, joint)
        check_setting("n", n, n >= 1, "at least 1 row")
        condition = self.sample_conditions(n, seed=seed, joint=joint)
        for network in self.networks.values():
            network.to(self.device)
        return sample_table(self.sample_rows, self.codec, condition, seed=seed, device=self.device)

    @property
    def n_parameters(self) -> int:
        """Number of parameters of all networks."""
        return sum(parameter.numel() for network in self.networks.values() for parameter in network.parameters())

    def save(self, folder: Path) -> None:
        """Write the fitted method into a folder: `model.json`, and one safetensors file for each network."""
        self.check_fitted()
        saving.save_model(folder, self, self.networks, format=self.format, **self.state())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a folder that `save` wrote.

        Raises
        ------
        InputError
            The folder holds no such method, or something in it is damaged.
        """
        with saving.reading(folder):
            state = saving.load_state(folder, cls, format=cls.format)
            method = cls(**state["settings"])
            method.restore(state)
            networks = method.build_networks()
            saving.load_weights(folder, networks)
            method.networks = networks
        return method

    def check_fitted(self) -> None:
        """Raise InputError if there are no networks yet."""
        if not self.networks:
            raise InputError(f"this {type(self).__name__} is not fitted: call fit or load before sample and save")
