"""What the commands of this package share: help, and errors in one line."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import ParamSpec

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from fairtab.errors import InputError

P = ParamSpec("P")
REFUSALS = (InputError, HydraException, OmegaConfBaseException, OSError)  # of what was asked for


def refused_in_one_line(main: Callable[P, None]) -> Callable[P, None]:
    """Let a command that is refused end with one line and status 1."""

    @functools.wraps(main)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            main(*args, **kwargs)
        except REFUSALS as error:
            sys.exit(refusal(error))

    return run


def refusal(error: BaseException) -> str:
    """Return what a command says of an error, on one line."""
    return f"error: {' '.join(str(error).split())}"


def help_if_asked(words: Sequence[str], text: str | None) -> None:
    """Print the text and end, if -h or --help is among the words of a command that hands its words to Hydra."""
    if {"-h", "--help"} & set(words):
        sys.stdout.write(text or "")
        sys.exit()
