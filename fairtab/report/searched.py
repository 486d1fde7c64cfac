"""What a search measured, without what it could not measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from fairtab.goals.search import SearchResult


def searched(found: SearchResult) -> tuple[dict[str, float | None], pd.DataFrame]:
    """Give the metrics of the chosen joint, and all joints with theirs.

    A search counts the ratios of groups that are too small as 0. Here they are unknown.

    Parameters
    ----------
    found
        What the search found.

    Returns
    -------
    reached : dict
        The metrics of the chosen joint; None if unknown.
    candidates : pandas.DataFrame
        As in `SearchResult`; nan if unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.goals.search import SearchResult
    >>> from fairtab.joint import Joint
    >>> joint = Joint(pd.Series([1.0], index=pd.MultiIndex.from_tuples([(1, "f")], names=["y", "sex"])))
    >>> metrics = {"utility/auc": 0.8, "fairness/dpr/sex": 0.0}
    >>> reached, _ = searched(SearchResult(joint, False, metrics, pd.DataFrame([metrics]), 0.5, uncompared=("sex",)))
    >>> reached
    {'utility/auc': 0.8, 'fairness/dpr/sex': None}
    """
    unknown = {f"fairness/{kind}/{name}" for kind in ("dpr", "eor") for name in found.uncompared}
    reached = {name: None if name in unknown else value for name, value in found.reached.items()}
    return reached, found.candidates.assign(**dict.fromkeys(unknown.intersection(found.candidates), float("nan")))
