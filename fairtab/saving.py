"""Fitted methods in folders: `model.json` beside the networks' weights. There is no pickle: reading runs no code.

A folder may come from anybody: whatever is wrong with it is an InputError. The caller chooses the class,
never the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from fairtab.errors import InputError, first_line

STATE, WEIGHTS = "model.json", "weights.safetensors"
NO_SETTINGS = ("trainer", "device")  # they say where a method runs, not what it is


def save_model(
    folder: Path, method: Any, networks: Mapping[str, nn.Module], *, format: int, **state: Mapping[str, Any]
) -> None:
    """Write a method, its networks, and what else was fitted.

    Parameters
    ----------
    folder
        Where to write. A single network goes to `weights.safetensors`, several go to `<name>.safetensors` each.
    method
        A dataclass whose fields are its settings.
    networks
        The networks by name.
    format
        Version of the folder's content.
    **state
        What else was fitted, as values for JSON.

    Raises
    ------
    InputError
        JSON cannot hold a setting or a value.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Method:
    ...     width: int = 3
    >>> save_model(Path("fit"), Method(), {"linear": nn.Linear(2, 1)}, format=1)
    >>> sorted(path.name for path in Path("fit").iterdir())
    ['model.json', 'weights.safetensors']
    >>> load_state(Path("fit"), Method, format=1)["settings"]
    {'width': 3}
    """
    settings = {f.name: getattr(method, f.name) for f in fields(method) if f.name not in NO_SETTINGS}
    content = {"method": type(method).__name__, "format": format, "settings": settings, **state}
    content = as_json(content)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, network in networks.items():
        save_file(network.state_dict(), _weights_path(folder, name, networks))
    content["sha256"] = _checksum(content, folder)
    (folder / STATE).write_text(json.dumps(content, indent=1))


def as_json(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings and values as they are read after they were written.

    Parameters
    ----------
    content
        Values for JSON, mappings of any type, and NumPy's numbers.

    Raises
    ------
    InputError
        JSON cannot hold a value.

    Examples
    --------
    >>> as_json({"edges": (1, 2)})
    {'edges': [1, 2]}
    """
    read: dict[str, Any] = json.loads(json.dumps(content, default=_plain))
    return read


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Turn any error inside the block into an InputError that names the folder.

    Parameters
    ----------
    folder
        The saved folder that is read inside the block.

    Yields
    ------
    None

    Raises
    ------
    InputError
        Something went wrong.

    Examples
    --------
    >>> with reading(Path("fit")):
    ...     {}["settings"]
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: fit: expected a saved model, got KeyError: 'settings'
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # a file may be wrong in any way
        said = f"{type(error).__name__}: {first_line(error)}"
        raise InputError(f"{folder}: expected a saved model, got {said}") from error


def load_state(folder: Path, method: type, *, format: int) -> dict[str, Any]:
    """Read what `save_model` wrote besides the weights.

    Parameters
    ----------
    folder
        The saved folder.
    method
        The class that the folder has to be of.
    format
        The version that its content has to be of.

    Returns
    -------
    dict
        "settings", and the entries of `state`.

    Raises
    ------
    InputError
        The folder is empty, of another method or format, or damaged.

    Examples
    --------
    See `save_model`.

    >>> load_state(Path("nothing"), dict, format=1)
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: nothing: expected a saved dict model, got a folder without model.json
    """
    folder, name = Path(folder), method.__name__
    if folder.is_file():
        raise InputError(f"{folder}: expected a folder with a saved {name} model, got a file")
    missing = [] if (folder / STATE).is_file() else [STATE]
    if missing or not any(folder.glob("*.safetensors")):
        raise InputError(f"{folder}: expected a saved {name} model, got a folder without {(*missing, WEIGHTS)[0]}")
    try:
        state = json.loads((folder / STATE).read_text())
    except ValueError:  # neither text nor JSON
        raise InputError(f"{folder / STATE} is damaged: save the model again") from None
    check_format(folder, method, state, format=format)
    checksum = state.pop("sha256", None)  # models saved before there were checksums have none
    if checksum is not None and checksum != _checksum(state, folder):
        raise InputError(f"{folder}: {STATE} or a file of weights is damaged: save the model again")
    known = {f.name for f in fields(method)} - set(NO_SETTINGS)
    if stray := sorted(set(state["settings"]) - known):
        raise InputError(f"{folder}: unknown settings of {name}: {', '.join(stray)}")
    return state


