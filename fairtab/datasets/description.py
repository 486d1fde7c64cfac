"""The description of a dataset: where its table is, what its columns mean, and how it is split."""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from fairtab import files
from fairtab.errors import InputError, check_choice
from fairtab.task import Task

MUST_BE_GIVEN = "???"  # as in every configuration that Hydra reads
POLICIES = ("drop", "keep")
RANDOM = "random"
LISTS = ("columns", "spelling", "numerical", "categorical", "leave_out", "sensitive")


@dataclass(frozen=True)
class MissingValues:
    """How missing values are written, and what happens to them.

    Parameters
    ----------
    marker
        The value that marks a missing one, in addition to an empty cell, NA and similar words. None: no further value.
    policy
        "keep": a missing value is one more value of its column. "drop": rows with one are left out.

    Examples
    --------
    >>> MissingValues(marker="?", policy="drop")
    MissingValues(marker='?', policy='drop')
    """

    marker: Any = None
    policy: str = "keep"

    def __post_init__(self) -> None:
        check_choice("missing policy", self.policy, POLICIES)


@dataclass(frozen=True)
class InjectedMissing:
    """Values that are made missing after the table was read, for experiments.

    Parameters
    ----------
    rate
        The share of the values of each feature.
    by
        "random": completely at random. The name of a sensitive column: `rate` is the share in its largest group, and
        all other groups have twice this share.

    Examples
    --------
    >>> InjectedMissing(rate=0.15, by="sex")
    InjectedMissing(rate=0.15, by='sex')
    """

    rate: float
    by: str = RANDOM

    def __post_init__(self) -> None:
        most = 1 if self.by == RANDOM else 0.5
        if isinstance(self.rate, bool) or not isinstance(self.rate, int | float) or not 0 <= self.rate <= most:
            raise InputError(f"dataset.inject.rate: expected a share between 0 and {most}, got {self.rate!r}")


@dataclass(frozen=True)
class ExpectedCounts:
    """How many rows a table must have, and how many of them with the positive label.

    Parameters
    ----------
    rows, positive
        The counts. None: not known, so not checked.
    state
        The state that they are of. A table of another state is not checked.

    Examples
    --------
    >>> ExpectedCounts(rows=1000, positive=700)
    ExpectedCounts(rows=1000, positive=700, state=None)
    """

    rows: int | None
    positive: int | None
    state: str | None = None


@dataclass(frozen=True)
class PaperTable:
    """What the paper calls a dataset, and the attribute of its Table 4.

    Examples
    --------
    >>> PaperTable(name="adult", attribute="sex")
    PaperTable(name='adult', attribute='sex')
    """

    name: str
    attribute: str


PARTS = {"missing": MissingValues, "inject": InjectedMissing, "expected": ExpectedCounts, "paper": PaperTable}


