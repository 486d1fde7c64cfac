"""Files from strangers are read with their values, or refused in one line that says what to do."""

import codecs
import datetime
import gzip
import io
import logging
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from fairtab import Codec, FairTab, InputError, load_dataset
from fairtab.datasets.reading import as_text, read
from fairtab.dates import is_date
from fairtab.neural.training import quiet_trainer
from tests.conftest import toy_frame

N = 80
GIVEN = {"target": "approved", "positive": "yes", "sensitive": ["sex"]}
TINY = {"epochs": 1, "min_steps": 1, "backbone": {"name": "mlp", "width": 8, "n_blocks": 1}, "T": 4}
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01"
LAST = -(2**63)


def frame(**columns: Any) -> pd.DataFrame:
    return toy_frame(N).assign(**columns)


def cycle(*values: Any, n: int = N) -> list[Any]:
    return [values[i % len(values)] for i in range(n)]


def csv(table: pd.DataFrame, **options: Any) -> bytes:
    return table.to_csv(index=False, **options).encode(options.get("encoding", "utf-8"))


def cells(table: pd.DataFrame, change: Callable[[str], str] = str, separator: str = ",") -> bytes:
    """Make a CSV file without quotation marks, with `change` applied to every cell and name."""
    lines = [list(table.columns), *table.astype(str).values.tolist()]
    return "".join(separator.join(map(change, line)) + "\n" for line in lines).encode()


