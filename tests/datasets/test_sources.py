"""Sources of tables. The network is replaced by a function that answers or fails on purpose."""

import datetime
import http.client
from decimal import Decimal
from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets
from sklearn.utils import Bunch

from fairtab import InputError, load_dataset
from fairtab.datasets.sources import data_folder, plain, read
from tests.conftest import load, toy_frame

COUNTS = {"rows": 400, "positive": int((toy_frame(400)["approved"] == "yes").sum())}


class Network:
    """Stands for fetch_openml; `asked` collects the requested numbers."""

    def __init__(self):
        self.answer = toy_frame(400)
        self.asked = []

    def fetch_openml(self, *, data_id, **_):
        self.asked.append(data_id)
        if isinstance(self.answer, Exception):
            raise self.answer
        return Bunch(frame=self.answer)


@pytest.fixture
def network(monkeypatch, tmp_path):
    network = Network()
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", network.fetch_openml)
    monkeypatch.setenv("FAIRTAB_DATA", str(tmp_path / "data"))
    return network


@pytest.fixture
def remote(description):
    return {**description, "file": "remote.parquet", "openml": 7, "expected": COUNTS}


def test_a_table_is_downloaded_once(network, remote, description):
    first, second = load(remote), load(remote)
    assert network.asked == [7]
    assert first.train.frame.equals(second.train.frame)
    assert first.train.frame.equals(load(description).train.frame)
    assert [path.name for path in data_folder().iterdir()] == ["remote.parquet"]


def test_a_table_put_into_the_data_folder_by_hand_needs_no_network(network, remote):
    network.answer = URLError("no network")
    data_folder().mkdir()
    toy_frame(400).to_csv(data_folder() / "remote.csv", index=False)
    assert len(load(remote).train) == 200
    assert not network.asked


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (URLError("no route"), r"OpenML 7 could not be downloaded \(URLError: .*no route.*\)"),
        (http.client.IncompleteRead(b"half"), r"could not be downloaded \(IncompleteRead"),
        (EOFError("file ended\nbefore its end"), r"could not be downloaded \(EOFError: file ended\)"),
        (KeyError("data_set_description"), r"could not be downloaded \(KeyError"),
        (toy_frame(399), r"not the expected table \(dataset 'toy': expected 400 rows.*; the source has 399"),
        (toy_frame(400).drop(columns="job"), r"not the expected table \(columns named in the schema but absent: job"),
        (toy_frame(400).assign(approved="no"), r"not the expected table \(.*two classes"),
    ],
)
def test_a_download_that_fails_says_what_to_do_and_leaves_nothing(network, remote, answer, message):
    network.answer = answer
    with pytest.raises(InputError, match=message) as caught:
        load(remote)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(
        f"put the table as remote.parquet or remote.csv into {data_folder()}, or name its folder in FAIRTAB_DATA"
    )
    assert not data_folder().exists()


def test_a_folder_that_cannot_be_written_into_is_named(network, remote, tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(InputError, match=r"data: expected a folder to write into"):
        load(remote)


def test_a_stored_table_that_is_not_the_one_expected_is_named(network, remote):
    data_folder().mkdir()
    (data_folder() / "remote.parquet").write_bytes(b"half")
    with pytest.raises(InputError, match=r"remote\.parquet is not the expected table .*: replace it, or remove it"):
        load(remote)


def bank(n: int) -> pd.DataFrame:
    """Make a table with the number and types of columns of Bank Marketing."""
    numerical = ["balance", "day", "duration", "campaign", "pdays", "previous"]
    frame = pd.DataFrame({"age": np.arange(n) % 60 + 18, "job": "nurse", "marital": "married", "education": "primary"})
    text = ["default", "housing", "loan", "contact", "month", "poutcome"]
    frame = frame.assign(**dict.fromkeys(numerical, 3), **dict.fromkeys(text, "no"), y=np.where(frame.index % 4, 1, 2))
    order = "age job marital education default balance housing loan contact day month duration campaign pdays previous"
    return frame[[*order.split(), "poutcome", "y"]]


@pytest.mark.parametrize("class_type", [int, str, "category"])
def test_bank_may_have_numbers_for_names_and_classes(network, class_type):
    frame = bank(120).astype({"y": class_type})
    network.answer = frame.set_axis([*(f"V{i}" for i in range(1, 17)), "Class"], axis=1)
    split = load_dataset("bank", expected={"rows": 120, "positive": 30})
    table = pd.concat([part.frame for part in (split.train, split.validation, split.test)])
    assert set(table["y"]) == {"no", "yes"}
    assert table["age"].between(18, 77).all()
    assert (table["age-group"] == "young").equals(table["age"] <= 25)
    assert network.asked == [44234]


def test_bank_with_other_columns_is_refused(network):
    network.answer = bank(120).drop(columns="marital")
    with pytest.raises(InputError, match=r"OpenML 44234 is not the expected table \(expected 17 columns .* got 16"):
        load_dataset("bank")


def test_the_papers_compas_takes_the_names_of_compas(network):
    ours = load_dataset("compas")
    frame = pd.concat([ours.train.frame, ours.test.frame]).assign(start=0, end=7, event=1, is_recid=1)
    frame = frame.astype({"sex": "category", "two_year_recid": "category"})
    network.answer = frame.rename(columns=lambda name: name.replace("_", ""))
    positive = int((frame["two_year_recid"] == 1).sum())
    papers = load_dataset("compas_openml", expected={"rows": len(frame), "positive": positive})
    assert set(papers.schema.columns) == set(ours.schema.columns)
    assert papers.schema.sensitive == ours.schema.sensitive
    assert network.asked == [44053]


def test_columns_become_numbers_or_text():
    frame = pd.DataFrame(
        {
            "flag": [True, False],
            "gap": pd.array([True, None], dtype="boolean"),
            "whole": pd.array([1, 2], dtype="Int64"),
            "hole": pd.array([1, None], dtype="Int64"),
            "price": [Decimal("1.5"), None],
            "day": [datetime.date(2020, 1, 2), None],
            "time": pd.to_datetime(["2020-01-02", None]),
            "mixed": [1, "one"],
            "group": pd.Categorical(["a", None]),
            "level": pd.Categorical([3, 4]),
            "words": pd.array(["a", None], dtype="string"),
        }
    )
    got = plain(frame)
    texts = {"flag", "gap", "mixed", "group", "words"}
    assert {name for name in got if got[name].dtype == object} == {*texts, "day"}
    assert [got[name].tolist() for name in ("flag", "mixed")] == [["True", "False"], ["1", "one"]]
    assert got["day"].iloc[0] == datetime.date(2020, 1, 2)
    assert got["time"].iloc[0] == pd.Timestamp(2020, 1, 2)
    assert got["whole"].dtype == got["level"].dtype == np.int64
    assert got["price"].iloc[0] == 1.5
    for name in ("gap", "hole", "price", "day", "time", "group", "words"):
        assert got[name].isna().tolist() == [False, True], name


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_are_seen(tmp_path, separator):
    toy_frame(50).to_csv(tmp_path / "toy.csv", sep=separator, index=False)
    pd.testing.assert_frame_equal(read(tmp_path / "toy.csv"), toy_frame(50))


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n1,2,3\n", b"a,b\n\xff,2\n"])
def test_a_broken_csv_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "broken.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"broken\.csv: expected a Parquet or CSV table") as caught:
        read(tmp_path / "broken.csv")
    assert "\n" not in str(caught.value)
