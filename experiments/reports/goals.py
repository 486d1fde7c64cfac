"""Goals asked for and what they gave: a table (in the README by `make readme`), and a figure for each dataset.

python -m experiments.reports.goals [results_dir]      writes results/figures/goals-<dataset>.{png,svg}
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from experiments import methods, store
from experiments.figures import style
from experiments.figures.frontier import AUC, pareto
from experiments.reports import markdown
from experiments.reports.published import published_methods

ROOT = Path(__file__).parents[2]
REFERENCES = {"balance-10": "level 10", "balance-0": "level 0"}
COLUMNS = {
    AUC: "AUC",
    "fairness/dpr/{a}": "DPR",
    "fairness/eor/{a}": "EOR",
    "score/{a}": "SCORE",
    "utility/accuracy": "accuracy",
    "utility/positive_rate": "predicted positive",
    "fidelity/column_error": "column error",
    "validation/fairness/dpr/{a}": "DPR, validation",
    "validation/fairness/eor/{a}": "EOR, validation",
    "seconds/search": "search, s",
}
DIGITS = {"seconds/search": 0}
MARKERS = "*sDP^vX"


def lines(runs: pd.DataFrame) -> list[tuple[str, str, list[str]]]:
    """Dataset and attributes, what was asked, and of each of `COLUMNS` mean and spread over seeds on test rows, of the
    recommended method at its default setting.

    A goal about several attributes is shown by the first of them.
    """
    runs = _ours(runs)
    rows = []
    for (dataset, attributes), group in runs.dropna(subset=["goal"]).groupby(
        ["dataset", "goal/attributes"], sort=False
    ):
        attribute = attributes.split(", ")[0]
        digits = {name.format(a=attribute): DIGITS.get(name, 3) for name in COLUMNS}
        levels = runs[(runs["dataset"] == dataset) & runs["level"].isin(REFERENCES)]
        for words, of in [*group.groupby("goal", sort=False), *levels.groupby("level")]:
            rows.append((f"{dataset} ({attributes})", REFERENCES.get(words, words), markdown.means(of, digits)))
    return rows


def goals(runs: pd.DataFrame) -> str:
    """The same as a Markdown table, with a line for each dataset."""
    return markdown.grouped(["", *COLUMNS.values()], lines(runs))


def _ours(runs: pd.DataFrame) -> pd.DataFrame:
    return runs[runs["method"].eq(methods.RECOMMENDED) & runs["variant"].eq("default")]


def draw(runs: pd.DataFrame, candidates: pd.DataFrame, dataset: str, attribute: str, stem: Path) -> None:
    """AUC against DPR and EOR of one attribute: every joint that searches measured (validation rows), and on test rows
    what goals and levels gave, means over seeds, beside the published methods where the paper has the dataset."""
    figure, axes = style.grid(1, 2, sharey=True)
    shown = runs.assign(words=runs["goal"].fillna(runs["level"].map(REFERENCES))).dropna(subset=["words"])
    for axis, kind in zip(axes[0], ("dpr", "eor"), strict=True):
        name = f"fairness/{kind}/{attribute}"
        known = candidates.dropna(subset=[name, AUC])
        x, y = known[name].to_numpy(), known[AUC].to_numpy()
        axis.scatter(x, y, label="joints searched (validation)", **style.CLOUD)
        front = pareto(x, y)
        axis.plot(x[front], y[front], **style.LINE)
        for i, (words, group) in enumerate(shown.groupby("words", sort=False)):
            colour = style.COLOURS[i % len(style.COLOURS)]
            axis.scatter(
                group[name].mean(), group[AUC].mean(), label=words, color=colour, marker=MARKERS[i % 7], **style.MEAN
            )
        others = published_methods(dataset, kind)
        if len(others):
            axis.scatter(others[kind], others["auc"], label="published methods", **style.FAINT)
        axis.set_xlabel(f"{kind.upper()} {attribute}")
    axes[0, 0].set_ylabel("AUC")
    style.legend_below(figure, axes[0, 0])
    style.save(figure, stem)


if __name__ == "__main__":
    results = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results"
    runs = store.frame(results / "runs")
    if "goal" not in runs:
        sys.exit("no goals yet: python run.py -m goal=score seed=0,1,2 makes some")
    runs = _ours(runs)
    candidates = store.candidates(results / "runs")
    for dataset, of in runs.dropna(subset=["goal"]).groupby("dataset"):
        attribute = of["goal/attributes"].iloc[0].split(", ")[0]
        seen = candidates[(candidates["dataset"] == dataset) & (candidates["method"] == methods.RECOMMENDED)]
        stem = ROOT / "results" / "figures" / f"goals-{dataset}"
        draw(runs[runs["dataset"] == dataset], seen, dataset, attribute, stem)
    sys.stdout.write(goals(runs))
