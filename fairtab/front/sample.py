"""Draw rows from a model in a folder."""

from __future__ import annotations

from pathlib import Path

from fairtab import seeds
from fairtab.datasets.preparation import meant
from fairtab.front.own import read_frame
from fairtab.joint import Joint
from fairtab.model import FairTab
from fairtab.table import Table


def sample(
    model: str | Path, *, rows: int = 1000, level: float = 0, joint: str | Path | None = None, seed: int = 0
) -> Table:
    """Draw rows from a fitted model.

    Parameters
    ----------
    model
        A folder of a model.
    rows
        How many rows to draw.
    level
        0: groups as in the training table; 10: groups of equal size for each label.
    joint
        A CSV file in place of a level: the label, the sensitive columns, and `probability`.
    seed
        The same seed gives the same rows.

    Returns
    -------
    Table
        The rows.

    Raises
    ------
    InputError
        There is no model in the folder, or the joint is none of its columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"age": [30, 40] * 20, "sex": ["f", "m"] * 20, "paid": [0, 0, 1, 1] * 10})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> FairTab(epochs=1, min_steps=1).fit(table, table, seed=0).save("model")
    >>> sample("model", rows=8, level=10).frame.groupby(["paid", "sex"]).size().tolist()
    [2, 2, 2, 2]
    """
    fitted = FairTab.load(Path(model))
    asked = fitted.joint.balanced(level) if joint is None else _read_joint(joint, fitted.joint)
    return fitted.sample(rows, seed=seeds.derive(seed, "sample"), joint=asked)


def _read_joint(path: str | Path, own: Joint) -> Joint:
    """Read a joint, with values as the model spells them."""
    frame = read_frame(path)
    for name in own.probability.index.names:
        if name in frame:
            known = own.probability.index.unique(name).tolist()
            frame[name] = frame[name].map(lambda value, known=known: meant(value, known))
    return Joint.from_frame(frame)
