"""The promises of every method, on tables of every kind. A new method is tested because its folder exists."""

import functools
import inspect
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hydra.utils import get_class
from omegaconf import OmegaConf

import baselines
from experiments import methods
from experiments.configuration import compose_config
from experiments.run.cell import Cell
from experiments.run.method import unfitted
from fairtab import InputError, Joint, Schema, Table
from fairtab.neural.training import quiet_trainer
from fairtab.synthesizer import Synthesizer
from tests import small
from tests.conftest import TOY_SCHEMA, toy_frame
from tests.experiments.toy import ROOT

TEMPLATES = ROOT / "docs" / "templates"  # no method of the benchmark, and as good as one
PROGRAM = [sys.executable, str(ROOT / "tests" / "programs" / "bootstrap.py")]
# Programs, each a method of its own: one in one phase, one in two that follows the joint.
PROGRAMS: dict[str, dict[str, Any]] = {
    "command": {"command": PROGRAM},
    "command:phases": {"command": [*PROGRAM, "sample"], "fit_command": [*PROGRAM, "fit"], "steerable": True},
}
METHODS = sorted({*methods.find(TEMPLATES), *PROGRAMS})
baselines.__path__.append(str(TEMPLATES))
# Further settings of methods, small ones or needed ones.
SMALLER = {**PROGRAMS, **small.SMALLER}
# Tables that a method cannot be fitted to, and its error.
REFUSED: dict[tuple[str, str], str] = {}
N = 70


def table(kind: str) -> tuple[Table, Table]:
    """A training and a validation table."""
    frame, schema = toy_frame(200), TOY_SCHEMA
    if kind == "numerical":
        schema = Schema(("age", "gain", "amount"), (), "approved", "yes", ("sex", "region"))
    elif kind == "categorical":
        frame["age"] = np.where(frame["age"] > 50, "old", "young")
        schema = Schema((), ("job", "age"), "approved", "yes", ("sex", "region"))
    elif kind == "missing":
        rng = np.random.default_rng(0)
        for name in ("age", "amount", "job"):
            frame[name] = frame[name].mask(rng.random(len(frame)) < 0.2)
    elif kind == "nullable":
        frame = frame.astype({"age": "Int64", "amount": "Float64", "job": "category", "region": "string"})
        frame.loc[::7, ["age", "amount"]] = pd.NA
        frame["sex"] = (frame["sex"] == "Male").astype(int)
        frame["approved"] = frame["approved"] == "yes"
        schema = Schema(("age", "gain", "amount"), ("job",), "approved", True, ("sex", "region"))
    elif kind == "seen once":
        frame.loc[3, ["job", "region"]] = ["pilot", "west"]
        frame.loc[len(frame) - 1, "job"] = "baker"  # in validation alone
    elif kind == "constant":
        frame = frame.assign(age=40, job="clerk")
    elif kind == "sixty rows":
        frame = frame.iloc[:90]
    n = len(frame) * 2 // 3
    return Table(frame.iloc[:n], schema), Table(frame.iloc[n:], schema)


KINDS = ["mixed", "numerical", "categorical", "missing", "nullable", "seen once", "constant", "sixty rows"]


@functools.cache
def cell(method: str) -> Cell:
    methods.register(TEMPLATES)
    config = compose_config([f"method={method.partition(':')[0]}"])
    shrunk = small.shrink(config.method) + len(SMALLER.get(method, {}))
    assert shrunk or "trainer" not in config.method, f"{method} trains: add what makes it small to tests/small.py"
    return Cell.from_config(OmegaConf.merge(OmegaConf.create(dict(config)), {"method": SMALLER.get(method, {})}))


def new(method: str) -> Synthesizer:
    peer = next((word for word in cell(method).options.get("command", ()) if word.startswith("{root}/.peers/")), None)
    if peer and "PEERS" not in os.environ:
        pytest.skip("a program in an environment of its own takes minutes: make test-all PEERS=1")
    if peer and not Path(peer.format(root=ROOT)).exists():
        pytest.skip(f"{peer} is not there: make peer")
    return unfitted(cell(method), functools.partial(quiet_trainer, accelerator="cpu"))


