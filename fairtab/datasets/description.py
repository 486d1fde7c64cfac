"""Descriptions of datasets: what a person may write short, or leave to the file, made complete before it is used."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fairtab.errors import InputError

MUST_BE_GIVEN = "???"  # as in every configuration that Hydra reads


def complete(description: Mapping[str, Any]) -> dict[str, Any]:
    """The description with nothing left open; one that is complete comes back as it is.

    A single column where several could stand, and the name alone of a missing policy, become what the entries hold
    otherwise. A table of the user's own gets its file's name and checksum: a file that changed is another dataset.

    Raises
    ------
    InputError
        An entry that must be given is not, there is no such file, or it is not the one with the checksum given.
    """
    full = dict(description)
    if left_open := [name for name, value in full.items() if value == MUST_BE_GIVEN]:
        raise InputError(f"dataset: expected values for {', '.join(left_open)}, as in dataset.{left_open[0]}=VALUE")
    for name in ("sensitive", "numerical", "categorical", "leave_out"):
        if isinstance(full.get(name), str):
            full[name] = [full[name]]
        elif full.get(name, ()) is None:
            full[name] = []
    if full["missing"] is None or isinstance(full["missing"], str):
        full["missing"] = {"marker": None, "policy": full["missing"] or "keep"}
    if "path" in full:
        path = Path(str(full["path"])).expanduser()
        if not path.is_file():
            raise InputError(f"dataset.path: no file {full['path']!r}")
        full["name"] = full["name"] or re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "table"
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if full["sha256"] not in (None, found):
            raise InputError(
                f"dataset.path: {full['path']} changed: expected the SHA-256 {full['sha256']}, got {found}"
            )
        full["sha256"] = found
    return full
