"""The paper's results tables from runs on disk, beside the paper's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.columns import DASH, fewer, label
from experiments.methods import Method
from experiments.reports.model import claims, private, tradeoff
from experiments.reports.model.comparison import AUC, OTHERS_TABLE, Comparison, column
from experiments.reports.model.published import TIMED_ON, efficiency
from experiments.reports.model.values import Value, mean_of, placed
from experiments.reports.text.cells import Column
from experiments.reports.text.layout import MEAN, Table
from experiments.reports.text.table_files import table_files
from experiments.store import frames
from experiments.sweep import grid
from fairtab.errors import InputError
from fairtab.metrics.catalogue import ATTACKS, UNIFORM, split_name

HOW_TO_READ = (
    "Mean ± standard deviation over seeds; best in bold, second underlined, ceilings and floor aside. In brackets the "
    "paper's mean, and ours minus it where that is larger than both spreads."
)
ERRORS = ("fidelity/column_error", "fidelity/pair_error")
AUC_AND_DCR = (AUC, "privacy/dcr", "privacy/dcr_published")
OF_A_VARIANT = (
    "Settings: variant {variant}, on the datasets that have runs of it. A method that can be tuned and has no such "
    "runs has no numbers here, and the others are placed without it. Methods with nothing to tune are as they are."
)
OTHERS = "Datasets that the paper does not have: errors, AUC and DCR"


def tables(comparison: Comparison) -> list[Table]:
    """Make Tables 1 to 4 and 7 to 9 of the paper, and our own: other datasets, privacy, every attribute, and ranks."""
    paper, beyond = comparison.of_paper(), comparison.beyond_paper()
    return [
        datasets(comparison),
        *(of_paper(paper) if paper.datasets else [costs(comparison)]),
        *([quality(beyond, "others", OTHERS, [*ERRORS, *AUC_AND_DCR])] if beyond.datasets else []),
        quality(
            comparison,
            "privacy",
            "Exact copies of training rows, and membership inference",
            ["privacy/exact_copies", "privacy/exact_copies_of_holdout", "privacy/membership_auc"],
        ),
        *_attacks(comparison),
        *(every_attribute(comparison, name) for name in comparison.datasets if comparison.attributes(name)),
        ranks(comparison),
    ]


def of_paper(comparison: Comparison) -> list[Table]:
    """Make the tables whose numbers the paper has, too. comparison: of the paper's datasets."""
    uniform = "with sensitive columns overwritten by uniform draws"
    return [
        quality(comparison, "table2", "Column and pair error", ERRORS),
        quality(comparison, "table3", "AUC and DCR", AUC_AND_DCR),
        quality(comparison, "table4", "DPR and EOR", ["fairness/dpr/{a}", "fairness/eor/{a}"]),
        costs(comparison),
        quality(comparison, "table8", f"AUC {uniform}", [f"{UNIFORM}{AUC}"]),
        quality(
            comparison,
            "table9",
            f"DPR and EOR {uniform}",
            [f"{UNIFORM}fairness/{kind}/{{a}}" for kind in ("dpr", "eor")],
        ),
    ]


def _attacks(comparison: Comparison) -> list[Table]:
    """Make the table of attacks, if a run has been attacked: they are made on request."""
    if not any(name in comparison.runs for name in ATTACKS):
        return []
    shown = ["density_ratio_auc", "worst_group_auc", *(f"{name}_risk" for name in ("singling_out", "linkability"))]
    names = [f"attacks/{name}" for name in (*shown, "inference_risk", "most_copies")]
    return [quality(comparison, "attacks", "Attacks on tables, against test rows", names)]


def datasets(comparison: Comparison) -> Table:
    """Make the paper's Table 1, with the rate of positive labels in each group."""
    words = (
        "rows",
        "training",
        "validation",
        "test",
        "numerical",
        "categorical",
        "sensitive",
        "target",
        "positive rate",
    )
    rows = []
    for name in comparison.datasets:
        facts = comparison.facts.get(name)
        rows.append((comparison.title(name), _described(facts) if facts else [DASH] * (len(words) + 1)))
    columns = [Column(word) for word in (*words, "positive rate of groups (their share of rows)")]
    return Table("table1", "Table 1: datasets", columns, rows, _footnotes(comparison), row="dataset")


def quality(comparison: Comparison, name: str, title: str, metrics: Sequence[str]) -> Table:
    """Make a table with a row for each method, and columns for each dataset and the mean of each metric."""
    shown = comparison.methods
    columns, values = [], []
    for metric in metrics:
        goal = split_name(metric)[0].goal
        of_metric = []
        for dataset in comparison.datasets:
            attribute = next(iter(comparison.attributes(dataset)), "")
            words = label(metric.removesuffix("/{a}"))
            words_of = f"({attribute})" if "{a}" in metric and attribute else ""
            columns.append(Column(words, f"{comparison.title(dataset)} {words_of}".strip(), goal=goal))
            of_metric.append([comparison.value(dataset, method, metric) for method in shown])
        values += of_metric
        in_grid = of_metric[: len(comparison.grid.datasets)]  # other datasets are not part of the mean
        if len(in_grid) > 1:
            columns.append(Column(label(metric.removesuffix("/{a}")), MEAN, goal=goal))
            values.append([mean_of(row) for row in zip(*in_grid, strict=True)])
    number = name.removeprefix("table")
    title = f"Table {number}: {title}" if number != name else title
    return _compared(name, title, columns, values, shown, (HOW_TO_READ, *_footnotes(comparison)))


