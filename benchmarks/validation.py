"""Score one setting of FairTab on a validation table. Settings are chosen by these scores; no test table is read.

    python -m benchmarks.validation dataset=bank epochs=60 'backbone={name: mlp, width: 256, n_blocks: 2}'

Further arguments: seeds='[0, 1, 2]' (default [0]), sampler='{n_steps: 10}'. It prints one line of a Markdown table, for
docs/tried.md. CatBoost has 400 trees, to save time.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import pandas as pd
import yaml

from experiments.columns import mean_and_std
from fairtab import FairTab, Split, load_dataset
from fairtab.metrics.evaluate import evaluate

TREES = 400
COLUMNS = ("L0 AUC", "L0 column error", "L0 pair error", "L10 AUC", "L10 DPR", "L10 EOR", "fit, s")


def main(settings: dict[str, Any]) -> None:
    name, seeds = settings.pop("dataset", "adult"), settings.pop("seeds", [0])
    words = ", ".join(f"{key} {value}" for key, value in settings.items()) or "default"
    split = load_dataset(name)
    results = pd.DataFrame([score(split, settings, seed) for seed in seeds], columns=COLUMNS)
    cells = [mean_and_std(results[column], 0 if column == "fit, s" else 3) for column in COLUMNS]
    sys.stdout.write(f"| {name}: {words} | {' | '.join(cells)} |\n")


def score(split: Split, settings: dict[str, Any], seed: int) -> list[float]:
    """Compute the numbers of COLUMNS, at level 0 (the joint of the data) and level 10, for the first attribute."""
    start = time.perf_counter()
    model = FairTab(**settings).fit(split.train, split.validation, seed=seed)
    seconds = time.perf_counter() - start
    attribute = split.schema.sensitive[0]
    validation = Split(split.train, split.validation, split.validation)
    level = {}
    for i in (0, 10):
        synthetic = model.sample(len(split.train), seed=seed, joint=model.joint.balanced(i))
        level[i] = evaluate(synthetic, validation, seed=seed, classifier={"iterations": TREES}).metrics
    fidelity = [level[0]["fidelity/column_error"], level[0]["fidelity/pair_error"]]
    fairness = [level[10][f"fairness/{kind}/{attribute}"] for kind in ("dpr", "eor")]
    return [level[0]["utility/auc"], *fidelity, level[10]["utility/auc"], *fairness, seconds]


if __name__ == "__main__":
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    pairs = (argument.partition("=") for argument in sys.argv[1:])
    main({key: yaml.safe_load(value) for key, _, value in pairs})
