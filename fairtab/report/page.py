"""The report as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from fairtab.html import charts
from fairtab.html.heat import heat
from fairtab.html.templating import STYLE, renderer, table
from fairtab.report.numbers import between, number, percent
from fairtab.report.sentences import answer, measured_on, sentences

HERE = Path(__file__).parent
TITLE = "Report on a synthetic table"
VERDICTS = {"yes": "holds", "no": "does not hold", "unsure": "too few rows to be sure", "unknown": "undefined"}
RATES = {
    "share": "share of rows",
    "label": "positive labels",
    "selected": "selected",
    "true_positive": "true positives",
    "false_positive": "false positives",
}
ATTACKS = {
    "singling_out": "a single person has these values",
    "linkability": "these two halves are of one person",
    "inference": "the unknown value of this person is",
}
render = renderer(HERE / "templates")


def page(facts: Mapping[str, Any]) -> str:
    """Write the page.

    Parameters
    ----------
    facts
        As in `fairtab.report.Report`.

    Returns
    -------
    str
        HTML that fetches nothing and runs no script.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [30, 40] * 40, "sex": ["f", "m"] * 40, "paid": [0, 0, 1, 1] * 20})
    >>> from fairtab import check
    >>> facts = check(frame, frame, target="paid", positive=1, sensitive="sex").facts
    >>> page(facts)[:15]
    '<!doctype html>'
    """
    sections = {
        "Summary": render("summary", sentences=sentences(facts), answer=_answer(facts), facts=facts),
        "Quality": render(
            "quality",
            quality=_quality(facts),
            judge=facts["judge"],
            task=facts["asked"]["task"],
            numbers=_numbers(facts),
        ),
        "Groups": render(
            "groups",
            groups={name: _group(name, rows, facts["asked"]["task"]) for name, rows in facts["groups"].items()},
            parities=_class_parity(facts),
        ),
        "Search": _search(facts),
        "Columns": render(
            "columns", errors=_columns(facts), charts=_marginals(facts), pairs=_pairs(facts), pictures=_pictures(facts)
        ),
        "Privacy": render("privacy", privacy=facts["privacy"], groups=_private(facts)),
        "Attacks": _attacks(facts),
        "Limits": render("limits", facts=facts),
        "Reproduce": render("reproduce", facts=facts),
    }
    shown = {name: content for name, content in sections.items() if content}
    style = STYLE + Markup((HERE / "report.css").read_text())
    return str(render("document", title=TITLE, sections=shown, style=style, script=None))


def _answer(facts: Mapping[str, Any]) -> Markup | None:
    rows = [
        [row["label"], f"{row['bound']:.2f}", number(row["validation"]), _with_interval(row), VERDICTS[row["verdict"]]]
        for row in answer(facts)
    ]
    header = ["asked for", "at least", measured_on(facts), "test rows (95% interval)", "verdict"]
    return table("What was asked and what was reached", header, rows) if rows else None


def _quality(facts: Mapping[str, Any]) -> Markup:
    rows = [[row["label"], _with_interval(row), _with_interval(row, "real")] for row in facts["quality"]]
    header = ["metric", "from the synthetic table", "from the real table"]
    return table("Classifiers on real test rows, with 95% intervals", header, rows)


def _numbers(facts: Mapping[str, Any]) -> list[str]:
    """Name the sensitive numbers that quality speaks of."""
    stem = "fairness/independence/"
    return [row["name"].removeprefix(stem) for row in facts["quality"] if row["name"].startswith(stem)]


def _group(attribute: str, rows: list[Mapping[str, Any]], task: str) -> Markup:
    quantities = [name for name in rows[0] if name not in ("group", "test_rows")]
    cells = [
        [
            row["group"],
            f"{row['test_rows']:,}",
            *(
                _quantity(row[name][which], is_share=name == "share" or task != "regression")
                for name in quantities
                for which in ("real", "synthetic")
            ),
        ]
        for row in rows
    ]
    header = ["group", "test rows", *(which for _ in quantities for which in ("real", "synthetic"))]
    groups = [("", 1), *((RATES.get(name, name), 2) for name in quantities)]
    return table(f"Groups of {attribute}", header, cells, groups=groups)


def _quantity(value: float | None, *, is_share: bool) -> str:
    """Write a share, or the mean of a number."""
    return percent(value) if is_share or value is None else f"{value:,.4g}"


def _class_parity(facts: Mapping[str, Any]) -> dict[str, Markup]:
    header = ["class", "from the synthetic table", "from the real table"]
    return {
        name: table(
            f"Parity of each class between groups of {name}",
            header,
            [[label, number(ratio["synthetic"]), number(ratio["real"])] for label, ratio in ratios.items()],
        )
        for name, ratios in facts["class_parity"].items()
    }


def _search(facts: Mapping[str, Any]) -> Markup | None:
    if not (found := facts["search"]):
        return None
    about = {"attributes": facts["asked"]["attributes"], "bounds": facts["asked"]["bounds"]}
    rows = [
        [f"{name} {value}", percent(own), percent(chosen)]
        for name, values in found["label_rates"].items()
        for value, (own, chosen) in values.items()
    ]
    header = ["group", "real table", "synthetic table"]
    rates = table("Share of positive labels in each group", header, rows)
    panels = charts.frontier(pd.DataFrame(found["candidates"]), about)
    return render(
        "search", rates=rates, charts=panels, n=len(found["candidates"]["met"]), measured_on=found["measured_on"]
    )


def _columns(facts: Mapping[str, Any]) -> Markup:
    rows = [[row["name"], row["kind"], number(row["error"]), number(row["by_chance"])] for row in facts["columns"]]
    header = ["column", "kind", "error", "error of real training rows"]
    return table("Columns, the largest error first", header, rows)


def _marginals(facts: Mapping[str, Any]) -> list[Markup]:
    return charts.marginals(facts["marginals"]["synthetic"], facts["marginals"]["real"])


def _pairs(facts: Mapping[str, Any]) -> Markup | None:
    rows = [[" and ".join(row["columns"]), number(row["error"])] for row in facts["pairs"]]
    return table("Pairs that differ most", ["pair of columns", "error"], rows) if rows else None


def _pictures(facts: Mapping[str, Any]) -> list[Markup]:
    return [heat(pair["columns"], pair) for pair in facts["pairs"]]


def _private(facts: Mapping[str, Any]) -> dict[str, Markup]:
    header = ["group", "synthetic rows", "exact copies", "closer to learned rows (50% is chance)"]
    return {
        name: table(
            f"Privacy of groups of {name}",
            header,
            [[row["group"], f"{row['rows']:,}", percent(row["exact_copies"], 2), percent(row["dcr"])] for row in rows],
        )
        for name, rows in facts["privacy"]["groups"].items()
    }


def _attacks(facts: Mapping[str, Any]) -> Markup | None:
    if not (attacks := facts["attacks"]):
        return None
    guessed = [
        [
            words,
            f"{attacks[name]['guesses']:,}",
            percent(attacks[name]["rate"], 1),
            percent(attacks[name]["control"], 1),
            f"{number(attacks[name]['risk'])} ({between(attacks[name]['low'], attacks[name]['high'])})",
        ]
        for name, words in ATTACKS.items()
    ]
    header = ["attack", "guesses", "right about learned rows", "right about test rows", "difference (95% interval)"]
    groups = [
        [
            row["group"],
            f"{row['rows']:,}",
            f"{number(row['density_ratio_auc'])} ({between(row['low'], row['high'])})",
            number(row["distance_auc"]),
            percent(row["exact_copies"], 2),
        ]
        for row in sorted(attacks["groups"], key=lambda row: -row["low"])
    ]
    of_groups = ["group", "real rows", "density ratio AUC (95% for all at once)", "distance AUC", "exact copies"]
    return render(
        "attacks",
        attacks=attacks,
        guessed=table("Guesses about rows", header, guessed),
        groups=table("Groups and cells, those most surely at risk first", of_groups, groups) if groups else None,
    )


def _with_interval(row: Mapping[str, Any], which: str = "test") -> str:
    prefix = "" if which == "test" else f"{which}_"
    low, high = row[f"{prefix}low"], row[f"{prefix}high"]
    return number(row[which]) + ("" if low is None else f" ({between(low, high)})")
