"""The command `fairtab`: fair synthetic tables from a file."""

from fairtab.cli.app import app

__all__ = ["app"]