def check_format(folder: Path, method: type, state: Mapping[str, Any], *, format: int) -> None:
    """Check which method and format a folder is of.

    Parameters
    ----------
    folder
        The saved folder.
    method, format
        What it has to be of.
    state
        What it says itself: "method" and "format".

    Raises
    ------
    InputError
        The method or the format is another one.

    Examples
    --------
    >>> check_format(Path("fit"), dict, {"method": "dict", "format": 2}, format=1)
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: fit: expected a dict model of format 1, got dict of 2
    """
    name = method.__name__
    if (found := (state.get("method"), state.get("format"))) != (name, format):
        raise InputError(f"{folder}: expected a {name} model of format {format}, got {found[0]} of {found[1]}")


def load_weights(folder: Path, networks: Mapping[str, nn.Module]) -> None:
    """Give networks the weights that `save_model` wrote, and leave them in evaluation mode.

    Parameters
    ----------
    folder
        The saved folder.
    networks
        New networks by the names that they were saved under.

    Raises
    ------
    InputError
        As `read_weights` does.

    Examples
    --------
    >>> networks = {"linear": nn.Linear(2, 1)}
    >>> Path("linear").mkdir()
    >>> save_file(nn.Linear(2, 1).state_dict(), Path("linear") / "weights.safetensors")
    >>> load_weights(Path("linear"), networks)
    >>> networks["linear"].training
    False
    """
    for name, network in networks.items():
        network.load_state_dict(read_weights(_weights_path(folder, name, networks), network))
        network.eval()


def read_weights(path: Path, network: nn.Module) -> dict[str, Tensor]:
    """Read weights for a network.

    Parameters
    ----------
    path
        A safetensors file.
    network
        The network that they are for.

    Returns
    -------
    dict
        The tensors by name.

    Raises
    ------
    InputError
        The file is missing or damaged, or the tensors' names or shapes are not the network's.

    Examples
    --------
    >>> save_file(nn.Linear(2, 1).state_dict(), "weights.safetensors")
    >>> sorted(read_weights(Path("weights.safetensors"), nn.Linear(2, 1)))
    ['bias', 'weight']
    """
    try:
        weights = load_file(path)
    except (SafetensorError, FileNotFoundError) as error:
        raise InputError(f"{path} is damaged: save the model again ({first_line(error)})") from None
    found, own = (
        {name: tuple(weight.shape) for name, weight in tensors.items()} for tensors in (weights, network.state_dict())
    )
    if wrong := sorted(name for name in {**found, **own} if found.get(name) != own.get(name)):
        said = ", ".join(f"{name} {found.get(name, 'absent')}, not {own.get(name, 'there')}" for name in wrong[:3])
        raise InputError(f"{path.parent}: {len(wrong)} weights do not fit the model: {said}")
    return weights


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it knows: mappings of other types, and NumPy's numbers."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.generic) and not isinstance(value.item(), np.generic):  # a long double is its own item
        return value.item()
    raise InputError(f"expected settings and values that JSON can hold, got a {type(value).__name__}")


def _weights_path(folder: Path, name: str, networks: Mapping[str, nn.Module]) -> Path:
    return Path(folder) / (WEIGHTS if len(networks) == 1 else f"{name}.safetensors")


def _checksum(state: Mapping[str, Any], folder: Path) -> str:
    """SHA-256 of the state and of all weights."""
    digest = hashlib.sha256(json.dumps(state).encode())
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
