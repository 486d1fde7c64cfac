"""Lines of a cell's log in the terminal."""

from __future__ import annotations

import logging
from multiprocessing import parent_process

from hydra.core.hydra_config import HydraConfig


class Line(logging.Formatter):
    """A message as it is; in a worker, whose lines come among those of others, behind its job's number in the sweep."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return f"#{HydraConfig.get().job.num} {line}" if parent_process() and HydraConfig.initialized() else line
