"""Score one setting of a method on a validation table. Settings are chosen by these scores; no test table is read.

    python -m benchmarks.validation dataset=bank method.epochs=60 method.backbone.width=256
    python -m benchmarks.validation dataset=adult method=tabddpm method.T=100 --seeds 0,1,2

Arguments are those of `run.py`; `--seeds` has the seeds to fit, 0 if it is not given. The command prints one line of a
Markdown table, for docs/tried.md. A method that can be steered is scored at level 0 (the joint of the data) and at
level 10, any other at its own joint. CatBoost has 400 trees, to save time. Detection (`benchmarks.detection`) tells how
well synthetic rows can be told from real ones.
"""

from __future__ import annotations

import sys
import time

from benchmarks.detection import detection_auc
from benchmarks.settings import fitted, over_seeds
from experiments.columns import mean_and_std
from experiments.run.cell import Cell
from fairtab import Joint, Split, seeds
from fairtab.metrics.evaluate import evaluate

TREES = 400
LEVELS = (0, 10)
METRICS = {
    "AUC": "utility/auc",
    "DPR": "fairness/dpr/{attribute}",
    "EOR": "fairness/eor/{attribute}",
    "column error": "fidelity/column_error",
    "pair error": "fidelity/pair_error",
    "DCR": "privacy/dcr",
}


def main(arguments: list[str] | None = None) -> None:
    """Score a setting over its seeds, and print the line."""
    overrides, _, results = over_seeds(score, __doc__, arguments)
    names = [f"{name} {mean_and_std(results[name], 0 if name.endswith(' s') else 3)}" for name in results]
    sys.stdout.write(f"| {' '.join(overrides) or 'default'} | {' | '.join(names)} |\n")


def score(cell: Cell, split: Split, seed: int) -> dict[str, float]:
    """Compute the numbers of METRICS, for the first attribute, and the seconds of the fit and of a sample."""
    start = time.perf_counter()
    method = fitted(cell, split, seed)
    seconds = {"fit, s": time.perf_counter() - start}
    validation = Split(split.train, split.validation, split.validation)
    scores: dict[str, float] = {}
    for level in LEVELS if method.steerable else (None,):
        joint = None if level is None else Joint.from_table(split.train).balanced(level)
        start = time.perf_counter()
        synthetic = method.sample(len(split.train), seed=seed, joint=joint)
        seconds["sample, s"] = time.perf_counter() - start
        metrics = evaluate(synthetic, validation, seed=seed, classifier={"iterations": TREES}).metrics
        prefix = "" if level is None else f"L{level} "
        for name, metric in METRICS.items():
            scores[f"{prefix}{name}"] = metrics[metric.format(attribute=split.schema.sensitive[0])]
        if not level:  # other levels are meant to differ from the real rows
            fresh = method.sample(len(split.validation), seed=seeds.derive(seed, "fresh"), joint=joint)
            scores[f"{prefix}detection AUC"] = detection_auc(synthetic, fresh, split.train, split.validation)
    return {**scores, **seconds}


if __name__ == "__main__":
    main()
