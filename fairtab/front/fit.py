"""Fit a model to a table of one's own, once; it can be sampled as often as wanted."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.files import read_json, write_json, writing
from fairtab.front.own import OwnTable, Source, read_own
from fairtab.model import FairTab
from fairtab.settings import FEW_ROWS, SMALL

log = logging.getLogger(__name__)
SOURCE = "source.json"  # beside the model: the checksum of the rows that it learned from
FITTED_TO: WeakKeyDictionary[FairTab, str] = WeakKeyDictionary()  # the same of the models of this process


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
        The source cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [30, 40] * 40, "sex": ["f", "m"] * 40, "paid": [0, 0, 1, 1] * 20})
    >>> quick = FairTab(epochs=1, min_steps=2)
    >>> len(fit(frame, target="paid", positive=1, sensitive="sex", model=quick).sample(10, seed=0))
    10
    """
    own = read_own(source, target=target, positive=positive, sensitive=sensitive, **options)
    return fit_own(model, own, seed=seed)


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
        if folder.exists():
            return _load(folder, own)
        fitted = fit_own(None, own, seed=seed)
        _save(fitted, folder, _checksum(own))
        return fitted
    model = model or new_model(len(own.split.train))
    if not hasattr(model, "codec"):
        log.info("fitting to %d rows, %d columns", len(own.split.train), len(own.table.schema.features))
        model.fit(own.split.train, own.split.validation, seed=seeds.derive(seed, "fit"))
        FITTED_TO[model] = _checksum(own)
        return model
    if model.codec.schema != own.table.schema:
        raise InputError("the model was fitted to a table of other columns")
    if FITTED_TO.get(model, rows := _checksum(own)) != rows:
        raise InputError("the model was fitted to other rows: fit a new one to these")
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


def _load(folder: Path, own: OwnTable) -> FairTab:
    model, rows = FairTab.load(folder), _checksum(own)
    if (read_json(folder / SOURCE) or {}).get("rows_sha256") != rows:
        raise InputError(
            f"{folder}: the model was fitted to other rows (another file, or the file read in another way): fit it "
            "again, or name another folder"
        )
    log.info("the model in %s is used", folder)
    FITTED_TO[model] = rows
    return fit_own(model, own, seed=0)


def _save(model: FairTab, folder: Path, checksum: str) -> None:
    with writing(folder) as temporary:
        model.save(temporary)
        write_json(temporary / SOURCE, {"rows_sha256": checksum})


def _checksum(own: OwnTable) -> str:
    """Return the checksum of the training rows: it also changes if the file is read or split in another way."""
    rows = pd.util.hash_pandas_object(own.split.train.frame, index=False)
    return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()
