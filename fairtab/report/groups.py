"""What a report says of groups: their sizes and labels, and how learners of both tables treat them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from fairtab.metrics import fairness
from fairtab.metrics.evaluate import Judged
from fairtab.metrics.fairness import groups_by_attribute
from fairtab.metrics.inputs import Predictions
from fairtab.table import Split, Table
from fairtab.task import Task

RATE_OF = {"true_positive": 1, "false_positive": 0}  # the share of predicted positives among rows of this label


def described(split: Split, judged: Judged, real: Judged, synthetic: Table) -> dict[str, list[dict[str, Any]]]:
    """Describe each group of each attribute.

    Parameters
    ----------
    split
        The real table.
    judged, real
        What learners of the synthetic and of the real table say of test rows.
    synthetic
        The synthetic table.

    Returns
    -------
    dict
        By attribute a list of groups, the largest first: its name, its test rows, its share of the rows of both tables,
        and means of quantities. For two values these are the share of positive labels and the rates of the learners,
        for classes the shares of each class, for numbers the mean; each among labels and among predictions.

    Examples
    --------
    >>> from fairtab.metrics.evaluate import judge
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> judged = judge(table, table, seed=0, classifier={"iterations": 10})
    >>> described(Split(table, table, table), judged, judged, table)["sex"][0]["label"]
    {'real': 0.5, 'synthetic': 0.5}
    """
    tables = {"real": split.train, "synthetic": synthetic}
    predictions = {"real": real.predictions, "synthetic": judged.predictions}
    n_test = {name: groups.value_counts() for name, groups in groups_by_attribute(split.test.sensitive).items()}
    least = 2 if split.schema.task is Task.REGRESSION else 1  # the mean of one row is that row's number
    found = {}
    for name in groups_by_attribute(split.train.sensitive):
        shares = {which: _shares(table, name) for which, table in tables.items()}
        labels = {which: _means(_labels(table), table.sensitive, name, least) for which, table in tables.items()}
        treated = {which: _means(_decisions(of), of.sensitive, name, least) for which, of in predictions.items()}
        found[name] = [
            {
                "group": str(group),
                "test_rows": int(n_test[name].get(group, 0)),
                "share": {which: float(share.get(group, 0.0)) for which, share in shares.items()},
                **_quantities(labels, group),
                **_quantities(treated, group),
            }
            for group in shares["real"].sort_values(ascending=False).index
        ]
    return found


def class_parities(judged: Judged, real: Judged) -> dict[str, dict[str, dict[str, float | None]]]:
    """Compute how equally groups get each class from learners of both tables (`fairness.class_parities`).

    Parameters
    ----------
    judged, real
        As in `described`.

    Returns
    -------
    dict
        By attribute and class the ratios, the lowest first. Empty if the label has no classes.

    Examples
    --------
    >>> from fairtab.metrics.evaluate import judge
    >>> from fairtab.table import Schema
    >>> columns = {"age": range(45), "sex": ["F", "M", "F"] * 15, "grade": np.repeat(["a", "b", "c"], 15)}
    >>> table = Table(pd.DataFrame(columns), Schema(("age",), (), "grade", None, ("sex",), task="multi-class"))
    >>> judged = judge(table, table, seed=0, classifier={"iterations": 10})
    >>> class_parities(judged, judged)["sex"]["a"]
    {'real': 1.0, 'synthetic': 1.0}
    """
    if judged.predictions.task is not Task.CLASSES:
        return {}
    found = {}
    for name, groups in groups_by_attribute(judged.predictions.sensitive).items():
        large, _ = fairness.large_groups(judged.predictions.y_true, groups, judged.min_group_rows, Task.CLASSES)
        if groups[large].nunique() > 1:
            ratios = pd.DataFrame(
                {
                    which: fairness.class_parities(one.predictions.y_pred[large], groups[large])
                    for which, one in (("real", real), ("synthetic", judged))
                }
            ).sort_values("synthetic")
            found[name] = {str(label): row.to_dict() for label, row in ratios.iterrows()}
    return found


def _shares(table: Table, attribute: str) -> pd.Series:
    """Return each group's share of the rows."""
    groups = groups_by_attribute(table.sensitive)[attribute]
    return groups.groupby(groups, observed=True).size() / len(table)


def _labels(table: Table) -> pd.DataFrame:
    """Return what groups are compared by in a table: [N, quantities]."""
    schema = table.schema
    if schema.task is Task.BINARY:
        return pd.DataFrame({"label": table.y})
    if schema.task is Task.REGRESSION:
        return pd.DataFrame({f"mean {schema.outcome}": table.y})
    return pd.get_dummies(pd.Series(table.y)).add_prefix(f"{schema.outcome} is ")


def _decisions(of: Predictions) -> pd.DataFrame:
    """Return what groups are compared by in the decisions of a learner: [N, quantities]."""
    if of.task is Task.REGRESSION:
        return pd.DataFrame({"mean prediction": of.y_pred})
    if of.task is Task.CLASSES:
        return pd.get_dummies(pd.Series(of.y_pred)).add_prefix("predicted ")
    by_label = {name: np.where(of.y_true == label, of.y_pred, np.nan) for name, label in RATE_OF.items()}
    return pd.DataFrame({"selected": of.y_pred, **by_label})


def _means(quantities: pd.DataFrame, sensitive: pd.DataFrame, attribute: str, least: int) -> pd.DataFrame:
    """Return the mean of each quantity in each group: [groups, quantities], nan for fewer rows than `least`."""
    groups = groups_by_attribute(sensitive)[attribute].to_numpy()
    by_group = quantities.astype(float).groupby(groups, observed=True)
    return by_group.mean().mask(by_group.size() < least)


def _quantities(means: Mapping[str, pd.DataFrame], group: Any) -> dict[str, dict[str, float | None]]:
    """Return each quantity of a group by table. A class that one table lacks has the share 0 there."""
    names = dict.fromkeys(name for found in means.values() for name in found)
    return {
        name: {
            which: float(found[name].get(group, 0.0) if name in found else 0.0) if group in found.index else None
            for which, found in means.items()
        }
        for name in names
    }
