"""The whole page in one file: nothing is fetched, and no script runs but the page's own."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pandas as pd

from experiments import store
from experiments.reports.page import results as found
from experiments.reports.page.html import Markup, element, join
from experiments.reports.page.overview import overview, table_filter
from experiments.reports.page.run import article, ceiling_of
from experiments.reports.page.tables import contents, tables_of

HERE = Path(__file__).parent
TITLE = "FairTab: results"


def document(results: Path) -> str:
    """HTML of a results folder: its runs, the tables made of them, and what else is in `tables` and `figures`. The same
    folder gives the same text."""
    runs = store.finished(results / "runs")
    recorded = {run: result for run in runs if (result := run.recorded())}
    frame = pd.DataFrame([run.row() for run in runs])
    made = tables_of(results / "runs", frame)
    made |= found.tables(results / "tables", made)
    sections = {
        "Runs": overview(runs, frame),
        "Tables": join(contents(made), table_filter(), *made.values()) if made else None,
        "Figures": join(*found.figures(results / "figures")),
    }
    sections = {title: content for title, content in sections.items() if content}
    datasets = store.datasets(results / "runs")
    articles = [
        article(
            run,
            recorded[run],
            recorded[of] if (of := ceiling_of(run, recorded)) else None,
            datasets.get(run.dataset, {}),
        )
        for run in runs
    ]
    links = [element("a", title, href=f"#{title.lower()}") for title in sections]
    header = element("header", element("h1", TITLE), element("nav", *links, aria_label="sections"))
    overviews = [
        element("section", element("h2", title), content, id=title.lower()) for title, content in sections.items()
    ]
    skip = element("a", "Skip to content", href="#main", class_="skip")
    main = element("main", *overviews, *articles, id="main", tabindex=-1)
    body = element("body", skip, header, main, _inline("script", "page.js"))
    return f'<!doctype html>\n<html lang="en">{_head()}{body}</html>\n'


def _head() -> Markup:
    allowed = f"default-src 'none'; img-src data:; style-src {_sum('page.css')}; script-src {_sum('page.js')}"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=allowed),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", TITLE),
        _inline("style", "page.css"),
    )


def _inline(tag: str, name: str) -> Markup:
    return element(tag, Markup((HERE / name).read_text()))


def _sum(name: str) -> str:
    """What the browser checks the one style sheet and the one script by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256((HERE / name).read_bytes()).digest()).decode()}'"
