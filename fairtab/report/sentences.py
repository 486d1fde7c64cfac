"""The report in a few sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairtab.report.numbers import number, percent

GUESS = 0.5  # the AUC of an attacker who knows nothing
GUESSED = {"singling_out": "singling out", "linkability": "linking halves of rows", "inference": "inferring a value"}
FAR = 0.55  # a DCR above this is more than what differs between two samples of rows
INDEPENDENCE = "fairness/independence/"
RATIOS = {"dpr": "fairness/dpr", "eor": "fairness/eor"}
CLASSES, QUANTILES = "fairness/class_parity", "fairness/quantile_parity"
PARITIES = (RATIOS["dpr"], CLASSES, QUANTILES)  # the one that a sentence tells: each task has one of them


def sentences(facts: Mapping[str, Any]) -> list[str]:
    """Say what was asked, what was reached, what it costs, and whether rows were copied.

    Parameters
    ----------
    facts
        As in `Report`.

    Returns
    -------
    list of str
        Sentences.

    Examples
    --------
    >>> quality = {"name": "utility/auc", "label": "AUC", "test": 0.9, "low": 0.8, "high": 1.0, "real": 0.95}
    >>> facts = {"quality": [quality], "asked": {"wish": None, "target": "paid", "sensitive": []}}
    >>> privacy = {"n_copies": 0, "exact_copies": 0.0, "exact_copies_of_holdout": 0.0, "dcr": 0.5}
    >>> sentences({**facts, "privacy": privacy, "rows": {"synthetic": 10}})[0][:48]
    'A classifier that learns from the synthetic tabl'
    """
    quality = {row["name"]: row for row in facts["quality"]}
    asked = facts["asked"]
    said = [_guarantee(facts["guarantee"])] if facts.get("guarantee") else []
    said += [_answer(facts, quality)] if asked["wish"] else []
    for attribute in asked["sensitive"]:
        said.append(_parity(quality, attribute, facts))
    said += [_independence(row) for name, row in quality.items() if name.startswith(INDEPENDENCE)]
    said.append(_accuracy(quality, asked["target"]))
    said.append(_copies(facts))
    return [*said, _attacks(facts["attacks"])] if facts.get("attacks") else said


def measured_on(facts: Mapping[str, Any]) -> str:
    """Say which rows the joint was chosen on.

    Parameters
    ----------
    facts
        As in `Report`.

    Examples
    --------
    >>> measured_on({"search": {"measured_on": "synthetic rows"}})
    'synthetic rows'
    """
    return str((facts.get("search") or {}).get("measured_on", "validation rows"))  # what old reports do not say


def answer(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List each bound that was asked for, with what was reached.

    Parameters
    ----------
    facts
        As in `Report`.

    Returns
    -------
    list of dict
        For each bound its label, the bound, the value on the rows of the search and on test rows with its interval, and
        a verdict: "yes" and "no" if the whole interval is on one side of the bound, else "unsure".

    Examples
    --------
    >>> row = {
    ...     "name": "fairness/dpr/sex",
    ...     "label": "DPR sex",
    ...     "validation": 0.83,
    ...     "test": 0.81,
    ...     "low": 0.76,
    ...     "high": 0.86,
    ... }
    >>> asked = {"bounds": {"dpr": 0.8}, "attributes": ["sex"]}
    >>> answer({"asked": asked, "quality": [row]})[0]["verdict"]
    'unsure'
    """
    quality = {row["name"]: row for row in facts["quality"]}
    rows = []
    for quantity, bound in facts["asked"]["bounds"].items():
        names = (
            ["utility/auc"]
            if quantity == "auc"
            else [f"{RATIOS[quantity]}/{name}" for name in facts["asked"]["attributes"]]
        )
        rows += [{**quality[name], "bound": bound, "verdict": _verdict(quality[name], bound)} for name in names]
    return rows


def _verdict(row: Mapping[str, Any], bound: float) -> str:
    if row["test"] is None or row["low"] is None:
        return "unknown"
    if row["low"] >= bound:
        return "yes"
    return "no" if row["high"] < bound else "unsure"


def _answer(facts: Mapping[str, Any], quality: Mapping[str, Any]) -> str:
    asked = facts["asked"]
    said = f"Asked for: {asked['wish']}."
    if facts.get("guarantee") and facts.get("search"):
        said += f" The joint was chosen on {measured_on(facts)} that the model drew: no real row was read for it."
    if asked["met"] is False:
        said += f" No joint reached this on {measured_on(facts)}; the table has the nearest one."
    if few := (facts.get("search") or {}).get("uncompared"):
        said += (
            f" The search could not compare groups of {', '.join(few)}: fewer than two have rows enough of both "
            "labels. It counted their ratios as 0."
        )
    if not (bounds := answer(facts)):
        return said
    parts = [f"{row['label']} is {_number(row['test'])}{_interval(row)}" for row in bounds]
    said += f" Reached on rows that nothing was chosen by: {'; '.join(parts)}."
    verdicts = {row["verdict"] for row in bounds}
    if verdicts == {"yes"}:
        return f"{said} So the bound holds, with 95% confidence."
    if "no" in verdicts:
        return f"{said} So the bound does not hold."
    return f"{said} The test rows are too few to be sure that the bound holds."


