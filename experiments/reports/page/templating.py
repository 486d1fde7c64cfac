"""The page's templates (Jinja2). Text is escaped unless it is Markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

NUMBER = re.compile(r"(- )?\[?[-+−]?\d")  # how the cell of a number begins, ours or the paper's
LONG = 40  # characters: a longer text may take several lines

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def render(template: str, /, **values: Any) -> Markup:
    """Fill a template."""
    return Markup(ENVIRONMENT.get_template(f"{template}.html").render(values))


def table(
    caption: str,
    header: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    *,
    groups: Sequence[tuple[str, int]] = (),
    name: str | None = None,
    sortable: bool = False,
) -> Markup:
    """A table that scrolls sideways if it is too wide. The first cell of a row names the row.

    groups: headings above the headings after the first, and how many columns each spans; name: the table's id.
    """
    kinds = [_kind(column) for column in zip(*rows, strict=True)] or [None] * len(header)
    classes = [Markup(' class="{}"').format(kind) if kind else "" for kind in kinds]
    cells = [(first, list(zip(others, classes[1:], strict=True))) for first, *others in rows]
    headings = list(zip(header, classes, strict=True))
    return render("table", caption=caption, headings=headings, rows=cells, groups=groups, name=name, sortable=sortable)


def _kind(column: Sequence[Any]) -> str | None:
    """The class of a column without numbers: "words", or "words long"."""
    texts = [str(cell.striptags() if isinstance(cell, Markup) else cell) for cell in column]
    known = [text for text in texts if text not in ("", "-")]
    if not known or any(NUMBER.match(text) for text in known):
        return None
    return "words long" if max(map(len, known)) > LONG else "words"
