"""The report as a model card in Markdown (Mitchell et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairtab.report.numbers import between, number
from fairtab.report.sentences import sentences


def card(facts: Mapping[str, Any]) -> str:
    """Write the card.

    Parameters
    ----------
    facts
        As in `fairtab.report.Report`.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [30, 40] * 40, "sex": ["f", "m"] * 40, "paid": [0, 0, 1, 1] * 20})
    >>> from fairtab import check
    >>> facts = check(frame, frame, target="paid", positive=1, sensitive="sex").facts
    >>> card(facts).splitlines()[0]
    '# Card of a synthetic table'
    """
    facts = _plain(facts)
    asked, rows, read = facts["asked"], facts["rows"], facts["read"]
    metrics = [
        f"| {row['label']} | {number(row['test'])} | {between(row['low'], row['high'])} | {number(row['real'])} |"
        for row in facts["quality"]
    ]
    left_out = [f"- Column {name} was left out: {reason}." for name, reason in read["left_out"].items()]
    return "\n".join(
        [
            "# Card of a synthetic table",
            "",
            "## What it is",
            "",
            f"{rows['synthetic']:,} synthetic rows, made from {facts['learned_from']:,} real rows. "
            f"Label: {asked['target']} ({_kind(asked)}). Sensitive: {', '.join(asked['sensitive'])}. "
            f"Asked for: {asked['wish'] or 'nothing (the table was checked, not made)'}{_where(asked)}. "
            f"Seed: {asked['seed']}.",
            "",
            "## In short",
            "",
            *(f"- {sentence}" for sentence in sentences(facts)),
            "",
            f"## Metrics on {rows['test']:,} real test rows",
            "",
            "| metric | from the synthetic table | 95% interval | from the real table |",
            "| --- | ---: | ---: | ---: |",
            *metrics,
            "",
            "## Intended use",
            "",
            "To train and to test models in place of the real rows, if its groups and columns are those that matter "
            "to you. Not to decide about persons, and no proof of privacy or of lawfulness.",
            "",
            *_ledger(facts["guarantee"]),
            "## Limits",
            "",
            *(f"- {note}" for note in facts["notes"]),
            *left_out,
            "- Other classifiers, other groups and other rows may give other numbers.",
            "",
        ]
    )


def _plain(value: Any) -> Any:
    """Let names and values of a table be text in Markdown, wherever they are in the facts."""
    if isinstance(value, str):
        return " ".join(value.replace("|", "\\|").replace("<", "&lt;").splitlines())
    if isinstance(value, Mapping):
        return {_plain(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _ledger(ledger: Mapping[str, Any] | None) -> list[str]:
    if ledger is None:
        return []
    rows = [
        f"| {entry['name']} | {entry['noise_multiplier']:.3g} | {entry['sample_rate']:.3g} | {entry['steps']} | "
        f"{entry['epsilon_alone']:.3g} |"
        for entry in ledger["entries"]
    ]
    return [
        "## What looks at rows have spent",
        "",
        f"Together epsilon {ledger['spent']:.4g} of {ledger['epsilon']:g}, at delta {ledger['delta']:g}. Neighbours "
        f"are {ledger['neighbours']}. This card is not covered: its numbers come from real rows.",
        "",
        "| look | noise | sample rate | steps | epsilon alone |",
        "| --- | ---: | ---: | ---: | ---: |",
        *rows,
        "",
    ]


def _kind(asked: Mapping[str, Any]) -> str:
    return str(asked["task"]) if asked["positive"] is None else f"positive: {asked['positive']}"


def _where(asked: Mapping[str, Any]) -> str:
    conditions = [*asked["rules"], *([asked["where"]] if asked["where"] else [])]
    return f", only rows with {' and '.join(conditions)}" if conditions else ""