def costs(comparison: Comparison) -> Table:
    """Make the paper's Table 7, for the same dataset: parameters, time, memory and device."""
    dataset = next(
        (n for n in comparison.datasets if (comparison.facts.get(n, {}).get("paper") or {}).get("name") == TIMED_ON),
        comparison.datasets[0],
    )
    columns = [
        Column("parameters", digits=0),
        Column("fit, s/epoch", digits=2),
        Column("fit, s", digits=1),
        Column("fit, CPU s", digits=1),
        Column("sampling, s", digits=1),
        Column("sampling, CPU s", digits=1),
        Column("peak memory, MB", digits=0),
        Column("device"),
    ]
    rows = []
    for method in comparison.methods:
        runs, asked = comparison.of_cell(dataset, method.name), comparison.asked(dataset, method)
        memory = pd.concat([column(runs, f"peak_memory_mb/{stage}") for stage in ("fit", "sample")], axis=1).max(axis=1)
        quantities = {
            "n_parameters": column(runs, "n_parameters"),
            "seconds/epoch": column(runs, "seconds/fit") / column(runs, "n_epochs"),
            "seconds/fit": column(runs, "seconds/fit"),
            "cpu_seconds/fit": column(runs, "cpu_seconds/fit"),
            "seconds/sample": column(runs, "seconds/sample"),
            "cpu_seconds/sample": column(runs, "cpu_seconds/sample"),
            "peak_memory_mb": memory,
        }
        published = efficiency(method.paper)
        values: list[Value | str] = []
        for name, by_seed in quantities.items():
            measured = len(runs) if name == "seconds/epoch" else int(by_seed.notna().sum())
            paper = (published[name], None) if name in published else None
            full = len(comparison.grid.seeds)
            values.append(Value.over_seeds(by_seed, measured=measured, asked=asked, full=full, published=paper))
        devices = "; ".join(sorted(set(runs["device"].dropna()))) if "device" in runs else ""
        rows.append((method.label, [*values, devices or (DASH if asked else "")]))
    notes = (
        f"On {dataset}. Mean ± standard deviation over seeds; in brackets what the paper measured on an RTX 3090. A "
        "method without epochs has no seconds of one: undefined. CPU s: of all cores together; what other programs "
        "take of the same cores adds to seconds by the clock alone.",
    )
    return Table("table7", "Table 7: what methods cost", columns, rows, notes)


def every_attribute(comparison: Comparison, dataset: str) -> Table:
    """Make a table of AUC, fairness for each sensitive attribute and their intersection, SCORE, and rank by SCORE."""
    attributes = comparison.attributes(dataset)
    sensitive = comparison.facts[dataset]["sensitive"]
    pairs = [f"fairness/{kind}/{name}" for name in attributes for kind in ("dpr", "eor")]
    metrics = [AUC, *pairs, *(f"score/{name}" for name in attributes if name in sensitive), "score"]
    shown = comparison.methods
    values = [[comparison.value(dataset, method, metric) for method in shown] for metric in metrics]
    columns = [Column(label(metric), goal=split_name(metric)[0].goal) for metric in metrics]
    ranked = dict(zip((method.label for method in shown), _ranks(shown, values[-1]), strict=True))
    notes = (
        HOW_TO_READ,
        "SCORE = 0.5 AUC + 0.25 DPR + 0.25 EOR, averaged over attributes where none is named; rank is by it.",
    )
    table = _compared(
        f"attributes-{dataset}", f"{comparison.title(dataset)}: every attribute", columns, values, shown, notes
    )
    rows = [(name, [*row, str(ranked[name] or "")]) for name, row in table.rows]
    return Table(
        table.name, table.title, [*columns, Column("rank")], rows, (*notes, *_footnotes(comparison, [dataset]))
    )


def ranks(comparison: Comparison) -> Table:
    """Make a table of each method's rank by SCORE on each dataset of the benchmark, and the mean rank."""
    shown = [method for method in comparison.methods if method.name and method.competes]
    names = comparison.grid.datasets  # on others few methods ran
    scores = [[comparison.value(name, method, "score") for method in shown] for name in names]
    rows = []
    for i, (method, *places) in enumerate(
        zip(shown, *(_ranks(shown, of_dataset) for of_dataset in scores), strict=True)
    ):
        mean = DASH if None in places else f"{sum(places) / len(places):.1f}"
        of_method = [_rank(rank, of_dataset[i]) for rank, of_dataset in zip(places, scores, strict=True)]
        rows.append((method.label, [*of_method, mean]))
    columns = [*(Column(comparison.title(name)) for name in names), Column("mean rank")]
    notes = (
        "By the mean over seeds of SCORE, which is averaged over the sensitive attributes. (n=1) marks a rank by fewer "
        "seeds than the benchmark has.",
    )
    return Table("ranks", "Rank by SCORE", columns, rows, (*notes, *_footnotes(comparison, names)))