def _parity(quality: Mapping[str, Any], attribute: str, facts: Mapping[str, Any]) -> str:
    """Say how equally groups are treated, by the metric that the task has."""
    name = next(stem for stem in PARITIES if f"{stem}/{attribute}" in quality)
    row = quality[f"{name}/{attribute}"]
    if row["test"] is None:
        return f"Groups of {attribute} cannot be compared: a rate is zero in every group, or too few rows are in one."
    share = _percent(row["test"])
    before = "" if row["real"] is None else f" If it learns from the real table, it is {_percent(row['real'])}."
    if name == RATIOS["dpr"]:
        does = f"selects the least selected group of {attribute} {share} as often as the most selected one"
    elif name == CLASSES:
        worst = next(iter(facts["class_parity"][attribute]))
        does = (
            f"gives the class {worst}, the least equal one, to one group of {attribute} {share} as often as to another"
        )
    else:
        does = f"predicts quantiles that are {share} equal between groups of {attribute}"
    learner = "regression" if name == QUANTILES else "classifier"
    return f"A {learner} that learns from the synthetic table {does}{_interval(row, _percent)}.{before}"


def _independence(row: Mapping[str, Any]) -> str:
    name = row["name"].removeprefix(INDEPENDENCE)
    return (
        f"Its predictions have an independence of {_number(row['test'])} from {name} itself, without groups of it; "
        f"from the real table it is {_number(row['real'])}. (1 is no dependence.)"
    )


def _accuracy(quality: Mapping[str, Any], target: str) -> str:
    if row := quality.get("utility/r2"):
        return (
            f"A regression that learns from the synthetic table predicts {target} with an R2 of {_number(row['test'])}"
            f"{_interval(row)}; from the real table it is {_number(row['real'])}. (1 is perfect, 0 is no better than "
            "the mean.)"
        )
    kind = "an AUC" if "utility/auc" in quality else "a macro AUC"
    row = quality.get("utility/auc") or quality["utility/macro_auc"]
    return (
        f"A classifier that learns from the synthetic table tells the values of {target} apart with {kind} of "
        f"{_number(row['test'])}{_interval(row)}; from the real table it is {_number(row['real'])}. "
        "(1 is perfect, 0.5 is a guess.)"
    )


def _guarantee(ledger: Mapping[str, Any]) -> str:
    return (
        f"The table and the model are differentially private for every single row: epsilon {ledger['epsilon']:g}, "
        f"delta {ledger['delta']:g}. This report is not: it reads real rows, so keep it where the real rows are."
    )


def _copies(facts: Mapping[str, Any]) -> str:
    privacy, rows = facts["privacy"], facts["rows"]["synthetic"]
    by_chance = _percent(privacy["exact_copies_of_holdout"], 2)
    said = (
        f"{privacy['n_copies']:,} of {rows:,} synthetic rows ({_percent(privacy['exact_copies'], 2)}) equal a row that "
        f"the generator learned from; of the test rows, which it never saw, {by_chance} do so by chance."
    )
    if privacy["dcr"] is not None and privacy["dcr"] > FAR:
        said += (
            f" Synthetic rows are closer to rows that were learned from than to others ({_percent(privacy['dcr'])}; "
            "50% is chance): the generator remembers some of them."
        )
    return said


def _attacks(attacks: Mapping[str, Any]) -> str:
    """Say what an attacker learns of rows that were learned from and not of others, and of whom most."""
    ratio, worst = attacks["density_ratio"], attacks["worst"]
    certain = [words for name, words in GUESSED.items() if (attacks[name]["low"] or 0) > 0]
    said = (
        "An attacker who has other real rows tells the rows that were learned from apart with an AUC of "
        f"{_number(ratio['auc'])}{_interval(ratio)}; 0.5 is a guess."
    )
    if worst and worst["low"] > GUESS:
        of_worst = _interval({"low": worst["low"], "high": worst["high"]})
        said += f" Most at risk are rows of {worst['group']}: {_number(worst['density_ratio_auc'])}{of_worst}."
    surer = "about rows that were learned from than about test rows, with 95% confidence"
    if certain:
        return f"{said} These guesses are right more often {surer}: {', '.join(certain)}."
    return f"{said} No other guess is right more often {surer}."


def _interval(row: Mapping[str, Any], write: Any = None) -> str:
    if row["low"] is None:
        return ""
    write = write or _number
    return f" (95% interval {write(row['low'])} to {write(row['high'])})"


def _number(value: float | None) -> str:
    return number(value, none="undefined")


def _percent(value: float | None, digits: int = 0) -> str:
    return percent(value, digits, none="undefined")
