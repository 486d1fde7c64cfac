"""The report on a synthetic table: what was asked, what was reached, and how sure that is.

A `Report` holds facts (JSON values). A page, a model card and sentences are made from these alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairtab.files import writing


@dataclass(frozen=True)
class Report:
    r"""The report on a synthetic table.

    Parameters
    ----------
    facts
        All that is known, as JSON values. `fairtab/report/schema.json` describes them.

    Examples
    --------
    `fairtab.make` and `fairtab.check` make reports.

    >>> Report({"format": 1}).to_json()
    '{\n "format": 1\n}'
    """

    facts: Mapping[str, Any]

    @property
    def metrics(self) -> dict[str, float | None]:
        """The value of each metric on test rows, by name; None if undefined."""
        return {row["name"]: row["test"] for row in self.facts["quality"]}

    def made_by(self, command: str) -> Report:
        """Return the report with the command that made the table."""
        return Report({**self.facts, "command": command})

    def with_note(self, note: str) -> Report:
        """Return the report with one more note about its limits."""
        return Report({**self.facts, "notes": [*self.facts["notes"], note]})

    def sentences(self) -> list[str]:
        """Say in a few sentences what was asked and what was reached."""
        from fairtab.report.sentences import sentences

        return sentences(self.facts)

    def to_html(self) -> str:
        """Return the report as one HTML page, which fetches nothing."""
        from fairtab.report.page import page

        return page(self.facts)

    def to_json(self) -> str:
        """Return the facts as JSON."""
        return json.dumps(self.facts, indent=1, ensure_ascii=False, allow_nan=False)

    def to_markdown(self) -> str:
        """Return a model card of the table."""
        from fairtab.report.card import card

        return card(self.facts)

    def save(self, path: str | Path) -> list[Path]:
        """Write the page, and beside it the facts (.json) and the card (.md).

        Parameters
        ----------
        path
            The file of the page, for example report.html.

        Returns
        -------
        list of Path
            The three files.

        Raises
        ------
        InputError
            A file cannot be written.
        """
        path = Path(path)
        written = {
            path: self.to_html(),
            path.with_suffix(".json"): self.to_json(),
            path.with_suffix(".md"): self.to_markdown(),
        }
        for file, text in written.items():
            with writing(file) as temporary:
                temporary.write_text(text, encoding="utf-8")
        return list(written)
