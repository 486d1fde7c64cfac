"""How good and how fast: FairTab at levels 10 and 0 over three seeds, beside its ceilings and the paper.

    python -m benchmarks.quality dataset=adult,bank,compas     run what is missing; writes its table into README.md here

Runs are kept in benchmarks/results, so that a second call takes seconds; remove the folder to measure anew.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml

from experiments import environment, store
from experiments.reports import markdown
from experiments.reports.published import published

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
SWEEPS = (["method=fairtab", "balance=0,10"], ["method=resample", "balance=10"])
ROWS = {
    "FairTab, level 10": ("fairtab", "balance-10"),
    "real rows resampled, level 10": ("resample", "balance-10"),
    "FairTab, level 0": ("fairtab", "balance-0"),
    "real table": ("real", "native"),
}
COLUMNS = {  # {s} is the first sensitive attribute
    "AUC": ("utility/auc", 3),
    "DPR": ("fairness/dpr/{s}", 3),
    "EOR": ("fairness/eor/{s}", 3),
    "SCORE": ("score/{s}", 3),
    "accuracy": ("utility/accuracy", 3),
    "predicted positive": ("utility/positive_rate", 3),
    "column error": ("fidelity/column_error", 3),
    "pair error": ("fidelity/pair_error", 3),
    "DCR": ("privacy/dcr", 3),
    "fit, s": ("seconds/fit", 0),
    "sample, s": ("seconds/sample", 1),
}
STAGES = ("fit", "sample", "evaluate")


def main(datasets: str) -> None:
    for sweep in SWEEPS:
        choices = [f"dataset={datasets}", "seed=0,1,2", "logger=csv", f"results_dir={RESULTS}"]
        command = [sys.executable, str(ROOT / "run.py"), "-m", *choices, *sweep]
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)  # it says itself what failed
    runs = store.frame(RESULTS / "runs")
    text = report(runs, [name for name in datasets.split(",") if name in set(runs["dataset"])])
    markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.quality", text)
    sys.stdout.write(text)


def report(runs: pd.DataFrame, datasets: list[str]) -> str:
    """A Markdown table of means and standard deviations over seeds, and the machine they come from."""
    rows = [row for name in datasets for row in _rows(name, runs[runs["dataset"] == name])]
    peak = max(runs[f"peak_memory_mb/{stage}"].max() for stage in STAGES) / 1024
    made_on = environment.describe()
    return markdown.table(["", *COLUMNS], rows) + (
        f"\nMean ± standard deviation over three seeds, on the test table. Measured on {made_on['cores']} cores of "
        f"{made_on['processor']}, torch {made_on['packages']['torch']}; peak memory of any stage {peak:.1f} GB.\n"
    )


def _rows(dataset: str, runs: pd.DataFrame) -> Iterator[list[str]]:
    config = yaml.safe_load((ROOT / "conf" / "dataset" / f"{dataset}.yaml").read_text())
    s = config["sensitive"][0]
    yield [f"**{dataset}** ({s})", *[""] * len(COLUMNS)]
    for words, (method, level) in ROWS.items():
        cell = runs[(runs["method"] == method) & (runs["level"] == level)]
        numbers = [(cell.get(name.format(s=s), pd.Series()), digits) for name, digits in COLUMNS.values()]
        yield [words, *(markdown.mean_and_std(values, digits) for values, digits in numbers)]
    if paper := published(config["paper"]):
        names = [(name.format(s=s), digits) for name, digits in COLUMNS.values()]
        yield ["paper, level 10", *(f"{paper[name]:,.{digits}f}" if name in paper else "-" for name, digits in names)]


if __name__ == "__main__":
    main(dict(argument.split("=") for argument in sys.argv[1:]).get("dataset", "adult,bank,compas"))