def parquet(table: pa.Table | pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    pa.parquet.write_table(table if isinstance(table, pa.Table) else pa.Table.from_pandas(table), buffer)
    return buffer.getvalue()


class Works(NamedTuple):
    content: bytes
    said: str = "numerical: age, gain, amount"  # in the log
    more: dict[str, Any] = {}  # of the description
    expected: dict[str, Any] = {}  # by column, all its values in the file's order
    ending: str = "csv"


class Refused(NamedTuple):
    content: bytes
    message: str
    more: dict[str, Any] = {}
    ending: str = "csv"


accented = "Ge\u0301nre 🙂"  # an accent as a sign of its own
wide = pd.DataFrame({f"c{i}": cycle(i, -1, -2) for i in range(193)})
of_sexes, of_labels = toy_frame(N)["sex"], toy_frame(N)["approved"]
nested = pa.Table.from_pandas(frame()).append_column("tags", pa.array([[1, 2]] * N)).append_column("raw", [[b"x"] * N])
zips, big = cycle("01234", "94110", "00501"), cycle(LAST, 2**63 - 1, 2**53 + 1, 0, -7)
gaps = {"code": pd.array([None, *big[1:]], dtype="Int64")}  # of which a number of double precision would make others
gaps_in_words = {"code": [None, *map(str, big[1:])]}
decimals, notes = cycle(0.1 + 0.2, 1e-300, 5e-324, 1 / 3), cycle("a\nb", 'c "d"', "e,f")
times = frame(
    day=cycle(datetime.date(9999, 12, 31), None, datetime.date(1600, 2, 29)),
    at=pd.Series(pd.date_range("2024-03-30", periods=N, freq="h", tz="Europe/Berlin")),
    clock=cycle(datetime.time(23, 59, 59, 1), datetime.time(0, 0)),
)

WORKS = {
    "byte order mark": Works(codecs.BOM_UTF8 + csv(frame())),
    "byte order mark before a quoted name": Works(codecs.BOM_UTF8 + csv(frame(), quoting=1)),
    "semicolons": Works(csv(frame(), sep=";"), "read with semicolons between values"),
    "tabs": Works(csv(frame(), sep="\t"), "read with tabs between values", ending="tsv"),
    "Windows line ends": Works(csv(frame(), lineterminator="\r\n")),
    "decimal commas": Works(
        csv(frame(price=np.arange(N) + 0.25, whole=cycle(1, 2, 3)), sep=";", decimal=","),
        "decimal commas",
        expected={"price": list(np.arange(N) + 0.25), "whole": cycle(1, 2, 3), "amount": frame()["amount"].tolist()},
    ),
    "empty column names": Works(
        csv(frame().reset_index()).replace(b"index", b"", 1), "columns without a name called by their place: column 1"
    ),
    "a name on two lines": Works(csv(frame().rename(columns={"sex": "sex\n(m/f)"})), "", {"sensitive": "sex (m/f)"}),
    "mixed types": Works(
        csv(frame(mixed=cycle("1", "2.5", "seven"))),
        "mixed (numbers in 54 of 80 rows): plain numbers would be numerical",
        expected={"mixed": cycle("1", "2.5", "seven")},
    ),
    "dates": Works(
        csv(frame(day=cycle("2020-01-31", "1999-12-01", "2021-02-28"))),
        "dates: day (YYYY-MM-DD)",
        expected={"day": cycle("2020-01-31", "1999-12-01", "2021-02-28")},
    ),
    "dates of which some are missing": Works(
        csv(frame(day=cycle("31/01/2020", None, "02/03/1600", "29/02/2024", "01/01/9999"))), "dates: day (DD/MM/YYYY)"
    ),
    "dates that can be read in two ways": Works(
        csv(frame(day=cycle("01/02/2020", "03/04/2020", "05/06/2020"))),
        "two ways: day: if all are of one form, name it, as in 'dataset.dates={day: DD/MM/YYYY}'",
    ),
    "dates that can be read in two ways, and a form": Works(
        csv(frame(day=cycle("01/02/2020", "03/04/2020", "05/06/2020"))),
        "dates: day (MM/DD/YYYY)",
        {"dates": {"day": "MM/DD/YYYY"}},
    ),
    "dates of several forms": Works(csv(frame(day=cycle("2020-01-31", "31/01/2020"))), "day (2 values)"),
    "dates that are not in the calendar": Works(csv(frame(day=cycle("2020-01-31", "2023-02-29"))), "day (2 values)"),
    "dates that are named as categorical": Works(
        csv(frame(day=cycle("2020-01-31", "2020-01-30"))), "day (2 values)", {"categorical": ["day"]}
    ),
    "times of summer and winter": Works(
        csv(frame(at=cycle("2024-01-01T10:00:00+01:00", "2024-07-01T10:00:00+02:00"))), "at (2 values)"
    ),
    "types of dates in Parquet": Works(
        parquet(times),
        "dates: day (date32[day]), at (timestamp[ns, tz=Europe/Berlin]), clock (time64[us])",
        expected={name: times[name].tolist() for name in times.columns[-3:]},
        ending="parquet",
    ),
    "types of dates as a group": Works(
        parquet(frame(born=pd.Series(cycle(*pd.to_datetime(["2000-01-01", "2001-01-01"]))))),
        more={"sensitive": ["born"]},
        ending="parquet",
    ),
    "timestamps": Works(
        csv(frame(at=[f"2020-01-01 00:{i % 60:02}:{i // 60:02}" for i in range(N)])), "dates: at (YYYY-MM-DD hh:mm:ss)"
    ),
    "truth values in words": Works(
        csv(frame(flag=cycle("true", "false"), member=cycle("yes", "no"))),
        "approved (2 values), flag (2 values)",
        {"target": "member"},
        {"flag": cycle("true", "false"), "member": cycle("yes", "no")},
    ),
    "a target of truth values": Works(csv(frame(paid=cycle(True, False, True))), "", {"target": "paid", "positive": 1}),
    "a column all missing": Works(csv(frame(more=None)), "left out: more (constant)"),
    "200 columns": Works(csv(frame().join(wide)), "c192"),
    "emoji and accents": Works(
        csv(frame().rename(columns={"sex": accented, "job": "职业"}).replace({"nurse": "infirmière 👩‍⚕️"})),
        "职业 (3 values)",
        {"sensitive": [unicodedata.normalize("NFC", accented)]},
        {"职业": frame()["job"].replace({"nurse": "infirmière 👩‍⚕️"}).tolist()},
    ),
    "leading zeros": Works(csv(frame(zip=zips)), "zip (3 values)", expected={"zip": zips}),
    "telephone numbers": Works(csv(frame(tel=cycle("+4930", "+1212"))), expected={"tel": cycle("+4930", "+1212")}),
    "currency signs": Works(csv(frame(price=cycle("$1,200.50", "$3"))), "price (numbers with a currency sign)"),
    "percent signs": Works(csv(frame(rate=cycle("12%", "7.5 %"))), "rate (numbers with a percent sign)"),
    "thousands separators": Works(csv(frame(price=cycle("1,200", "12,345,678"))), "price (numbers with separators)"),
    "whole numbers of 64 bits": Works(csv(frame(code=big)), "numerical: age, gain, amount, code", {}, {"code": big}),
    "whole numbers of 64 bits, some missing": Works(csv(frame(**gaps)), "code (6 values)", {}, gaps_in_words),
    "whole numbers of 64 bits, some missing, in Parquet": Works(
        parquet(frame(**gaps)), "code (6 values)", {}, gaps_in_words, "parquet"
    ),
    "whole numbers of more than 64 bits": Works(
        csv(frame(code=cycle(2**70, 5))), expected={"code": cycle(str(2**70), "5")}
    ),
    "every digit of a decimal number": Works(csv(frame(x=decimals)), expected={"x": decimals}),
    "infinite numbers that mean missing": Works(
        csv(frame(x=cycle(1.5, np.inf, 2.5))),
        "x",
        {"missing": {"marker": float("inf"), "policy": "keep"}},
        {"x": cycle(1.5, None, 2.5)},
    ),
    "line breaks in quotation marks": Works(csv(frame(note=notes)), expected={"note": notes}),
    "spaces around values": Works(
        cells(frame(), " {} ".format),
        "no spaces around names and values, which age, job, gain, amount, sex and 2 more had",
        expected={name: frame()[name].tolist() for name in ("age", "sex", "amount")},
    ),
    "target and sensitive missing in some rows": Works(
        csv(frame(sex=of_sexes.mask(np.arange(N) < 5), approved=of_labels.mask(np.arange(N) % 10 == 7))),
        "13 rows left out: no value in approved or sex",
    ),
    "gzip": Works(gzip.compress(csv(frame())), ending="csv.gz"),
    "gzip that is not called so": Works(gzip.compress(csv(frame()))),
    "Parquet that is not called so": Works(parquet(frame())),
    "nested columns": Works(parquet(nested), "tags, raw left out, which hold more than one", ending="parquet"),
    "an index with a name": Works(parquet(frame().set_index("sex")), ending="parquet"),
    "a stray separator at each line's end": Works(csv(frame()).replace(b"\n", b",\n"), "left out: column 8 (constant)"),
}

REFUSED = {
    "duplicate column names": Refused(csv(frame()).replace(b"gain", b"age", 1), "two columns are called age: rename"),
    "one row": Refused(csv(frame().head(1)), "expected a table of at least 4 rows, got 1"),
    "a few rows": Refused(csv(frame().head(6)), "rows are too few for training, validation and test rows of both"),
    "zero rows": Refused(parquet(frame().head(0)), "expected a table of at least 4 rows, got 0", ending="parquet"),
    "header only": Refused(csv(frame().head(0)), "expected a table of at least 4 rows, got 0"),
    "an empty file": Refused(b"", "the file is empty"),
    "an empty Parquet file": Refused(b"", "expected a Parquet or CSV table", ending="parquet"),
    "blank lines": Refused(b"\n\n\n", "the file is empty"),
    "no line of names": Refused(csv(frame(), header=False), "does the file begin with a line of names?"),
    "infinite numbers": Refused(csv(frame(x=cycle(1.5, np.inf, -np.inf))), "infinite or larger ones in 53 rows: leave"),
    "too large numbers": Refused(csv(frame(x=cycle(1.5, 1e39))), "column 'x': expected numbers of up to 3.4e"),
    "ragged rows": Refused(csv(frame()) + b"1,2\n", "1 rows do not have 7 values .* first is row 82 with 2"),
    "values with unquoted separators": Refused(cells(frame(job="a,b")), "80 rows do not have 7 values .* row 2 with 8"),
    "a quotation mark left open": Refused(csv(frame()) + b'"1,2,3\n', "row"),
    "a character that is cut off": Refused(csv(frame()) + "\u00e9".encode()[:1], "line 82 is not UTF-8 text"),
    "latin-1": Refused(csv(frame(job="caf\xe9"), encoding="latin-1"), "line 2 is not UTF-8 text: save .* iconv"),
    "UTF-16": Refused(csv(frame(), encoding="utf-16"), "save it as UTF-8"),
    "NUL bytes": Refused(csv(frame()).replace(b"nurse", b"nur\0e"), "it has zero bytes"),
    "a picture": Refused(PNG, "save it as UTF-8 CSV or Parquet"),
    "a picture called Parquet": Refused(PNG, "expected a Parquet or CSV table", ending="parquet"),
    "half a gzip": Refused(gzip.compress(csv(frame()))[:200], "expected a Parquet or CSV table"),
    "half a Parquet file": Refused(parquet(frame())[:200], "expected a Parquet or CSV table"),
    "a target of three values": Refused(csv(frame()), "classes, got 3 .*: make a column of two", {"target": "job"}),
    "a target of one value": Refused(csv(frame(approved="yes")), "expected two classes, got 1"),
    "a target of many values": Refused(csv(frame()), r"two classes, got \d+: make a column", {"target": "amount"}),
    "a sensitive column that is continuous": Refused(csv(frame()), "expected groups, got", {"sensitive": ["amount"]}),
    "sensitive columns of too many groups": Refused(
        csv(frame(**{f"s{i}": cycle(*(f"{j}" for j in range(20))) for i in range(4)})),
        "at most 10000 combinations of groups, got 160000",
        {"sensitive": ["s0", "s1", "s2", "s3"]},
    ),
    "a target all missing": Refused(csv(frame(approved=None)), "expected a table with rows"),
}


@pytest.fixture
def loaded(tmp_path, caplog):
    def load(case: Works | Refused):
        path = tmp_path / f"loans.{case.ending}"
        path.write_bytes(case.content)
        with caplog.at_level(logging.INFO, "fairtab"):
            return path, load_dataset("table", **{"path": str(path), **GIVEN, **case.more})

    return load


@pytest.mark.parametrize("case", WORKS.values(), ids=WORKS)
def test_a_file_is_read_as_it_is_and_drawn_in_its_own_terms(loaded, caplog, case):
    path, split = loaded(case)
    assert case.said in caplog.text
    whole = read(path, case.more.get("missing", {}).get("marker"))
    for name, values in case.expected.items():
        assert whole[name].astype(object).where(whole[name].notna(), None).tolist() == [
            None if pd.isna(value) else value for value in values
        ]
    codec = Codec.from_dict(Codec.fit(split.train).to_dict())
    codes = codec.encode(split.train)
    back = codec.decode(codec.spread(codes.x_num), codes.x_cat, codes.condition)
    pd.testing.assert_frame_equal(back.frame, split.train.frame)
    drawn = FairTab(**TINY, sampler={"n_steps": 2}, trainer=quiet_trainer).fit(split.train, split.validation, seed=0)
    for name, column in drawn.sample(N, seed=0).written.items():
        known = as_text(whole[name]) if name in split.schema.conditions and is_date(whole[name]) else whole[name]
        assert set(column.dropna()) <= set(known.dropna()), name


def test_a_hundred_thousand_categories_share_few_codes(loaded, caplog):
    _, split = loaded(Works(csv(toy_frame(200_000).assign(street=[f"street {i // 2}" for i in range(200_000)]))))
    assert "street (100000 values)" in caplog.text
    assert max(Codec.fit(split.train).cardinalities) == 256


def test_rare_categories_are_drawn_in_their_own_terms_and_are_in_no_log(loaded, caplog):
    towns = [f"town {i}" if i % 3 else "the city" for i in range(4000)]
    _, split = loaded(Works(csv(toy_frame(4000).assign(town=towns))))
    model = FairTab(**TINY, sampler={"n_steps": 2}, trainer=quiet_trainer).fit(split.train, split.validation, seed=0)
    town = model.sample(500, seed=0).frame["town"]
    assert town.nunique() > 20
    assert set(town) <= set(split.train.frame["town"])
    assert "town 1" not in caplog.text


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_in_one_line(loaded, case):
    with pytest.raises(InputError, match=case.message) as caught:
        loaded(case)
    assert "\n" not in str(caught.value)