def build(root: Path, variant: str = grid.DEFAULT) -> tuple[dict[str, str], list[str]]:
    """Make every file of `results_dir/tables`.

    Parameters
    ----------
    root : Path
        The folder of runs.
    variant : str
        The variant of the methods' settings.

    Returns
    -------
    files : dict
        The text of each file by its name. It is empty if there are no runs.
    missing : list of str
        A line for each cell of the benchmark that no run has measured.

    Raises
    ------
    InputError
        No run is of the variant.
    """
    runs, facts, asked = frames.frame(root), frames.datasets(root), grid.paper_grid()
    if variant != grid.DEFAULT:
        runs, facts, asked = _of_variant(variant, runs, facts, asked)
    made = tables(Comparison(grid.protocol(runs, variant), facts, asked))
    if variant != grid.DEFAULT:
        note = OF_A_VARIANT.format(variant=variant)
        made = [replace(table, title=f"{table.title} ({variant})", notes=(*table.notes, note)) for table in made]
    missing = [line for table in made for line in table.missing()]
    if runs.empty:
        return {}, missing
    texts = {name: text for table in made for name, text in table_files(table).items()}
    replicates = frames.replicates(root, grid.protocol(runs, variant))
    more = claims.files(claims.claims(replicates, runs, facts, variant))
    if variant == grid.DEFAULT:  # levels and epsilon are of default settings alone
        more |= tradeoff.files(runs) | private.files(runs)
    return texts | more, missing


def _of_variant(
    variant: str, runs: pd.DataFrame, facts: dict[str, dict[str, Any]], asked: grid.Grid
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]], grid.Grid]:
    """Keep the datasets that have runs of the variant."""
    known = [] if runs.empty else sorted(set(runs["variant"]))
    if variant not in known:
        raise InputError(f"no run is of variant {variant}: there are {', '.join(known) or 'none'}")
    kept = set(runs.loc[runs["variant"].eq(variant), "dataset"])
    noted = {name: of_dataset for name, of_dataset in facts.items() if name in kept}
    datasets = tuple(name for name in asked.datasets if name in kept)
    return runs[runs["dataset"].isin(kept)], noted, replace(asked, datasets=datasets)


def _compared(
    name: str,
    title: str,
    columns: list[Column],
    values: list[list[Value]],
    shown: list[Method],
    notes: tuple[str, ...],
) -> Table:
    """Make a table from columns of values, one value for each method, and mark the best of each column."""
    marked = []
    for shown_column, cells in zip(columns, values, strict=True):
        taking_part = [value if method.competes else None for method, value in zip(shown, cells, strict=True)]
        places = placed(taking_part, shown_column.goal, shown_column.digits)
        marked.append([v if p is None else p for v, p in zip(cells, places, strict=True)])
    rows = [
        (method.label, list(row))
        for method, *row in zip(shown, *marked, strict=True)
        if any(value.asked or value.measured or value.published for value in row)
    ]
    return Table(name, title, columns, rows, notes)


def _ranks(shown: Sequence[Method], scores: Sequence[Value]) -> list[int | None]:
    """Rank methods from 1, the best. Equal scores share a rank; ceilings, floors and undefined scores have None."""
    taking_part = {
        i: score.mean
        for i, (method, score) in enumerate(zip(shown, scores, strict=True))
        if method.competes and score.mean is not None
    }
    order = sorted(taking_part.values(), reverse=True)
    return [order.index(taking_part[i]) + 1 if i in taking_part else None for i in range(len(shown))]


def _rank(rank: int | None, score: Value) -> str:
    return DASH if rank is None else f"{rank}{fewer(score.n, score.full)}"


def _described(facts: Mapping[str, Any]) -> list[str]:
    rows = facts["rows"]
    groups = [
        f"{name}: " + ", ".join(f"{group} {_rate(its)} ({its['share']:.0%})" for group, its in groups.items())
        for name, groups in facts["groups"].items()
    ]
    counts = (sum(rows.values()), *rows.values(), facts["n_numerical"], facts["n_categorical"])
    label = f"{facts['target']} = {facts['positive']}" if "positive" in facts else f"{facts['target']}: {facts['task']}"
    words = (", ".join(facts["sensitive"]), label, _rate(facts))
    return [*(f"{count:,}" for count in counts), *words, "; ".join(groups)]


def _rate(described: Mapping[str, Any]) -> str:
    """Write the rate of positive labels, a dash if the label does not have two values."""
    return f"{described['positive_rate']:.3f}" if "positive_rate" in described else "-"


def _footnotes(comparison: Comparison, names: Sequence[str] | None = None) -> tuple[str, ...]:
    marked = [name for name in names or comparison.datasets if comparison.title(name).endswith(OTHERS_TABLE)]
    return (
        (f"{OTHERS_TABLE} not the paper's table, so no number of the paper stands beside: {', '.join(marked)}.",)
        if marked
        else ()
    )
