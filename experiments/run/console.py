"""Lines of a cell's log in the terminal."""

from __future__ import annotations

import logging


class Line(logging.Formatter):
    """A message as it is; in a launcher's worker, whose lines come among those of others, behind its job's number."""

    begins = ""

    def format(self, record: logging.LogRecord) -> str:
        return self.begins + super().format(record)