@functools.cache
def fitted(method: str, kind: str) -> tuple[Synthesizer, Table]:
    train, validation = table(kind)
    if (method, kind) in REFUSED:
        with pytest.raises(InputError, match=REFUSED[method, kind]) as caught:
            new(method).fit(train, validation, seed=0)
        assert "\n" not in str(caught.value)
        pytest.skip(f"refused, as expected: {caught.value}")
    before = train.frame.copy(), validation.frame.copy()
    synthesizer = new(method).fit(train, validation, seed=0)
    for part, copy in zip((train, validation), before, strict=True):
        pd.testing.assert_frame_equal(part.frame, copy)
    return synthesizer, train


def same(a: Table, b: Table) -> bool:
    return a.frame.equals(b.frame)


def ours(folder: Path) -> list[Path]:
    """The files that a method saved, without those that a program keeps in `model/` and reads itself."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != "model")


def whole(column: pd.Series) -> bool:
    return bool((column.dropna() % 1 == 0).all())


each_method = pytest.mark.parametrize("method", METHODS)
each_table = pytest.mark.parametrize("kind", KINDS)


@each_method
@each_table
def test_a_sample_is_a_table_like_the_training_table(method, kind):
    synthesizer, train = fitted(method, kind)
    before = train.frame.copy()
    for n in (1, len(train), len(train) + N):
        frame = synthesizer.sample(n, seed=0).frame
        assert len(frame) == n
        assert frame.index.equals(pd.RangeIndex(n))
        pd.testing.assert_series_equal(frame.dtypes, train.frame.dtypes)
        for name, real in train.frame.items():
            made = frame[name]
            assert real.isna().any() or made.notna().all(), name
            if name in train.schema.numerical:
                assert made.dropna().between(real.min(), real.max()).all(), name
                assert whole(made) or not whole(real), name
            else:
                assert set(made.dropna()) <= set(real.dropna()), name
    pd.testing.assert_frame_equal(train.frame, before)


@each_method
@each_table
def test_the_seed_decides_the_sample(method, kind):
    synthesizer, _ = fitted(method, kind)
    sample = synthesizer.sample(N, seed=1)
    assert same(sample, synthesizer.sample(N, seed=1))
    assert not same(sample, synthesizer.sample(N, seed=2))


@each_method
@each_table
def test_saved_and_loaded_it_samples_alike(method, kind, tmp_path):
    synthesizer, _ = fitted(method, kind)
    synthesizer.save(tmp_path / "fit")
    loaded = get_class(cell(method).target).load(tmp_path / "fit")
    assert same(loaded.sample(N, seed=5), synthesizer.sample(N, seed=5))
    assert loaded.n_parameters == synthesizer.n_parameters
    assert {path.suffix for path in ours(tmp_path / "fit")} <= {".json", ".safetensors", ".parquet"}


@each_method
def test_the_seed_decides_the_fit(method):
    synthesizer, _ = fitted(method, "mixed")
    again = new(method).fit(*table("mixed"), seed=0)
    assert same(again.sample(N, seed=0), synthesizer.sample(N, seed=0))


@each_method
def test_it_gives_the_joint_asked_for_or_refuses(method):
    synthesizer, train = fitted(method, "mixed")
    joint = Joint.from_table(train).balanced(10)
    if synthesizer.steerable:
        pd.testing.assert_series_equal(synthesizer.joint.probability, Joint.from_table(train).probability)
        made = Joint.from_table(synthesizer.sample(400, seed=0, joint=joint)).probability
        assert (made - joint.probability).abs().max() < 1 / 400
    else:
        with pytest.raises(InputError, match="cannot be steered"):
            synthesizer.sample(400, seed=0, joint=joint)


@each_method
def test_the_test_table_cannot_be_handed_to_it(method):
    def takes(function: Any) -> list[str]:
        return [name for name in inspect.signature(function).parameters if name != "self"]

    kind = get_class(cell(method).target)
    assert takes(kind.fit) == ["train", "validation", "seed"]
    assert takes(kind.sample) == ["n", "seed", "joint"]
