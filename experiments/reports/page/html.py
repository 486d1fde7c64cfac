"""HTML from Python: text is escaped unless it is Markup, which `element` alone makes."""

from __future__ import annotations

import re
from html import escape
from typing import Any


class Markup(str):
    """HTML that stands as it is."""


NUMBER = re.compile(r"[-+−]?\d")  # how a cell of a number begins
VOID = {"img", "input", "meta"}


def element(tag: str, *children: Any, **attributes: Any) -> Markup:
    """<tag attributes>children</tag>. Attributes: `class_` is class, `aria_sort` is aria-sort; None leaves one out."""
    words = [
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    ]
    end = "" if tag in VOID else f"</{tag}>"
    return Markup(f"<{tag}{''.join(words)}>{join(*children)}{end}")


def join(*children: Any) -> Markup:
    """One after another; None is nothing."""
    return Markup(
        "".join(child if isinstance(child, Markup) else escape(str(child)) for child in children if child is not None)
    )


def table(caption: str, header: list[Any], rows: list[list[Any]], **attributes: Any) -> Markup:
    """A table that scrolls sideways where it is too wide. The first cell of a row names it; columns without a number
    are of class "words"."""
    kinds = [_kind(column) for column in zip(*rows, strict=True)] or [None] * len(header)
    head = [element("th", cell, scope="col", class_=kind) for cell, kind in zip(header, kinds, strict=True)]
    body = [element("tr", element("th", row[0], scope="row"), *map(_cell, row[1:], kinds[1:])) for row in rows]
    parts = element("caption", caption), element("thead", element("tr", *head)), element("tbody", *body)
    whole = element("table", *parts, **attributes)
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _cell(cell: Any, kind: str | None) -> Markup:
    return element("td", cell, class_=kind)


def _kind(column: tuple[Any, ...]) -> str | None:
    known = [str(cell) for cell in column if cell not in ("", "-")]
    return "words" if known and not any(NUMBER.match(cell) for cell in known) else None
