"""A fitted network in a folder: `model.json` beside `weights.safetensors`. No pickle: reading runs no code of it.

A folder may be anybody's: whatever is wrong with one is an InputError. The class is the caller's, never the file's.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from fairtab.errors import InputError, first_line

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


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn whatever goes wrong inside, where a saved folder is read, into an InputError."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # a file may be wrong in any way
        said = f"{type(error).__name__}: {first_line(error)}"
        raise InputError(f"{folder}: expected a saved model, got {said}") from error


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
    check_format(folder, method, state, format=format)
    checksum = state.pop("sha256", None)  # models saved before there were checksums have none
    if checksum is not None and checksum != _checksum(state, folder / WEIGHTS):
        raise InputError(f"{folder}: {STATE} or {WEIGHTS} is damaged: save the model again")
    known = {f.name for f in fields(method)} - set(NO_SETTINGS)
    if stray := sorted(set(state["settings"]) - known):
        raise InputError(f"{folder}: unknown settings of {name}: {', '.join(stray)}")
    return state


def check_format(folder: Path, method: type, state: Mapping[str, Any], *, format: int) -> None:
    """Raise InputError where what was saved is another method's, or of another format."""
    name = method.__name__
    if (found := (state.get("method"), state.get("format"))) != (name, format):
        raise InputError(f"{folder}: expected a {name} model of format {format}, got {found[0]} of {found[1]}")


def load_weights(folder: Path, network: nn.Module) -> None:
    """Give `network` the weights that `save_model` wrote, and leave it in evaluation mode.

    Raises InputError as `weights_for` does.
    """
    network.load_state_dict(weights_for(network, folder))
    network.eval()


def weights_for(network: nn.Module, folder: Path) -> dict[str, Tensor]:
    """The weights saved in `folder`. Raises InputError where they are damaged, or their names or shapes are not the
    network's."""
    path = Path(folder) / WEIGHTS
    try:
        weights = load_file(path)
    except SafetensorError as error:
        raise InputError(f"{path} is damaged: save the model again ({error})") from None
    found, own = ({name: tuple(w.shape) for name, w in of.items()} for of in (weights, network.state_dict()))
    if wrong := sorted(name for name in {**found, **own} if found.get(name) != own.get(name)):
        said = ", ".join(f"{name} {found.get(name, 'absent')}, not {own.get(name, 'there')}" for name in wrong[:3])
        raise InputError(f"{folder}: {len(wrong)} weights are not the model's: {said}")
    return weights


def _checksum(state: Mapping[str, Any], weights: Path) -> str:
    """SHA-256 of both."""
    return hashlib.sha256(json.dumps(state).encode() + weights.read_bytes()).hexdigest()
