"""Tables that users download, against faked sources of the documented form: the network is a folder, or a function."""

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.datasets
from sklearn.utils import Bunch

from fairtab import InputError, load_dataset
from fairtab.datasets.sources import data_folder
from fairtab.table import Split

N = 400
FEATURES = {"AGEP", "WKHP", "COW", "SCHL", "MAR", "OCCP", "POBP", "RELP"}  # of ACSIncome, beside SEX and RAC1P


def everything(split: Split) -> pd.DataFrame:
    return pd.concat([part.frame for part in (split.train, split.validation, split.test)])


def persons(seed: int) -> pd.DataFrame:
    """Persons as in the Census Bureau's file of a state: codes, and columns that no task has."""
    rng = np.random.default_rng(seed)
    codes = dict.fromkeys(["COW", "MAR", "OCCP", "POBP", "DIS", "CIT", "MIG", "MIL", "ANC"], 1)
    codes |= dict.fromkeys(["NATIVITY", "DEAR", "DEYE", "DREM"], 2)
    return pd.DataFrame(
        {
            "RT": "P",
            "SERIALNO": [f"2018GQ{i:07d}" for i in range(N)],
            "PWGTP": 5,
            "AGEP": rng.integers(0, 96, N),
            "PINCP": rng.choice([np.nan, 0, 100, 101, 50_000, 50_001, 90_000], N),
            "WKHP": rng.choice([np.nan, 1, 40], N),
            "SCHL": rng.integers(1, 25, N),
            "RELP": rng.integers(0, 18, N),
            "ESP": np.nan,
            "SEX": rng.integers(1, 3, N),
            "RAC1P": rng.integers(1, 10, N),
            "ESR": rng.choice([1, 2, 3, 4, 5, 6], N),
            **codes,
        }
    )


@pytest.fixture
def census(tmp_path, monkeypatch) -> str:
    """The address of the states' archives: a table and a text each."""
    monkeypatch.setenv("FAIRTAB_DATA", str(tmp_path / "data"))
    for seed, state in enumerate(("ca", "tx")):
        with zipfile.ZipFile(tmp_path / f"csv_p{state}.zip", "w") as archive:
            archive.writestr("ACS2018_PUMS_README.pdf", "a text")
            archive.writestr(f"psam_p0{seed}.csv", persons(seed).to_csv(index=False))
    return (tmp_path / "csv_p{state}.zip").as_uri().replace("%7B", "{").replace("%7D", "}")


def test_acs_income_is_the_task_of_folktables(census):
    split = load_dataset("acs_income", url=census, expected=None)
    table, source = everything(split), persons(0)
    kept = source[(source["AGEP"] > 16) & (source["PINCP"] > 100) & (source["WKHP"] > 0)]
    assert len(table) == len(kept) > 50
    assert (
        sum(int(part.y.sum()) for part in (split.train, split.validation, split.test)) == (kept["PINCP"] > 50000).sum()
    )
    assert set(split.schema.columns) - {"income", "sex", "race"} == FEATURES
    assert (table["sex"] == "female").sum() == (kept["SEX"] == 2).sum()
    assert table["race"].value_counts()["asian"] == (kept["RAC1P"] == 6).sum()
    assert set(table["race"]) == {"white", "black", "asian", "other"}


def test_acs_employment_is_the_task_of_folktables(census):
    split = load_dataset("acs_employment", url=census)
    table, source = everything(split), persons(0)
    kept = source[source["AGEP"].between(17, 89)]
    assert (len(table), (table["employed"] == "yes").sum()) == (len(kept), (kept["ESR"] == 1).sum())
    assert len(split.schema.columns) == 17  # 16 features of folktables and the label


def test_a_state_is_downloaded_once_and_only_the_columns_of_the_task_are_kept(census, tmp_path):
    load_dataset("acs_income", url=census, expected=None)
    (stored,) = data_folder().iterdir()
    assert stored.name == "acs_income-ca.parquet"
    assert not {"SERIALNO", "ESR"} & set(pd.read_parquet(stored).columns)
    (tmp_path / "csv_pca.zip").unlink()
    assert len(load_dataset("acs_income", url=census, expected=None).train) > 25


def test_training_in_one_state_and_testing_in_another_uses_the_test_rows_of_the_other(census):
    here = load_dataset("acs_income", url=census, expected=None)
    there = load_dataset("acs_income", url=census, state="TX")  # the counts are those of CA
    shifted = load_dataset("acs_income", url=census, expected=None, test_state="TX")
    assert shifted.train.frame.equals(here.train.frame)
    assert shifted.validation.frame.equals(here.validation.frame)
    assert shifted.test.frame.equals(there.test.frame)
    assert not shifted.test.frame.equals(here.test.frame)
    assert shifted.holdout.frame.equals(here.test.frame)  # privacy compares rows of one state


def test_another_number_of_rows_in_california_is_refused(census):
    with pytest.raises(
        InputError, match=r"expected 195665 rows; the source has \d+ and \d+\): put file:.* as csv_pca.zip"
    ):
        load_dataset("acs_income", url=census)
    assert not data_folder().exists()


