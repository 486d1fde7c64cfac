"""Complete rows: some columns are known, FairTab draws the others."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fairtab import seeds
from fairtab.codec import Encoded
from fairtab.diffusion.completion import Completion, Known
from fairtab.diffusion.finite import finite
from fairtab.errors import InputError
from fairtab.joint import Joint, requested
from fairtab.model import FairTab
from fairtab.neural.batches import CHUNK
from fairtab.neural.sampling import sample_table
from fairtab.progress import progress
from fairtab.table import Table

N_MEASURED = 2000  # rows that tell how sure the network is at each step


def complete(
    model: FairTab,
    known: pd.DataFrame,
    *,
    seed: int,
    joint: Joint | pd.DataFrame | None = None,
    n_steps: int = 25,
    n_particles: int = 32,
) -> Table:
    """Complete rows: draw the values that are not known, given those that are.

    A column that `known` does not have is drawn, and so is every missing value in it. Known values come back as they
    are. Label and sensitive attributes may be unknown, too: they are drawn by Bayes' rule, from the joint and from how
    likely the known features are under each label and group.

    If no feature is known, the draw is exact: conditions have p(unknown | known) of the joint, and features are sampled
    as in `FairTab.sample`. If features are known, the draw is an approximation by a particle filter
    (`fairtab.diffusion.completion.Completion`) that becomes exact with many particles and small steps.
    On a toy table with known conditional distributions, the default settings give means and standard deviations within
    0.1, and shares of categories and labels within 0.07, of what the fitted network itself has (docs/rules.md).

    The guidance, solver and posterior of `FairTab.sampler` are not used: the network gets all conditions at once, and
    the steps are random ones. Time grows with `n_steps` times `n_particles`.

    Parameters
    ----------
    model
        A fitted FairTab.
    known
        The rows. They have some columns of the training table; what is missing in them is drawn.
    seed
        The same seed gives the same rows.
    joint
        What is believed of label and sensitive attributes before the row is seen: a `Joint` or its frame. By default
        the training table's own joint.
    n_steps
        Number of steps.
    n_particles
        How many candidates each row has in each step.

    Returns
    -------
    Table
        The completed rows, in the order of `known`.

    Raises
    ------
    InputError
        There are no rows, a column or category is not in the training table, or rows have a label and groups that the
        joint gives no probability.

    Examples
    --------
    >>> from fairtab import Schema
    >>> columns = {"age": range(40), "job": ["a", "b"] * 20, "sex": ["f", "m"] * 20, "y": [0, 0, 1, 1] * 10}
    >>> table = Table(pd.DataFrame(columns), Schema(("age",), ("job",), "y", 1, ("sex",)))
    >>> model = FairTab(epochs=1, min_steps=2).fit(table, table, seed=0)
    >>> known = pd.DataFrame({"age": [7, 30], "sex": ["f", None]})
    >>> rows = complete(model, known, seed=0, n_steps=5).frame
    >>> list(rows.columns), rows["age"].tolist(), rows["sex"][0]
    (['age', 'job', 'sex', 'y'], [7, 30], 'f')
    """
    model.check_fitted()
    codec = model.codec
    if stray := [str(name) for name in known.columns if name not in codec.names]:
        raise InputError(
            f"unknown columns {', '.join(stray)}: expected some of {', '.join(codec.names)}. Remove what the fit left "
            "out"
        )
    if len(known) == 0:
        raise InputError("expected rows to complete, got none")
    known = known.reset_index(drop=True)
    model.diffusion.to(model.device)
    codes, prior = codec.encode_known(known), _Prior(model, requested(joint, model.joint))
    weight = prior.given(codes.condition)
    if (codes.x_num < 0).all() and (codes.x_cat < 0).all():
        condition = prior.draw(weight, 1, seeds.torch_generator(seed, "conditions"))[:, 0]
        return sample_table(model.sample_rows, codec, condition, seed=seed, device=model.device)
    completion = Completion(n_steps=n_steps, n_particles=n_particles)
    made = _completed(model, codes, prior, weight, completion, seed)
    shared = (*codec.schema.numerical, *codec.groupings)  # columns in which several values may have one code
    return Table(_with_given(made.frame, known, shared), made.schema)


class _Prior:
    """p(y, s1..sN), as codes."""

    def __init__(self, model: FairTab, joint: Joint) -> None:
        self.cells = model.codec.encode_conditions(joint.to_frame())  # [C, 1 + N]
        self.p = torch.from_numpy(joint.probability.to_numpy(dtype=float, copy=True))

    def given(self, condition: Tensor) -> Tensor:
        """Return the probability of each cell in each row, up to a factor, [B, C]."""
        fits = ((condition[:, None] == self.cells) | (condition[:, None] < 0)).all(-1)
        weight = fits * self.p
        if n := int((weight.sum(1) == 0).sum()):
            raise InputError(f"{n:,} rows have a label and groups that the joint gives no probability")
        return weight

    def draw(self, weight: Tensor, n_particles: int, generator: torch.Generator) -> Tensor:
        """Draw conditions for the particles of each row, evenly, [B, P, 1 + N]."""
        cdf = weight.cumsum(1)
        u = (torch.arange(n_particles) + torch.rand((len(cdf), 1), generator=generator)) / n_particles
        cell = torch.searchsorted(cdf, u * cdf[:, -1:], right=True).clamp(max=cdf.shape[1] - 1)
        return self.cells[cell]


def _completed(
    model: FairTab, codes: Encoded, prior: _Prior, weight: Tensor, completion: Completion, seed: int
) -> Table:
    codec, device, diffusion = model.codec, model.device, model.diffusion
    x_num = codec.spread(codes.x_num.clamp(min=0), seeds.torch_generator(seed, "spread"))
    x_num[codes.x_num < 0] = torch.nan
    variance = _variance(model, prior, completion.n_steps, seed)
    size = max(1, CHUNK // completion.n_particles)
    parts = []
    with progress("completing", len(x_num)) as advance:
        for i, rows in enumerate(torch.arange(len(x_num)).split(size)):
            condition = prior.draw(weight[rows], completion.n_particles, seeds.torch_generator(seed, "conditions", i))
            known = Known(x_num[rows].to(device), codes.x_cat[rows].to(device))
            generator = seeds.torch_generator(seed, "complete", i, device=device)
            made = diffusion.complete(known, condition.to(device), completion, variance, generator=generator)
            parts.append([finite(part.cpu(), "completed numbers") for part in made])
            advance(len(rows), f"{sum(len(part[0]) for part in parts):,} rows")
    return codec.decode(*(torch.cat(part) for part in zip(*parts, strict=True)), seed=seed)


def _variance(model: FairTab, prior: _Prior, n_steps: int, seed: int) -> Tensor:
    """Measure Var(x_0 | x_t) on rows of the model itself."""
    generator = seeds.torch_generator(seed, "variance", device=model.device)
    condition = prior.cells[
        torch.multinomial(prior.p, N_MEASURED, replacement=True, generator=seeds.torch_generator(seed, "cells"))
    ]
    condition = condition.to(model.device)
    x_num, x_cat = model.sample_rows(condition, generator=generator)
    return model.diffusion.x_0_variance(x_num, x_cat, condition, n_steps, generator=generator)


def _with_given(made: pd.DataFrame, known: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Write the given values over those that the training table has for their codes."""
    for name in (name for name in names if name in known.columns):
        column = pd.Series(np.where(known[name].isna(), made[name], known[name]), index=made.index)
        as_before = column.astype(made[name].dtype) if column.notna().all() else column
        made[name] = as_before if (as_before == column).all() else column
    return made
