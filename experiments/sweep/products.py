"""Words of many cells, joined into sweeps."""

from __future__ import annotations

from collections.abc import Sequence


def products(asked: Sequence[Sequence[str]]) -> list[list[str]]:
    """Join cells into few sweeps that ask for these cells and for no other.

    Parameters
    ----------
    asked : sequence
        For each cell its words, as `cells` gives them: all with the same names in the same order.

    Returns
    -------
    list
        The words of each sweep: `["method=smote", "seed=0"]` and `["method=smote", "seed=1"]` are one,
        `["method=smote", "seed=0,1"]`.
    """
    rows: list[tuple[tuple[str, ...], ...]] = [tuple((word,) for word in words) for words in asked]
    for place in reversed(range(len(rows[0]) if rows else 0)):
        equal: dict[tuple[tuple[str, ...], ...], list[str]] = {}
        for row in rows:
            equal.setdefault((*row[:place], *row[place + 1 :]), []).extend(row[place])
        rows = [(*rest[:place], tuple(dict.fromkeys(words)), *rest[place:]) for rest, words in equal.items()]
    return [[_joined(words) for words in row] for row in rows]


def _joined(words: Sequence[str]) -> str:
    name, equals, first = words[0].partition("=")
    return name + equals + ",".join([first, *(word.partition("=")[2] for word in words[1:])])
