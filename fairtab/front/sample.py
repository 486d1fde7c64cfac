"""Draw rows from a model in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.front.own import read_frame, spelled
from fairtab.joint import Joint
from fairtab.model import FairTab
from fairtab.rules.drawing import draw
from fairtab.table import Table


def sample(
    model: str | Path,
    *,
    rows: int = 1000,
    level: float | None = None,
    joint: str | Path | None = None,
    rules: str | Sequence[str] = (),
    where: str | None = None,
    seed: int = 0,
) -> Table:
    """Draw rows from a fitted model.

    Parameters
    ----------
    model
        A folder of a model.
    rows
        How many rows to draw.
    level
        0: groups as in the training table (the default); 10: groups of equal size for each label.
    joint
        A CSV file in place of a level: the label, the sensitive columns, and `probability`.
    rules, where
        What must hold in every row, and which rows are asked for: "region == 'north'" (`fairtab.draw`).
    seed
        The same seed gives the same rows.

    Returns
    -------
    Table
        The rows.

    Raises
    ------
    InputError
        There is no model in the folder, or the joint is none of its columns, or a level is given, too.

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
    if level is not None and joint is not None:
        raise InputError("level and joint both say how frequent groups are: give one of them")
    fitted = FairTab.load(Path(model))
    asked = None if level is None else fitted.joint.balanced(level)
    rules = [*([rules] if isinstance(rules, str) else rules), *fitted.codec.schema.rules]
    if joint is not None:
        asked = _read_joint(joint, fitted.joint)
    return draw(fitted, rows, seed=seeds.derive(seed, "sample"), joint=asked, rules=rules, where=where).table


def _read_joint(path: str | Path, own: Joint) -> Joint:
    """Read a joint, with values as the model spells them."""
    frame = read_frame(path)
    for name in own.probability.index.names:
        if name in frame:
            frame[name] = spelled(frame[name], own.probability.index.unique(name).tolist())
    return Joint.from_frame(frame)
