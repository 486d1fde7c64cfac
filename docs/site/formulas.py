"""Formulas become MathML when the site is built, so that a page needs no script and no font for them."""

from __future__ import annotations

import html
import re

from latex2mathml.converter import convert

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def on_page_content(content: str, **_: object) -> str:
    """Replace the LaTeX that pymdownx.arithmatex has marked."""

    def mathml(formula: re.Match[str]) -> str:
        kind, latex = formula.groups()
        display = "block" if kind == "div" else "inline"
        return f'<{kind} class="formula">{convert(html.unescape(latex), display=display)}</{kind}>'

    return FORMULA.sub(mathml, content)
