"""Compare settings of guidance on the validation tables, at level 10, to choose the default.

    python -m benchmarks.guidance       writes the table into docs/sampling.md

Each dataset is fitted once (seed 0) and sampled with every setting and three seeds. The test tables are not read.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from benchmarks.datasets import available
from experiments.columns import mean_and_std
from experiments.reports.text import markdown
from fairtab import FairTab, Split
from fairtab.metrics.evaluate import judge

ROOT = Path(__file__).parents[1]
DATASETS = ("adult", "bank", "compas")
SEEDS = (0, 1, 2)
OPEN = {"name": "composed", "phi": "one", "threshold": float("inf"), "w_m": 0.0}
SETTINGS = {
    "joint": {"name": "joint"},
    "composed, open gate, no momentum, scale 0.5": {**OPEN, "sensitive_scale": 0.5},
    "the same, scale 0.75": {**OPEN, "sensitive_scale": 0.75},
    "the same, scale 1": {**OPEN, "sensitive_scale": 1.0},
    "composed, Table 5, phi at least 1": {"name": "composed"},
    "composed, Table 5, phi at most 1": {"name": "composed", "phi": "at_most_one"},
}
TREES = 400  # CatBoost has fewer trees than in the protocol, to save time
COLUMNS = ("AUC", "DPR", "EOR", "SCORE")


def main() -> None:
    rows = []
    for name, split in available(DATASETS):
        rows += _rows(name, split)
    text = (
        markdown.table(["", *COLUMNS], rows) + "\nMean ± standard deviation over three seeds of sampling and scoring.\n"
    )
    markdown.fill(ROOT / "docs" / "sampling.md", "benchmarks.guidance", text)
    sys.stdout.write(text)


def _rows(name: str, split: Split) -> list[list[str]]:
    attribute = split.schema.sensitive[0]
    model = FairTab().fit(split.train, split.validation, seed=0)
    rows = [[f"**{name}** ({attribute})", *[""] * len(COLUMNS)]]
    for words, guidance in SETTINGS.items():
        model.sampler = {**model.sampler, "guidance": guidance}
        scores = pd.DataFrame([_score(model, split, attribute, seed) for seed in SEEDS], columns=COLUMNS)
        rows.append([words, *(mean_and_std(scores[column]) for column in COLUMNS)])
    return rows


def _score(model: FairTab, split: Split, attribute: str, seed: int) -> list[float]:
    synthetic = model.sample(len(split.train), seed=seed, joint=model.joint.balanced(10))
    metrics = judge(synthetic, split.validation, seed=seed, classifier={"iterations": TREES}).metrics
    names = ("utility/auc", f"fairness/dpr/{attribute}", f"fairness/eor/{attribute}", f"score/{attribute}")
    return [metrics[name] for name in names]


if __name__ == "__main__":
    main()
