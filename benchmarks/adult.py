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
from experiments.reports.published import published
from experiments.reports.summary import label

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
README = ROOT / "README.md"
BEGIN, END = "<!-- benchmarks.adult -->\n", "<!-- end -->"
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
    table = report(store.frame(RESULTS / "runs"))
    text = README.read_text()
    before, rest = text.split(BEGIN)
    README.write_text(before + BEGIN + table + END + rest.split(END, 1)[1])
    sys.stdout.write(table)


def report(runs: pd.DataFrame) -> str:
    """A Markdown table of means and standard deviations over seeds, and the machine they come from."""
    paper = published(yaml.safe_load((ROOT / "conf" / "dataset" / "adult.yaml").read_text())["paper"])
    ours = runs[runs["method"] == "fairtab"]
    groups = {
        "FairTab, level 10": ours[ours["level"] == "balance-10"],
        "FairTab, level 0": ours[ours["level"] == "balance-0"],
        "real table": runs[runs["method"] == "real"],
    }
    lines = [
        f"| | {' | '.join(groups)} | paper, level 10 |",
        "|---" * (len(groups) + 2) + "|",
        *(_line(label(name), name, groups, paper, 3) for name in METRICS),
        *(_line(words, name, groups, paper, 1) for name, words in COSTS.items()),
    ]
    peak = max(runs[MEMORY + stage].max() for stage in STAGES) / 1024
    made_on = environment.describe()
    lines += [
        "",
        f"Test table, mean ± standard deviation over seeds {SEEDS}. Measured on {made_on['cores']} cores of "
        f"{made_on['processor']} with torch {made_on['packages']['torch']}; peak memory of any stage {peak:.1f} GB.",
    ]
    return "\n".join(lines) + "\n"


def _line(words: str, name: str, groups: dict[str, pd.DataFrame], paper: dict[str, float], digits: int) -> str:
    cells = [f"{rows[name].mean():.{digits}f} ± {rows[name].std():.{digits}f}" for rows in groups.values()]
    return f"| {words} | {' | '.join(cells)} | {f'{paper[name]:,.{digits}f}' if name in paper else ''} |"


if __name__ == "__main__":
    main()
