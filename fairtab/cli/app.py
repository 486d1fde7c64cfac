"""The command `fairtab`: each of its commands is a file, and calls the function of the same name in `fairtab`."""

from __future__ import annotations

import typer

from fairtab.cli.check import check
from fairtab.cli.complete import complete
from fairtab.cli.fit import fit
from fairtab.cli.inspect import inspect
from fairtab.cli.make import make
from fairtab.cli.sample import sample

HELP = """Fair synthetic tables. A classifier that learns from such a table treats groups more equally.

Begin with: fairtab inspect FILE --target COLUMN --sensitive COLUMN
"""
app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)
for command in (make, check, inspect, fit, sample, complete):
    app.command()(command)
