"""Fit a model to a table of one's own, once; it can be sampled as often as wanted."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.files import read_json, writing
from fairtab.front.own import OwnTable, Source, read_own
from fairtab.model import FairTab, rows_sha256
from fairtab.settings import FEW_ROWS, SMALL

log = logging.getLogger(__name__)
SOURCE = "source.json"  # beside a model that was saved before it had the checksum of its rows


def fit(
    source: Source,
    *,
    target: str,
    positive: Hashable | None = None,
    sensitive: str | Iterable[str],
    model: FairTab | str | Path | None = None,
    seed: int = 0,
    **options: Any,
) -> FairTab:
    """Fit a model to half of the rows. `make` with the same seed and file can use it.

    Parameters
    ----------
    source, target, positive, sensitive, **options
        As in `make`.
    model
        As in `make`.
    seed
        The seed of the fit.

    Returns
    -------
    FairTab
        The fitted model.

    Raises
    ------
    InputError
        The source cannot be used, or the model asks for privacy, which `make` alone gives.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [30, 40] * 40, "sex": ["f", "m"] * 40, "paid": [0, 0, 1, 1] * 20})
    >>> quick = FairTab(epochs=1, min_steps=2)
    >>> len(fit(frame, target="paid", positive=1, sensitive="sex", model=quick).sample(10, seed=0))
    10
    """
    check_model(model)
    own = read_own(source, target=target, positive=positive, sensitive=sensitive, **options)
    return fit_own(model, own, seed=seed)


def check_model(model: Any) -> None:
    """Check that a model to fit asks for no privacy: without epsilon, nothing else would be private.

    Parameters
    ----------
    model
        As in `make`.

    Raises
    ------
    InputError
        It has settings of privacy, and is not fitted.

    Examples
    --------
    >>> check_model(FairTab(privacy={"epsilon": 3}))
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: the model has settings of privacy: leave them out, and give epsilon to make
    """
    if isinstance(model, FairTab) and model.privacy is not None and model.fitted_to is None:
        raise InputError("the model has settings of privacy: leave them out, and give epsilon to make")


def fit_own(model: FairTab | str | Path | None, own: OwnTable, *, seed: int) -> FairTab:
    """Return a model that is fitted to a table.

    Parameters
    ----------
    model
        As in `make`.
    own
        The table.
    seed
        The seed of the fit.

    Returns
    -------
    FairTab
        The fitted model.

    Raises
    ------
    InputError
        The model was fitted to other rows, or to other columns. Test rows of this table may then be rows that it
        learned from.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [30, 40] * 40, "sex": ["f", "m"] * 40, "paid": [0, 0, 1, 1] * 20})
    >>> own = read_own(frame, target="paid", positive=1, sensitive="sex")
    >>> fit_own(FairTab(epochs=1, min_steps=2), own, seed=0).steerable
    True
    """
    if isinstance(model, str | Path):
        folder = Path(model)
        if not folder.exists():
            fitted = fit_own(None, own, seed=seed)
            with writing(folder) as temporary:
                fitted.save(temporary)
            return fitted
        model = FairTab.load(folder)
        model.fitted_to = model.fitted_to or (read_json(folder / SOURCE) or {}).get("rows_sha256", "")
        log.info("the model in %s is used", folder)
    model = model or new_model(len(own.split.train))
    if model.fitted_to is None:
        log.info("fitting to %d rows, %d columns", len(own.split.train), len(own.table.schema.features))
        return model.fit(own.split.train, own.split.validation, seed=seeds.derive(seed, "fit"))
    if model.codec.schema != own.table.schema:
        raise InputError(
            "the model was fitted to a table of other columns, or with another target, positive or sensitive"
        )
    if not model.fitted_to:
        log.warning("nothing tells which rows the model learned from: the report's test rows may be among them")
    elif model.fitted_to != rows_sha256(own.split.train):
        raise InputError(
            "the model was fitted to other rows (another file, or the file read in another way): fit a new one to "
            "these, or name another folder"
        )
    return model


def new_model(n_rows: int | None = None) -> FairTab:
    """Return the model that is fitted if none is given: one that remembers less if there are few training rows.

    Without their number, which a private fit must not know, it has the usual settings.

    Examples
    --------
    >>> new_model(500).min_steps, new_model(20_000).min_steps, new_model().min_steps
    (300, 1000, 1000)
    """
    if n_rows is None or n_rows >= FEW_ROWS:
        return FairTab()
    log.info("%d training rows are few: the fit is shorter, so that it remembers less of them", n_rows)
    return FairTab(**SMALL)
