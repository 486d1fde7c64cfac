"""The settings of FairTab and their defaults. Importing this module does not import torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from fairtab.errors import check_choice, check_setting, check_whole, is_number

if TYPE_CHECKING:
    from fairtab.column import Column
    from fairtab.diffusion import gaussian, loss, multinomial

BACKBONE = {"name": "mlp", "width": 128, "n_blocks": 2, "dropout": None}
FEW_ROWS = 2000  # a training table with fewer rows is better fitted with SMALL
SMALL: dict[str, Any] = {"min_steps": 300, "backbone": {**BACKBONE, "dropout": 0.3}}  # it remembers less of few rows


@dataclass(frozen=True)
class CategoryRule:
    """Decide which numerical columns are modelled as categories.

    A category keeps its exact values even if rows are sampled in few steps. Adult's capital-gain needs this: 92% of
    its values are 0, and the exact values of the others decide the label. `Schema.as_category` overrides the rule for
    single columns.

    Parameters
    ----------
    few
        A column with at most this many distinct values is a category.
    spike
        A column is also a category if one value holds at least this share of the rows and the column has at most
        `many` distinct values.
    many
        See `spike`.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.column import Column
    >>> gain = Column.from_series(pd.Series([0] * 95 + [100, 200, 300, 400, 500], name="gain"))
    >>> CategoryRule()(gain)
    True
    >>> CategoryRule(spike=0.99)(gain)
    False
    """

    few: int = 2
    spike: float = 0.9
    many: int = 512

    def __call__(self, column: Column) -> bool:
        """Return whether the numerical column is modelled as a category."""
        n_values, share = len(column.values), column.counts.max() / column.counts.sum()
        return bool(n_values <= self.few or (n_values <= self.many and share >= self.spike))


def default_sampler() -> dict[str, Any]:
    """Return the sampling options that FairTab has by default.

    Returns
    -------
    dict
        n_steps, solver and posterior of `fairtab.diffusion.sampler.Sampler`, and guidance: its name in
        `fairtab.diffusion.guidance.GUIDANCE`, with its weights if it has some.

    Examples
    --------
    >>> default_sampler()["n_steps"]
    25
    """
    return {"n_steps": 25, "solver": "dpm_solver", "posterior": "marginal", "guidance": {"name": "joint"}}


@dataclass(frozen=True, kw_only=True)
class Privacy:
    """The settings of a private fit (`docs/privacy.md`).

    Its training settings take the place of FairTab's own, because noise asks for large batches and few steps.

    Parameters
    ----------
    epsilon, delta
        The budget: `fairtab.privacy.ledger.Budget`.
    bounds
        By numerical column, the lowest and the highest value. They must be public, and not found by a look at rows.
    values
        By label or sensitive column, the values that it can have. They must be public, too. By default they are
        those of the training table.
    fractional
        The columns in which a number may have a fraction. This is public, too. By default they are those in which one
        of the training table has.
    seeded
        Whether the noise follows from the seed of the fit. Whoever knows the seed can then take the noise away, so
        there is no guarantee: it is for experiments on published tables. By default the noise comes from the system's
        entropy.
    share
        The share of epsilon for which the columns' values and the joint would be known alone. The network has the rest.
    epochs
        How often each row is in a batch, on average.
    sample_rate
        How likely each row is in each batch, independently of all others. So the number of steps, about `epochs` over
        `sample_rate`, and the noise that it needs are the same for tables of all sizes.
    learning_rate
        Its highest value, as in `FairTabSettings`.
    max_grad_norm
        The gradient of each row is clipped to this norm.
    draws
        How many noisy copies of a row make its gradient (Dockhorn et al. 2023, noise multiplicity). They cost nothing.

    Raises
    ------
    InputError
        A setting cannot be used. `Budget` checks epsilon and delta, and `look` what the columns of the table decide.

    Examples
    --------
    >>> Privacy(epsilon=3).delta
    1e-05
    """

    epsilon: float
    delta: float = 1e-5
    bounds: Mapping[str, Sequence[float]] = field(default_factory=dict)
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    fractional: Sequence[str] = ()
    seeded: bool = False
    share: float = 0.35
    epochs: int = 40
    sample_rate: float = 0.1
    learning_rate: float = 4e-3
    max_grad_norm: float = 1.0
    draws: int = 4

    def __post_init__(self) -> None:
        for name in ("share", "sample_rate"):
            self._check(name, lambda value: is_number(value) and 0 < value <= 1, "a number above 0, at most 1")
        for name in ("learning_rate", "max_grad_norm"):
            self._check(name, lambda value: is_number(value) and value > 0, "a number above 0")
        for name in ("epochs", "draws"):
            check_whole(f"privacy.{name}", getattr(self, name), 1)
        for name in ("bounds", "values"):
            self._check(name, lambda value: isinstance(value, Mapping), "entries by column")
        self._check("seeded", lambda value: isinstance(value, bool), "true or false")
        for name, bounds in self.bounds.items():
            check_setting(f"privacy.bounds.{name}", bounds, _is_range(bounds), "the lowest and the highest value")

    def _check(self, name: str, is_legal: Callable[[Any], bool], expected: str) -> None:
        check_setting(f"privacy.{name}", value := getattr(self, name), is_legal(value), expected)

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Make the settings of what a user has named.

        Parameters
        ----------
        options
            The fields by name.

        Raises
        ------
        InputError
            There is no such setting, or one cannot be used.

        Examples
        --------
        >>> Privacy.from_mapping({"epsilon": 3, "eps": 2})
        Traceback (most recent call last):
        fairtab.errors.InputError: unknown setting of privacy 'eps': expected one of epsilon, delta, ...
        """
        for name in options:
            check_choice("setting of privacy", name, (setting.name for setting in fields(cls)))
        plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in options.items()}
        return cls(**{"epsilon": None, **plain})


