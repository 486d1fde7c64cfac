"""Templates of pages (Jinja2). Text is escaped unless it is Markup."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent
STYLE = Markup((HERE / "style.css").read_text())  # of every page: safe, since it is our own file
NUMBER = re.compile(r"(- )?\[?[-+−]?\d")  # how the cell of a number begins, ours or the paper's
LONG = 40  # characters: a longer text may take several lines


def renderer(*folders: Path) -> Callable[..., Markup]:
    """Make a function that fills templates.

    Parameters
    ----------
    *folders
        Folders of templates. Those of this package are found after them.

    Returns
    -------
    callable
        Takes the name of a template without its ending, and the template's values by name. A value that the template
        needs and does not get is an error.

    Examples
    --------
    >>> _ = Path("hello.html").write_text("<p>{{ name }}</p>")
    >>> renderer(Path("."))("hello", name="A & B")
    Markup('<p>A &amp; B</p>')
    """
    environment = Environment(
        loader=FileSystemLoader([*folders, HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["checksum"] = _checksum

    def render(template: str, /, **values: Any) -> Markup:
        return Markup(environment.get_template(f"{template}.html").render(values))

    return render


def table(
    caption: str,
    header: Sequence[Any],
    rows: Sequence[Sequence[Any]],
    *,
    groups: Sequence[tuple[str, int]] = (),
    name: str | None = None,
    sortable: bool = False,
) -> Markup:
    """Make a table that scrolls sideways if it is too wide.

    Parameters
    ----------
    caption
        What screen readers call it.
    header
        The headings.
    rows
        The cells, as text or Markup. The first cell of a row names the row.
    groups
        Headings above the headings after the first, and how many columns each spans.
    name
        The table's id.
    sortable
        Whether the page's script may sort it.

    Examples
    --------
    >>> "<td>0.9</td>" in table("scores", ["metric", "value"], [["AUC", "0.9"]])
    True
    """
    kinds = [_kind(column) for column in zip(*rows, strict=True)] or [None] * len(header)
    classes = [Markup(' class="{}"').format(kind) if kind else "" for kind in kinds]
    cells = [(first, list(zip(others, classes[1:], strict=True))) for first, *others in rows]
    headings = list(zip(header, classes, strict=True))
    return render("table", caption=caption, headings=headings, rows=cells, groups=groups, name=name, sortable=sortable)


def _kind(column: Sequence[Any]) -> str | None:
    """Return the class of a column without numbers: "words", or "words long"."""
    texts = [str(cell.striptags() if isinstance(cell, Markup) else cell) for cell in column]
    known = [text for text in texts if text not in ("", "-")]
    if not known or any(NUMBER.match(text) for text in known):
        return None
    return "words long" if max(map(len, known)) > LONG else "words"


def _checksum(source: str) -> str:
    """Return what a page's content policy calls a style sheet or a script. A browser accepts no other one."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


render = renderer()
