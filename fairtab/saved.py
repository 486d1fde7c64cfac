"""A fitted network in a folder: `model.json` beside `weights.safetensors`. No pickle: reading runs no code of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from fairtab.errors import InputError

STATE, WEIGHTS = "model.json", "weights.safetensors"
NO_SETTINGS = ("trainer", "device")  # they say where a method runs, not what it is


def save_model(folder: Path, method: Any, network: nn.Module, *, format: int, **state: Mapping[str, Any]) -> None:
    """Write a method (a dataclass, whose fields are its settings), its network, and what else it was fitted to."""
    settings = {f.name: getattr(method, f.name) for f in fields(method) if f.name not in NO_SETTINGS}
    content = {"method": type(method).__name__, "format": format, "settings": settings, **state}
    content = json.loads(json.dumps(content, default=dict))  # as it will be read
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), folder / WEIGHTS)
    content["sha256"] = _checksum(content, folder / WEIGHTS)
    (folder / STATE).write_text(json.dumps(content, indent=1))


def load_state(folder: Path, method: type, *, format: int) -> dict[str, Any]:
    """What `save_model` wrote beside the weights.

    Raises InputError where there is nothing, another method's, another format, or something damaged.
    """
    folder, name = Path(folder), method.__name__
    for path in (folder / STATE, folder / WEIGHTS):
        if not path.is_file():
            raise InputError(f"{folder}: expected a saved {name} model, got a folder without {path.name}")
    try:
        state = json.loads((folder / STATE).read_text())
    except ValueError:  # neither text nor JSON
        raise InputError(f"{folder / STATE} is damaged: save the model again") from None
    if (found := (state.get("method"), state.get("format"))) != (name, format):
        raise InputError(f"{folder}: expected a {name} model of format {format}, got {found[0]} of {found[1]}")
    checksum = state.pop("sha256", None)  # models saved before there were checksums have none
    if checksum is not None and checksum != _checksum(state, folder / WEIGHTS):
        raise InputError(f"{folder}: {STATE} or {WEIGHTS} is damaged: save the model again")
    return state


def load_weights(folder: Path, network: nn.Module) -> None:
    """Give `network` the weights that `save_model` wrote, and leave it in evaluation mode.

    Raises InputError where they are damaged.
    """
    path = Path(folder) / WEIGHTS
    try:
        network.load_state_dict(load_file(path))
    except SafetensorError as error:
        raise InputError(f"{path} is damaged: save the model again ({error})") from None
    network.eval()


def _checksum(state: Mapping[str, Any], weights: Path) -> str:
    """SHA-256 of both."""
    return hashlib.sha256(json.dumps(state).encode() + weights.read_bytes()).hexdigest()
