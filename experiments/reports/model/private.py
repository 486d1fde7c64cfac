"""Utility against privacy, of experiment=private and of rivals whose variant names epsilon."""

from __future__ import annotations

import pandas as pd

from experiments import methods
from experiments.columns import heading, over_attributes
from experiments.reports.model.seeds import SEEDS, by_group, cells
from experiments.reports.model.shown import counted
from experiments.reports.text import markdown
from experiments.sweep import grid

METRICS = ("utility/auc", "dpr", "eor", "fidelity/column_error", "fidelity/pair_error")
VARIANT = r"^epsilon-([\d.]+)$"
TITLE = "Utility against epsilon"
HOW_TO_READ = (
    "Mean ± standard deviation over seeds, on test rows. DPR and EOR are means over the sensitive attributes, without "
    "their intersection."
)
LEVELS = ("balance-0", "balance-10", "native")
WITHOUT = float("inf")  # the epsilon of a fit that is not private


def private(runs: pd.DataFrame) -> pd.DataFrame:
    """Compute each metric over seeds, for each dataset, level, epsilon and method, as `by_group` does.

    DPR and EOR are averaged over the sensitive attributes (not their intersection). If a method has private runs of a
    dataset, it is shown without privacy, too. `experiment=private` is at levels 0 and 10; "native" is a method that
    cannot be steered.
    """
    runs = _shown(runs)
    epsilon = pd.to_numeric(runs["variant"].str.extract(VARIANT)[0])
    is_named = (runs["dataset"] + runs["method"]).isin((runs["dataset"] + runs["method"])[epsilon.notna()])
    plain = runs["variant"].eq(grid.DEFAULT) & is_named & runs["method"].map(methods.is_private)
    runs = runs.assign(epsilon=epsilon.mask(plain, WITHOUT)).dropna(subset=["epsilon"])
    runs = runs.assign(**{kind: over_attributes(runs, f"fairness/{kind}") for kind in ("dpr", "eor")})
    return by_group(runs, ["dataset", "level", "epsilon", "method"], METRICS)


def lines(frame: pd.DataFrame) -> list[tuple[str, str, list[str]]]:
    """Describe each row: dataset, then method, level, epsilon and seeds, then mean and spread of each metric."""
    return [
        (
            f"{dataset} ",
            counted(f"{methods.label(method)}, {_level(level)}, {_epsilon(epsilon)}", int(row[SEEDS])),
            cells(row, METRICS),
        )
        for (dataset, level, epsilon, method), row in frame.iterrows()
    ]


def to_markdown(runs: pd.DataFrame) -> str:
    """Write a Markdown table with a line above each dataset."""
    return markdown.grouped(["", *map(heading, METRICS)], lines(private(runs)))


def has_any(runs: pd.DataFrame) -> bool:
    """Tell whether some run that is shown is of a private fit."""
    return bool(_shown(runs)["variant"].str.match(VARIANT).any())


def _shown(runs: pd.DataFrame) -> pd.DataFrame:
    runs = grid.judged(runs[runs["method"].ne(methods.REAL)])  # a variant may have a ceiling of its own
    return runs[runs["level"].isin(LEVELS)]


def files(runs: pd.DataFrame) -> dict[str, str]:
    """Make epsilon.csv and epsilon.md; no files if no run is private."""
    if not has_any(runs):
        return {}
    text = private(runs).to_csv(float_format="%.6f", lineterminator="\n")
    return {"epsilon.csv": text, "epsilon.md": f"### {TITLE}\n\n{HOW_TO_READ}\n\n{to_markdown(runs)}"}


def _level(level: str) -> str:
    return "own joint" if level == "native" else f"level {level.removeprefix('balance-')}"


def _epsilon(epsilon: float) -> str:
    return "not private" if epsilon == WITHOUT else f"epsilon {epsilon:g}"
