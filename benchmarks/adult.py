"""FairTab on Adult: three seeds at levels 0 and 10, beside the real training table and the paper.

    python -m benchmarks.adult          run what is missing, then write the table into README.md

Runs are kept in benchmarks/results, so that a second call takes seconds; remove the folder to measure anew.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml

from experiments import environment, store
from experiments.reports import markdown
from experiments.reports.published import published
from experiments.reports.summary import label

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
SEEDS = "0,1,2"
METRICS = (
    "utility/auc",
    "fairness/dpr/sex",
    "fairness/eor/sex",
    "score/sex",
    "fairness/dpr/race",
    "fairness/eor/race",
    "score",
    "utility/accuracy",
    "utility/balanced_accuracy",
    "utility/positive_rate",
    "fidelity/column_error",
    "fidelity/pair_error",
    "privacy/dcr",
    "privacy/dcr_published",
)
COSTS = {"seconds/fit": "fit, s", "seconds/sample": "sample 22,611 rows, s", "seconds/evaluate": "evaluate, s"}
MEMORY = "peak_memory_mb/"
STAGES = ("fit", "sample", "evaluate")


def main() -> None:
    sweep = ["-m", f"seed={SEEDS}", "balance=0,10", "logger=csv", f"results_dir={RESULTS}"]
    subprocess.run([sys.executable, str(ROOT / "run.py"), *sweep], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    text = report(store.frame(RESULTS / "runs"))
    markdown.fill(ROOT / "README.md", "benchmarks.adult", text)
    sys.stdout.write(text)


def report(runs: pd.DataFrame) -> str:
    """A Markdown table of means and standard deviations over seeds, and the machine they come from."""
    paper = published(yaml.safe_load((ROOT / "conf" / "dataset" / "adult.yaml").read_text())["paper"])
    ours = runs[runs["method"] == "fairtab"]
    groups = {
        "FairTab, level 10": ours[ours["level"] == "balance-10"],
        "FairTab, level 0": ours[ours["level"] == "balance-0"],
        "real table": runs[runs["method"] == "real"],
    }
    rows = [_row(label(name), name, groups, paper, 3) for name in METRICS]
    rows += [_row(words, name, groups, paper, 1) for name, words in COSTS.items()]
    peak = max(runs[MEMORY + stage].max() for stage in STAGES) / 1024
    made_on = environment.describe()
    return markdown.table(["", *groups, "paper, level 10"], rows) + (
        f"\nTest table, mean ± standard deviation over seeds {SEEDS}. Measured on {made_on['cores']} cores of "
        f"{made_on['processor']} with torch {made_on['packages']['torch']}; peak memory of any stage {peak:.1f} GB.\n"
    )


def _row(words: str, name: str, groups: dict[str, pd.DataFrame], paper: dict[str, float], digits: int) -> list[str]:
    cells = [markdown.mean_and_std(rows[name], digits) for rows in groups.values()]
    return [words, *cells, f"{paper[name]:,.{digits}f}" if name in paper else ""]


if __name__ == "__main__":
    main()
