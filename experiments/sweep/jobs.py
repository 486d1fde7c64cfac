"""Jobs of a queue that ended without a result: killed, cancelled, or out of time too often."""

from __future__ import annotations

import sys


def lost() -> tuple[type[Exception], ...]:
    """Give the errors by which submitit tells of a lost job. There are none if no launcher has imported it."""
    submitit = sys.modules.get("submitit.core.utils")
    return (submitit.UncompletedJobError, submitit.FailedJobError) if submitit else ()


def said(error: Exception) -> str:
    """Say which job was lost, in one line: the others are the log that submitit quotes."""
    words = " ".join(str(error).partition("Error stream produced")[0].split())
    return words.partition("No error stream produced")[0].strip()
