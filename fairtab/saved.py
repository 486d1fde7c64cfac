"""A fitted network in a folder: `model.json` beside `weights.safetensors`. No pickle: reading runs no code of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import nn

from fairtab.errors import InputError

NO_SETTINGS = ("trainer", "device")  # they say where a method runs, not what it is


def save_model(folder: Path, method: Any, network: nn.Module, *, format: int, **state: Mapping[str, Any]) -> None:
    """Write a method (a dataclass, whose fields are its settings), its network, and what else it was fitted to."""
    settings = {f.name: getattr(method, f.name) for f in fields(method) if f.name not in NO_SETTINGS}
    content = {"method": type(method).__name__, "format": format, "settings": settings, **state}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").write_text(json.dumps(content, indent=1, default=dict))
    save_file(network.state_dict(), folder / "weights.safetensors")


def load_state(folder: Path, method: type, *, format: int) -> dict[str, Any]:
    """What `save_model` wrote beside the weights. Raises InputError for another method's, or of another format."""
    state = json.loads((Path(folder) / "model.json").read_text())
    name = method.__name__
    if (found := (state.get("method"), state.get("format"))) != (name, format):
        raise InputError(f"{folder}: expected a {name} model of format {format}, got {found[0]} of {found[1]}")
    return state


def load_weights(folder: Path, network: nn.Module) -> None:
    """Give `network` the weights that `save_model` wrote, and leave it in evaluation mode."""
    network.load_state_dict(load_file(Path(folder) / "weights.safetensors"))
    network.eval()
