"""What is trained on a table, as configured."""

from __future__ import annotations

from typing import Any

from hydra.utils import get_class

from experiments.run.cell import Cell


def judging(cell: Cell) -> dict[str, Any]:
    """Give `classifier` and `min_group_rows` as `fairtab.metrics.evaluate` takes them.

    The classifier inside a learner has the options of `evaluation.classifier`, and before them the learner's own.
    """
    options = dict(cell.evaluation)
    if "learner" in options:
        learner = dict(options.pop("learner"))
        target, _ = learner.pop("target"), learner.pop("name")
        classifier = {**options["classifier"], **learner.pop("classifier", {})}
        options["classifier"] = get_class(target)(classifier=classifier, **learner)
    return options
