"""A saved model may come from a stranger. Reading it runs no code from it, and any damage is named in one line."""

import ast
import json
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hydra.utils import get_class
from safetensors.torch import load_file, save_file

from fairtab import FairTab, InputError, Table
from fairtab.saving import save_model
from tests.experiments.toy import ROOT
from tests.test_contract import METHODS, cell, each_method, fitted, ours

BEGINS = {".json": b"{", ".parquet": b"PAR1", ".safetensors": None, ".csv": None}
CODE = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}  # modules that read code
CALLS = {"eval", "exec", "torch.load", "pd.read_pickle", "np.load", "joblib.load", "yaml.unsafe_load", "yaml.full_load"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Map each method to a folder with a saved fit."""
    found = {}
    for method in METHODS:
        found[method] = tmp_path_factory.mktemp(method) / "fit"
        fitted(method, "mixed")[0].save(found[method])
    return found


@pytest.fixture
def saved(folders, tmp_path):
    """A copy of a method's folder, to damage."""
    return lambda method: Path(shutil.copytree(folders[method], tmp_path / method))


def load(method: str, folder: Path):
    return get_class(cell(method).target).load(folder)


def refused(method: str, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(method, folder)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@each_method
def test_only_files_that_hold_no_code_are_saved(folders, method):
    for path in ours(folders[method]):
        begins = BEGINS[path.suffix]
        assert begins is None or path.read_bytes().startswith(begins), path
        if path.suffix == ".safetensors":
            assert load_file(path)


@each_method
def test_each_file_is_needed_and_none_may_be_torn(saved, method):
    folder = saved(method)
    for path in ours(folder):
        content = path.read_bytes()
        for spoilt in (None, b"", content[: len(content) // 2], b"\x80\x04K\x01."):  # the last: a pickle
            path.unlink()
            if spoilt is not None:
                path.write_bytes(spoilt)
            refused(method, folder)
            path.write_bytes(content)
    load(method, folder)


@each_method
def test_another_method_or_format_is_named(saved, method):
    folder = saved(method)
    path = next(folder / name for name in ("model.json", "settings.json") if (folder / name).exists())
    state = json.loads(path.read_text())
    name, number = state["method"], state["format"]
    for change, said in (
        ({"method": "os.system"}, f"got os.system of {number}"),
        ({"format": 99}, f"got {name} of 99"),
    ):
        path.write_text(json.dumps({**state, **change}))
        assert refused(method, folder).endswith(f"expected a {name} model of format {number}, {said}")


def without_checksum(folder: Path) -> dict:
    """Remove the checksum, like a forger or an older version. Returns the model's state."""
    path = folder / "model.json"
    state = json.loads(path.read_text()) if path.exists() else {}
    if state.pop("sha256", None):
        path.write_text(json.dumps(state))
    return state


@each_method
def test_weights_of_other_names_or_shapes_are_named(saved, method):
    folder = saved(method)
    path = folder / "weights.safetensors"
    if not path.exists():
        pytest.skip("has no weights")
    without_checksum(folder)
    weights = load_file(path)
    first = min(weights)
    save_file({**weights, first: torch.zeros(3, 2, 1)}, path)
    assert f"1 weights do not fit the model: {first} (3, 2, 1), not " in refused(method, folder)
    save_file({f"{name}.more" if name == first else name: w for name, w in weights.items()}, path)
    assert f"2 weights do not fit the model: {first} absent, not " in refused(method, folder)


@pytest.mark.parametrize(
    ("entry", "value"),
    [("trainer", "os.system"), ("device", "cuda:7"), ("more", 1), ("backbone", {"name": "os.system"}), ("T", "many")],
)
def test_settings_that_a_model_has_not_are_refused(saved, entry, value):
    folder = saved("fairtab")
    state = without_checksum(folder)
    (folder / "model.json").write_text(json.dumps({**state, "settings": {**state["settings"], entry: value}}))
    with pytest.raises(InputError):
        load("fairtab", folder)


def test_rows_saved_before_the_format_was_said_are_read(saved):
    folder = saved("smote")
    (folder / "settings.json").write_text('{"k": 3}')
    assert load("smote", folder).k == 3


def test_groups_of_another_table_are_refused(saved):
    folder = saved("faircb")
    pd.DataFrame({"group": [0, 1]}).to_parquet(folder / "groups.parquet")
    assert "rows' groups, got 2" in refused("faircb", folder)


def test_a_value_that_json_cannot_hold_is_named(tmp_path):
    with pytest.raises(InputError, match="JSON can hold, got a Timestamp"):
        save_model(tmp_path, FairTab(), {}, format=1, joint={"cells": [pd.Timestamp(0)]})


def test_a_column_that_json_cannot_hold_is_refused_before_the_fit(toy):
    def train(value) -> Table:
        frame = toy.train.frame
        return Table(frame.assign(job=[value(i % 2) for i in range(len(frame))]), toy.train.schema)

    with pytest.raises(InputError, match="JSON can hold, got a Decimal"):
        FairTab(trainer=pytest.fail).fit(train(Decimal), train(Decimal), seed=0)


def test_objects_that_are_numbers_of_numpy_come_back_as_numbers(toy, tmp_path):
    frame = toy.train.frame
    job = pd.Series([np.int64(i % 2) for i in range(len(frame))], frame.index, dtype=object)
    table = Table(frame.assign(job=job), toy.train.schema)
    model = FairTab(epochs=1, min_steps=1, sampler={"n_steps": 2}).fit(table, table, seed=0)
    model.save(tmp_path)
    pd.testing.assert_frame_equal(FairTab.load(tmp_path).sample(20, seed=0).frame, model.sample(20, seed=0).frame)


def test_no_source_reads_code_from_data():
    sources = [path for name in ("fairtab", "baselines", "experiments") for path in (ROOT / name).rglob("*.py")]
    for path in [*sources, ROOT / "run.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not CODE & {name.partition(".")[0] for name in names}, path
                assert {"joblib", "load"} - set(names), path
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in CALLS, f"{path}: {ast.unparse(node)}"