def test_an_archive_that_was_downloaded_by_hand_needs_no_network(census, tmp_path):
    data_folder().mkdir()
    (tmp_path / "csv_pca.zip").rename(data_folder() / "csv_pca.zip")
    assert len(load_dataset("acs_income", url=census, expected=None).train) > 25


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"half an archive")])
def test_a_download_that_fails_says_what_to_do_and_leaves_nothing(census, tmp_path, spoil):
    spoil(tmp_path / "csv_pca.zip")
    with pytest.raises(InputError, match=r"csv_pca.zip could not be downloaded \(\w+: .*put file:.* into") as caught:
        load_dataset("acs_income", url=census)
    assert "\n" not in str(caught.value)
    assert not data_folder().exists()


DUTCH = """@relation dutch_census_data
@attribute sex {2,1}
@attribute age {4,5,6}
@attribute household_position {1110,1132}
@attribute household_size {111,112}
@attribute prev_residence_place {2,1,9}
@attribute citizenship {3,2,1}
@attribute country_birth {3,2,1}
@attribute edu_level {3,2,1,0,5,4,9}
@attribute economic_status {111,120}
@attribute cur_eco_activity {134,135}
@attribute Marital_status {3,2,1,4}
@attribute occupation {5_4_9,2_1}
@data
"""


def test_dutch_is_read_from_arff(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRTAB_DATA", str(tmp_path / "data"))
    rng = np.random.default_rng(0)
    rows = [f"{rng.integers(1, 3)},4,1110,112,1,1,1,5,111,135,1,{rng.choice(['2_1', '5_4_9'])}" for _ in range(N)]
    path = tmp_path / "dutch_census_2001.arff"
    path.write_text(DUTCH + "\n".join(rows) + "\n")
    table = everything(load_dataset("dutch", url=path.as_uri()))
    assert (table["prestigious"] == "yes").sum() == sum(row.endswith("2_1") for row in rows)
    assert (table["sex"] == "male").sum() == sum(row.startswith("1") for row in rows)
    assert "occupation" not in load_dataset("dutch").schema.columns  # stored


@pytest.fixture
def openml(tmp_path, monkeypatch) -> dict[int, pd.DataFrame]:
    """Tables by their number at OpenML."""
    tables: dict[int, pd.DataFrame] = {}
    monkeypatch.setenv("FAIRTAB_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *, data_id, **_: Bunch(frame=tables[data_id]))
    return tables


def test_diabetes_predicts_the_early_readmission_and_does_not_see_it(openml):
    rng = np.random.default_rng(0)
    numbers = ["time_in_hospital", "num_lab_procedures", "num_procedures", "num_medications", "number_diagnoses"]
    text = "discharge_disposition_id admission_source_id medical_specialty primary_diagnosis max_glu_serum A1Cresult"
    text += " insulin change diabetesMed medicare medicaid had_emergency had_inpatient_days had_outpatient_days"
    frame = pd.DataFrame({name: rng.integers(1, 9, N) for name in numbers} | dict.fromkeys(text.split(), "Other"))
    frame["race"] = rng.choice(["AfricanAmerican", "Caucasian", "Unknown"], N)
    frame["gender"], frame["age"] = "Female", "Over 60 years"
    frame["readmitted"] = rng.choice(["<30", ">30", "NO"], N)
    frame["readmit_binary"] = (frame["readmitted"] != "NO").astype(int)
    frame["readmit_30_days"] = (frame["readmitted"] == "<30").astype(int)
    openml[43874] = frame
    with pytest.raises(InputError, match="expected 101766 rows; the source has 400"):
        load_dataset("diabetes")
    split = load_dataset("diabetes", expected=None)
    assert len(split.schema.columns) == 23
    assert not {"readmitted", "readmit_binary"} & set(split.schema.columns)
    assert (
        sum(int(part.y.sum()) for part in (split.train, split.validation, split.test)) == frame["readmit_30_days"].sum()
    )


@pytest.mark.parametrize("classes", [("-50000", "50000+."), ("- 50000.", "50000+.")])
def test_kdd_takes_its_columns_by_position(openml, classes):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"V{i}": rng.integers(0, 5, N) for i in range(1, 42)})
    frame = frame.astype({"V2": str, "V5": str}).assign(V42=rng.choice(classes, N))
    frame["V11"], frame["V13"] = rng.choice(["White", "Black"], N), rng.choice(["Female", "Male"], N)
    frame.loc[:9, "V22"] = np.nan
    openml[4535] = frame
    split = load_dataset("kdd", expected={"rows": N, "positive": None})
    table = everything(split)
    assert (table["income"] == "high").sum() == (frame["V42"] == classes[1]).sum()
    assert (table["sex"] == "Female").sum() == (frame["V13"] == "Female").sum()
    assert table["previous state"].isna().sum() == 10
    assert len(split.schema.columns) == 41
    assert "instance weight" not in split.schema.columns


@pytest.mark.parametrize("name", ["acs_income", "acs_employment", "diabetes", "dutch", "kdd"])
def test_a_table_that_users_download_is_not_in_the_package(name):
    assert not (Path(__file__).parents[2] / "fairtab" / "data" / f"{name}.parquet").exists()
