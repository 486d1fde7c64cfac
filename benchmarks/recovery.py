"""Is the truth of the made-up table `code` found again in a balanced table?

    python -m benchmarks.recovery                      fills docs/tutorials/balance-an-evaluation.md
    python -m benchmarks.recovery results=elsewhere    other runs; prints the table and writes nothing

The synthetic tables of the runs in results/runs/code are compared with what benchmarks/code_table.py knows.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import logit
from scipy.stats import kendalltau

from benchmarks.code_table import tasks, truth
from experiments.columns import mean_and_std
from experiments.reports.text import markdown
from experiments.store.run import Run
from fairtab import load_dataset

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorials" / "balance-an-evaluation.md"
SEEDS = (0, 1, 2)
SAME = 0.01  # rates that differ by less have no order
TABLES = {  # words, method, level
    "real rows resampled, level 10": ("resample", "balance-10"),
    "independent columns": ("independent", "native"),
    "FairTab, level 0": ("fairtab", "balance-0"),
    "**FairTab, level 10**": ("fairtab", "balance-10"),
    "**FairTab, `goal=score`**": ("fairtab", "goal-score"),
}
HEADER = ["", "order of models", "error of models", "order of languages", "rates of languages, lowest to highest"]


def recovered(frame: pd.DataFrame) -> dict[str, float]:
    """Compare a table with the truth.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows with columns `model`, `language` and `outcome`.

    Returns
    -------
    dict
        Kendall's tau of models and of languages, from -1 to 1, nan if all languages have one rate; the root mean
        squared error of the models' centred log-odds; and the lowest and the highest pass rate of a language.
    """
    passed = frame["outcome"].eq("pass")
    models, languages = (passed.groupby(frame[by].astype(str)).mean() for by in ("model", "language"))
    effects = tasks().groupby("language")["effect"].first()
    expected, found = (logit(rates) - logit(rates).mean() for rates in (truth(), models))
    return {
        "models": float(kendalltau(expected, found).statistic),
        "error": float(np.sqrt(np.square(expected - found).mean())),
        "languages": float(kendalltau(effects, languages).statistic) if np.ptp(languages) > SAME else np.nan,
        "lowest": float(languages.min()),
        "highest": float(languages.max()),
    }


def cells(found: pd.DataFrame) -> list[str]:
    """Write the comparisons of a table's seeds, one row each."""
    ends = [mean_and_std(found[name], 2) for name in ("lowest", "highest")]
    return [*(mean_and_std(found[name], 2) for name in ("models", "error", "languages")), " to ".join(ends)]


def main(runs: Path) -> str:
    """Make the table."""
    rows = [["real table", *cells(pd.DataFrame([recovered(load_dataset("code").train.frame)]))]]
    for words, (method, level) in TABLES.items():
        made = [Run(runs, "code", method, "default", seed, level) for seed in SEEDS]
        read = [pd.read_parquet(run.synthetic_path) for run in made if run.synthetic_path.exists()]
        if read:
            rows.append([words, *cells(pd.DataFrame(map(recovered, read)))])
    return markdown.table(HEADER, rows)


if __name__ == "__main__":
    given = dict(word.split("=") for word in sys.argv[1:])
    text = main(Path(given.get("results", ROOT / "results")) / "runs")
    if not given:
        markdown.fill(PAGE, "benchmarks.recovery", text)
    sys.stdout.write(text)
