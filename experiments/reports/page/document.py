"""The whole page in one file: it fetches nothing, and the browser runs no script but the page's own."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from markupsafe import Markup

from experiments.reports.page import results as folder
from experiments.reports.page.overview import overview
from experiments.reports.page.run import article, ceiling_of
from experiments.reports.page.tables import tables_of
from experiments.reports.page.templating import render
from experiments.store import frames
from fairtab.html.templating import STYLE

HERE = Path(__file__).parent
TITLE = "FairTab: results"


def document(results: Path) -> str:
    """The page of a results folder: its runs, the tables made from them, and the files in `tables` and `figures`.

    The same folder gives the same text.
    """
    runs = frames.finished(results / "runs")
    recorded = {run: result for run in runs if (result := run.recorded())}
    frame = pd.DataFrame([frames.row(run) for run in runs])
    tables = tables_of(results / "runs", frame)
    tables |= folder.tables(results / "tables", tables)
    sections = {
        "Runs": overview(runs, frame),
        "Tables": render("tables", tables=tables) if tables else None,
        "Figures": render("figures", figures=folder.figures(results / "figures")),
    }
    datasets = frames.datasets(results / "runs")
    articles = []
    for run in runs:
        ceiling = ceiling_of(run, recorded)
        of_ceiling = recorded[ceiling] if ceiling else None
        articles.append(article(run, recorded[run], of_ceiling, datasets.get(run.dataset, {})))
    return render(
        "page",
        title=TITLE,
        sections={name: content for name, content in sections.items() if content},
        articles=articles,
        style=STYLE + Markup((HERE / "page.css").read_text()),
        script=Markup((HERE / "page.js").read_text()),
    )
