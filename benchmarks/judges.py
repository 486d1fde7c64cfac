"""Does the gain of a synthetic table depend on the classifier that judges it?

    python -m benchmarks.judges                     fills benchmarks/README.md
    python -m benchmarks.judges dataset=compas      chosen datasets; prints the table and writes nothing

The synthetic tables in results/runs are judged on test rows by classifiers of several kinds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
from catboost import CatBoostClassifier
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from benchmarks.datasets import available
from benchmarks.sampling import ROOT
from experiments import methods
from experiments.reports.text import markdown
from experiments.store import frames
from experiments.store.run import Run
from experiments.sweep import grid
from fairtab import Split, Table
from fairtab.learners.classifier import N_THREADS
from fairtab.metrics.evaluate import judge

RUNS = ROOT / "results" / "runs"
METHODS = ("real", "fairtgan", methods.RECOMMENDED)
COLUMNS = {"utility/auc": "AUC", "fairness/dpr/{a}": "DPR", "fairness/eor/{a}": "EOR", "score/{a}": "SCORE"}


def _on_integers(classifier: Any) -> Any:
    """Encode categories as integers, so that the classifier takes them for numbers."""
    return _encoded(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), "passthrough", classifier)


def _on_indicators(classifier: Any) -> Any:
    """Encode categories one-hot, and standardise numbers."""
    return _encoded(OneHotEncoder(handle_unknown="ignore"), StandardScaler(), classifier)


def _encoded(categories: Any, numbers: Any, classifier: Any) -> Any:
    """Put an encoder of categories and one of numbers before the classifier."""
    encoding = (categories, make_column_selector(dtype_include="category"))
    return make_pipeline(make_column_transformer(encoding, remainder=numbers), classifier)


QUIET = {"thread_count": N_THREADS, "verbose": False, "allow_writing_files": False}
CLASSIFIERS: dict[str, Callable[[int], Any]] = {  # from a seed
    "CatBoost, categories as integers": lambda seed: _on_integers(CatBoostClassifier(random_seed=seed, **QUIET)),
    "histogram gradient boosting": lambda seed: HistGradientBoostingClassifier(
        random_state=seed, categorical_features="from_dtype"
    ),
    "random forest": lambda seed: _on_integers(RandomForestClassifier(random_state=seed, n_jobs=N_THREADS)),
    "logistic regression": lambda seed: _on_indicators(LogisticRegression(max_iter=1000, random_state=seed)),
}


def main(datasets: list[str]) -> str:
    """Make the Markdown table: mean and standard deviation over the seeds whose tables are on disk. Exit if none is."""
    runs = [run for run in frames.finished(RUNS) if run.level in grid.LEVELS and run.variant == "default"]
    lines: list[tuple[str, str, list[str]]] = []
    for name, split in available(datasets):
        judged = [run for run in runs if run.dataset == name and run.method in METHODS and run.has_synthetic()]
        if judged:
            lines += _lines(split, sorted(judged, key=lambda run: METHODS.index(run.method)))
        else:
            sys.stderr.write(f"{name} is left out: none of its synthetic tables is on disk. `make bench` makes them.\n")
    if not lines:
        sys.exit("there is no synthetic table to judge")
    return markdown.grouped(["", *COLUMNS.values(), "seeds"], lines)


def _lines(split: Split, runs: list[Run]) -> Iterator[tuple[str, str, list[str]]]:
    attribute = split.schema.sensitive[0]
    scored = pd.DataFrame([row for run in runs for row in _judged(run, split)])
    digits = {name.format(a=attribute): 3 for name in COLUMNS}
    for classifier, by_classifier in scored.groupby("classifier", sort=False):
        for method, seeds in by_classifier.groupby("method", sort=False):
            words = f"{classifier}: {methods.label(str(method))}"
            yield f"{runs[0].dataset} ({attribute})", words, [*markdown.means(seeds, digits), str(len(seeds))]


def _judged(run: Run, split: Split) -> Iterator[dict[str, Any]]:
    """Yield a row for each classifier: the metrics of the run itself, then those by the other classifiers."""
    yield {"method": run.method, "classifier": "CatBoost, as in every table here", **frames.row(run)}
    synthetic = Table(pd.read_parquet(run.synthetic_path), split.schema)
    for name, make in CLASSIFIERS.items():
        metrics = judge(synthetic, split.test, seed=run.seed, classifier=make).metrics
        yield {"method": run.method, "classifier": name, **metrics}


if __name__ == "__main__":
    asked = dict(argument.split("=") for argument in sys.argv[1:])
    text = main(asked.get("dataset", ",".join(grid.paper_grid().datasets)).split(","))
    if not asked:
        markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.judges", text)
    sys.stdout.write(text)