def _is_range(bounds: Any) -> bool:
    ends = list(bounds) if isinstance(bounds, Iterable) else []
    return len(ends) == 2 and all(map(is_number, ends)) and ends[0] < ends[1] and is_number(ends[1] - ends[0])


@dataclass(kw_only=True, eq=False)
class FairTabSettings:
    """Every setting of FairTab except where it runs. These are the values that we recommend.

    Parameters
    ----------
    backbone
        The denoiser: its name in `fairtab.backbones.BACKBONES`, and its sizes.
    categories
        Which numerical columns are modelled as categories: the fields of `CategoryRule`.
    T
        Number of steps of the forward process.
    parametrization
        What the network predicts for numerical columns: the probabilities of "bins" (`fairtab.diffusion.bins`), "v",
        "x_0" or "eps".
    categorical_loss
        "cross_entropy" of the predicted x_0, or "variational_bound" as in the paper (Eq. 4).
    loss_weighting
        "columns" gives every column the same weight. "kinds" gives the numerical columns together the same weight as
        the categorical ones together, as in the paper (L_G + mean_i L_i, Sec. 3.3).
    condition_dropout
        Probability that a condition is hidden in training. Because of it, rows can be sampled under any subset of the
        conditions.
    epochs
        Passes over the training table.
    min_steps
        Least number of gradient steps. If `epochs` passes make fewer, there are more passes.
    batch_size
        Rows of one gradient step.
    learning_rate
        Its highest value: it rises linearly at first, then decays to zero along a cosine.
    weight_decay
        Of AdamW.
    ema_decay
        Of the exponential moving average of the weights. Rows are sampled with the averaged weights.
    min_cell_rows
        FairTab warns of each (label, group) cell that has fewer training rows than this.
    sampler
        How rows are sampled, as in `default_sampler`; what is left out has its default. It is no part of the fit, so it
        can be changed at any time.

    Examples
    --------
    >>> FairTabSettings(epochs=60).T
    1000
    """

    backbone: Mapping[str, Any] = field(default_factory=lambda: dict(BACKBONE))
    categories: Mapping[str, Any] = field(default_factory=lambda: asdict(CategoryRule()))
    T: int = 1000
    parametrization: Literal[gaussian.Parametrization, "bins"] = "v"
    categorical_loss: multinomial.Loss = "cross_entropy"
    loss_weighting: loss.Weighting = "columns"
    condition_dropout: float = 0.1
    epochs: int = 120
    min_steps: int = 1000
    batch_size: int = 512
    learning_rate: float = 4e-3
    weight_decay: float = 0.0
    ema_decay: float = 0.999
    min_cell_rows: int = 10
    sampler: Mapping[str, Any] = field(default_factory=default_sampler)
