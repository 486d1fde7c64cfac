"""HTML from Python: text is escaped unless it is Markup, which `element` alone makes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any


class Markup(str):
    """HTML that stands as it is."""


NUMBER = re.compile(r"(- )?\[?[-+−]?\d")  # how a cell of a number begins, ours or the paper's
LONG = 40  # characters: such words may go over several lines
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


TAG = re.compile(r"<[^>]*>")


def table(
    caption: str,
    header: list[Any],
    rows: list[list[Any]],
    groups: Sequence[tuple[str, int]] = (),
    **attributes: Any,
) -> Markup:
    """A table that scrolls sideways where it is too wide. The first cell of a row names it; columns without a number
    are of class "words", those of long ones "long", too.

    groups: names above the headings after the first, and over how many of them.
    """
    kinds = [_kind(column) for column in zip(*rows, strict=True)] or [None] * len(header)
    head = [element("th", cell, scope="col", class_=kind) for cell, kind in zip(header, kinds, strict=True)]
    over = [element("th", name, scope="colgroup", colspan=n) for name, n in groups]
    above = [element("tr", element("td"), *over)] if groups else []
    body = [element("tr", element("th", row[0], scope="row"), *map(_cell, row[1:], kinds[1:])) for row in rows]
    parts = element("caption", caption), element("thead", *above, element("tr", *head)), element("tbody", *body)
    whole = element("table", *parts, **attributes)
    return element("div", whole, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _cell(cell: Any, kind: str | None) -> Markup:
    return element("td", cell, class_=kind)


def _kind(column: tuple[Any, ...]) -> str | None:
    texts = [TAG.sub("", cell) if isinstance(cell, Markup) else str(cell) for cell in column]
    known = [text for text in texts if text not in ("", "-")]
    if not known or any(NUMBER.match(text) for text in known):
        return None
    return "words long" if max(map(len, known)) > LONG else "words"