@dataclass(frozen=True, kw_only=True)
class DatasetDescription:
    """The description of a dataset. `from_mapping` makes one from what a person writes.

    An entry that was not given is None.

    Parameters
    ----------
    name
        The dataset's name, also of the folder of its runs.
    file
        The name of a table in the package or in the data folder.
    path
        A file of the user's own, in place of `file`.
    sha256
        The checksum of the file at `path`. A file that changed is another dataset.
    openml
        The number at OpenML, from which the table is downloaded if it is not in the data folder.
    url
        The address of a CSV or ARFF file, or of a ZIP archive with one CSV file, from which the table is downloaded
        if it is not in the data folder.
    state
        The state whose rows are taken. Its name in small letters stands for "{state}" in `file` and `url`.
    test_state
        Another state, whose test rows are the test table: those that a run on this state would have.
    infer
        Whether the role of each column that has none is inferred from its values.
    columns
        All columns in the source's order. If the source has other names, these are given by position.
    spelling
        Names of columns. A column whose name differs only in capitals and punctuation gets the name from here.
    rows
        The rows to keep, by column: `{"min": .., "max": .., "not": ..}`.
    derive
        New columns, by name: `{"from": column, "map": {value: new}}`, or
        `{"from": column, "at_most": number, "then": new, "otherwise": new}`.
    numerical, categorical
        The features.
    leave_out
        Columns to leave out, if roles are inferred.
    target, positive
        The label's column, and its positive value if it has two values.
    sensitive
        The sensitive columns.
    task
        What is predicted: "binary", "multi-class" or "regression". If it is not given, a positive value says binary;
        without one, the values of the target decide.
    groups
        By sensitive column of numbers, where its groups end: `{"age": [25, 60]}`.
    as_category
        By numerical column, whether it is modelled as a category. The codec's rule decides about the others.
    dates
        By column of dates or times, the form that they are written in, as in "DD/MM/YYYY hh:mm"
        (`fairtab.dates.DateFormat`). If roles are inferred, so are the forms that can be read in one way only.
    missing
        What happens to missing values.
    inject
        Values that are made missing.
    expected
        The counts that the table is checked against.
    split_seed
        The seed of the split, which is the same for every seed of a run.
    paper
        The dataset in the paper's tables.

    Examples
    --------
    >>> entries = {"name": "loans", "file": "loans.csv", "target": "repaid", "positive": 1, "sensitive": "sex"}
    >>> description = DatasetDescription.from_mapping({**entries, "missing": "drop"})
    >>> description.sensitive, description.missing
    (('sex',), MissingValues(marker=None, policy='drop'))
    """

    name: str
    file: str | None = None
    path: str | None = None
    sha256: str | None = None
    openml: int | None = None
    url: str | None = None
    state: str | None = None
    test_state: str | None = None
    infer: bool | None = None
    columns: tuple[str, ...] | None = None
    spelling: tuple[str, ...] | None = None
    rows: Mapping[str, Mapping[str, Any]] | None = field(default=None, hash=False)
    derive: Mapping[str, Mapping[str, Any]] | None = field(default=None, hash=False)
    numerical: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    leave_out: tuple[str, ...] | None = None
    target: str
    positive: Hashable | None = None
    sensitive: tuple[str, ...]
    task: Task | None = None
    groups: Mapping[str, Any] | None = field(default=None, hash=False)
    as_category: Mapping[str, bool] | None = field(default=None, hash=False)
    dates: Mapping[str, str] | None = field(default=None, hash=False)
    missing: MissingValues = MissingValues()
    inject: InjectedMissing | None = None
    expected: ExpectedCounts | None = None
    split_seed: int = 42
    paper: PaperTable | None = None

    @classmethod
    def from_mapping(cls, entries: Mapping[str, Any]) -> DatasetDescription:
        """Check the entries of a description and complete what a person may write short.

        A single column may stand for a list of one, and the name of a policy for all of `missing`. A file of the user's
        own gives the dataset its name, if no other is given, and its checksum.

        Raises
        ------
        InputError
            An entry is unknown or of the wrong form, or one that is needed is not given; there is no file at
            `path`, or it does not have the checksum given.
        """
        for name in entries:
            check_choice("entry of dataset", name, (entry.name for entry in fields(cls)))
        given = {name: value for name, value in entries.items() if value is not None}
        if "task" in given:
            check_choice("task", given["task"], (task.value for task in Task))
            given["task"] = Task(given["task"])
        is_open = given.get("infer") or given.get("task", Task.BINARY) is not Task.BINARY
        needed = ("target", "sensitive", *(() if is_open else ("positive",)))
        needed += () if "path" in given else ("name", "file")
        absent = [name for name in needed if name not in given]
        if open_ := [*(name for name, value in given.items() if value == MUST_BE_GIVEN), *absent]:
            raise InputError(f"dataset: expected values for {', '.join(open_)}, as in dataset.{open_[0]}=VALUE")
        for name in LISTS:
            if name in given:
                given[name] = tuple(given[name]) if isinstance(given[name], list | tuple) else (given[name],)
        if isinstance(policy := given.get("missing"), str):
            given["missing"] = {"policy": policy}
        for name, kind in PARTS.items():
            if name in given:
                given[name] = _part(kind, name, given[name])
        seed = given.get("split_seed", cls.split_seed)
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise InputError(f"dataset.split_seed: expected a whole number of at least 0, got {seed!r}")
        if "path" in given:
            given |= _identified(Path(str(given["path"])).expanduser(), given.get("name"), given.get("sha256"))
        return cls(**given)

    def of_state(self, name: str) -> str:
        """Return a name with the state in it."""
        return name.replace("{state}", (self.state or "").lower())

    @property
    def source_columns(self) -> frozenset[str]:
        """The columns of the source that the description names."""
        derived = dict(self.derive or {})
        made = {name: str(rule.get("from")) for name, rule in derived.items() if isinstance(rule, Mapping)}
        named = {*self.numerical, *self.categorical, self.target, *self.sensitive, *(self.rows or {})}
        return frozenset(made.get(name, name) for name in named)

    @property
    def is_own_table(self) -> bool:
        """Whether the table is the user's own, whose rows must not be shown."""
        return self.path is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the description as plain values, without `path`.

        A file of the user's own is known by its checksum, so that it may move.
        """
        return dict(self._plain)

    @functools.cached_property  # thousands of cells ask for it
    def _plain(self) -> dict[str, Any]:
        entries = {name: value for name, value in asdict(self).items() if value is not None and name != "path"}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in entries.items()}
        plain |= {"task": str(self.task)} if self.task else {}
        if self.expected:
            plain["expected"] = {name: value for name, value in asdict(self.expected).items() if value is not None}
        return {**plain, "paper": plain.get("paper")}


def _part(kind: type[Any], name: str, value: Any) -> Any:
    try:
        return kind(**value)
    except TypeError as error:
        parts = ", ".join(part.name for part in fields(kind))
        raise InputError(f"dataset.{name}: expected {parts}, got {value!r}") from error


def _identified(path: Path, name: str | None, sha256: str | None) -> dict[str, Any]:
    """Return the name and the checksum of a file. Raises InputError if it is not there, or has another checksum."""
    if (found := files.sha256(path)) is None:
        raise InputError(f"dataset.path: no file {str(path)!r}")
    if sha256 not in (None, found):
        raise InputError(f"dataset.path: {path} changed: expected the SHA-256 {sha256}, got {found}")
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._")
    return {"name": name or stem or "table", "sha256": found}
