"""Lists of words for people."""

from __future__ import annotations

from collections.abc import Sequence


def first(words: Sequence[str], most: int) -> list[str]:
    """Return the first words of a list, and how many more there are.

    Parameters
    ----------
    words
        The words.
    most
        How many words there may be before the rest are counted.

    Examples
    --------
    >>> first(["a", "b", "c"], 1)
    ['a', 'and 2 more']
    """
    return list(words) if len(words) <= most else [*words[:most], f"and {len(words) - most:,} more"]
