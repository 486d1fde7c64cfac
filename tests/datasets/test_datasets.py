import pandas as pd
import pytest
import yaml

from fairtab import InputError, load_dataset
from fairtab.datasets.loading import CONFIGS
from fairtab.datasets.sources import SHIPPED, data_folder
from tests.conftest import load, toy_frame


def test_adult_is_the_papers():
    split = load_dataset("adult")
    assert [len(t) for t in (split.train, split.validation, split.test)] == [22611, 11305, 11306]  # Table 1
    assert sum(int(t.y.sum()) for t in (split.train, split.validation, split.test)) == 11208
    assert split.schema.sensitive == ("sex", "race")


def test_compas_is_propublicas():
    split = load_dataset("compas")
    table = pd.concat([part.frame for part in (split.train, split.validation, split.test)])
    assert (len(table), int(table["two_year_recid"].sum())) == (6172, 2809)
    assert table["race"].value_counts().to_dict() == {
        "African-American": 3175,
        "Caucasian": 2103,
        "Hispanic": 509,
        "Other": 343,
        "Asian": 31,
        "Native American": 11,
    }
    assert table["days_b_screening_arrest"].between(-30, 30).all()
    assert not {"start", "end", "event", "is_recid", "is_violent_recid", "v_type_of_assessment"} & set(table)


def test_german_has_derived_groups():
    split = load_dataset("german")
    table = pd.concat([part.frame for part in (split.train, split.validation, split.test)])
    assert (len(table), sum(int(part.y.sum()) for part in (split.train, split.validation, split.test))) == (1000, 700)
    assert table["sex"].value_counts().to_dict() == {"male": 690, "female": 310}
    assert table["age-group"].value_counts().to_dict() == {"older": 810, "young": 190}
    assert "age" in table
    assert "personal_status" not in table


def test_a_sensitive_number_is_a_feature_too_and_its_groups_replace_no_column(description):
    described = {**description, "sensitive": ["sex", "age"], "groups": {"age": [40]}}
    split = load({**described, "numerical": ["gain", "amount"]})
    assert split.schema.sensitive == ("sex", "age-group")
    assert "age" in split.schema.numerical  # the rules of its groups speak of it
    rule = {"from": "age", "at_most": 30, "then": "young", "otherwise": "older"}
    with pytest.raises(InputError, match="the table already has a column age-group"):
        load({**described, "derive": {"age-group": rule}})


@pytest.mark.skipif(not (data_folder() / "bank.parquet").is_file(), reason="FAIRTAB_DATA has no bank.parquet")
def test_bank_is_the_papers():
    split = load_dataset("bank")
    table = pd.concat([part.frame for part in (split.train, split.validation, split.test)])
    assert table["y"].value_counts().to_dict() == {"no": 39922, "yes": 5289}
    assert (table["marital"] == "married").sum() == 27214
    assert table["age-group"].value_counts()["young"] == 1336
    assert "age" in split.schema.numerical


def test_parts_share_no_row_and_are_the_same_each_time(description):
    split, again = load(description), load(description)
    assert split.test.frame.equals(again.test.frame)
    amounts = [set(t.frame["amount"].index) for t in (split.train, split.validation, split.test)]
    assert [len(a) for a in amounts] == [200, 100, 100]
    everything = pd.concat([t.frame for t in (split.train, split.validation, split.test)])
    columns = list(everything.columns)
    assert everything.sort_values(columns).values.tolist() == toy_frame(400).sort_values(columns).values.tolist()


def test_csv_is_read_like_parquet(description, tmp_path):
    toy_frame(400).to_csv(tmp_path / "toy.csv", index=False)
    split = load({**description, "file": str(tmp_path / "toy.csv")})
    assert split.train.frame.equals(load(description).train.frame)


def test_the_data_folder_is_looked_in(description, toy_file, monkeypatch):
    monkeypatch.setenv("FAIRTAB_DATA", str(toy_file.parent))
    assert len(load({**description, "file": toy_file.name}).train) == 200


def test_rows_with_missing_values_are_dropped_where_asked_for(description, tmp_path):
    toy_frame(400).replace("nurse", "?").to_parquet(tmp_path / "holes.parquet")
    n_nurses = int((toy_frame(400)["job"] == "nurse").sum())
    holes = {**description, "file": str(tmp_path / "holes.parquet")}
    dropped = load({**holes, "missing": {"marker": "?", "policy": "drop"}})
    assert sum(len(t) for t in (dropped.train, dropped.validation, dropped.test)) == 400 - n_nurses
    kept = load({**holes, "missing": {"marker": "?", "policy": "keep"}})
    assert sum(t.frame["job"].isna().sum() for t in (kept.train, kept.validation, kept.test)) == n_nurses


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"file": "nowhere.parquet"}, "no table 'nowhere.parquet': looked for"),
        ({"categorical": ["job", "town"]}, "absent: town"),
        ({"target": "job", "categorical": []}, "'job': expected two classes, got 3"),
        ({"target": "region", "positive": "east", "sensitive": ["sex"]}, "expected 'east' as one of its classes"),
        ({"sensitive": ["approved"]}, "also listed as sensitive"),
        ({"numerical": ["age", "job"], "categorical": []}, "'job': expected numbers"),
        ({"expected": {"rows": 401, "positive": 1}}, "expected 401 rows, 1 of them positive; the source has 400"),
        ({"missing": {"policy": "guess"}}, "unknown missing policy 'guess'"),
    ],
)
def test_a_description_that_does_not_fit_its_table_is_refused(description, change, message):
    with pytest.raises(InputError, match=message):
        load({**description, **change})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda frame: frame.assign(approved="yes"), "expected two classes, got 1"),
        (lambda frame: frame.iloc[:0], "empty"),
        (lambda frame: frame.assign(amount=float("inf")), "expected finite"),
        (lambda frame: frame.assign(sex=frame["sex"].mask(frame.index < 3)), "'sex': expected a value in every row, 3"),
        (lambda frame: frame.iloc[:3], "3 rows"),
    ],
)
def test_a_table_that_cannot_be_learned_from_is_refused(description, tmp_path, spoil, message):
    spoil(toy_frame(400)).to_parquet(tmp_path / "spoilt.parquet")
    with pytest.raises(InputError, match=message):
        load({**description, "file": str(tmp_path / "spoilt.parquet")})


def test_a_file_that_is_no_table_is_refused(description, tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"not a table")
    with pytest.raises(InputError, match=r"broken\.parquet: expected a Parquet or CSV table"):
        load({**description, "file": str(tmp_path / "broken.parquet")})


def test_an_unknown_dataset_is_named_with_those_there_are():
    with pytest.raises(InputError, match="unknown dataset 'nope': expected one of acs_employment, acs_income, adult"):
        load_dataset("nope")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_dataset_is_as_described_where_its_table_is_here(path):
    """Loading compares rows and positives with `expected`. Every attribute needs two groups to compare."""
    described = yaml.safe_load(path.read_text())
    folders = (SHIPPED, data_folder())
    if not any((folder / described.get("file", f"{path.stem}.parquet")).is_file() for folder in folders):
        pytest.skip(f"no table for {path.stem} here")
    assert described["expected"] is not None
    split = load_dataset(path.stem)
    assert all(split.train.frame[name].nunique() > 1 for name in split.schema.sensitive)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_dataset_is_called_what_its_file_is_called(path):
    name = yaml.safe_load(path.read_text())["name"]
    assert name == (None if path.stem == "table" else path.stem)  # a table of one's own is called what its file is
