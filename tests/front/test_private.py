"""make with epsilon: what is private, what is said, and what is refused."""

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from typer.testing import CliRunner

import fairtab
from fairtab import FairTab, InputError, make, report
from fairtab.cli import app
from fairtab.front import fit
from fairtab.front.own import read_own
from fairtab.front.private import check_said, fractional, public_values, secret_split
from fairtab.goals.search import REAL
from tests.conftest import toy_frame
from tests.front.conftest import ROLES, SMALL

COLUMNS = {"numerical": ["age", "gain", "amount"], "categorical": ["job", "region"], "leave_out": ["id", "branch"]}
SCHEMA = json.loads((Path(report.__file__).parent / "schema.json").read_text())


@pytest.fixture(scope="module")
def loans(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "loans.csv"
    toy_frame(3000).assign(id=range(3000), branch="main").to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def made(loans):
    quick = FairTab(**SMALL)
    return make(loans, **ROLES, **COLUMNS, level=10, epsilon=8, delta=1e-3, model=quick, classifier={"iterations": 10})


@pytest.mark.slow
def test_the_report_says_what_is_private_and_that_it_is_not_itself(made):
    assert made.report.facts["guarantee"] == made.model.ledger.to_dict()
    assert 7.8 < made.report.facts["guarantee"]["spent"] <= 8
    said = "This report is not: it reads real rows, so keep it where the real rows are."
    assert said in made.report.sentences()[0]
    assert said in made.report.to_html()
    assert said in made.report.to_markdown()
    assert "| values of job |" in made.report.to_markdown()
    jsonschema.validate(json.loads(made.report.to_json()), SCHEMA)


@pytest.mark.slow
@pytest.mark.parametrize("asked", [{"dpr": 0.3}, {}])
def test_a_goal_is_chosen_on_synthetic_rows_and_the_report_says_so(loans, asked):
    model = FairTab(**SMALL)
    options = {"model": model, "classifier": {"iterations": 10}, "rounds": 1, "nearest": True}
    made = make(loans, **ROLES, **COLUMNS, **asked, epsilon=8, delta=1e-3, **options)
    assert made.report.facts["search"]["measured_on"] == "synthetic rows"
    said = "The joint was chosen on synthetic rows that the model drew: no real row was read for it."
    for text in (made.report.sentences()[1], made.report.to_html(), made.report.to_markdown()):
        assert said in text
        assert REAL not in text
        assert text.count("was chosen on") == 1
    jsonschema.validate(json.loads(made.report.to_json()), SCHEMA)


def test_the_number_of_rows_and_the_joint_are_the_private_ones(made):
    assert len(made.table) == 2 * made.model.n_rows
    assert made.joint.probability.equals(made.model.joint.balanced(10).probability)


def test_nobody_knows_which_rows_were_learned_from(loans):
    own = read_own(loans, **ROLES, **COLUMNS)
    splits = [list(secret_split(own).split.train.frame.index) for _ in range(5)]
    assert splits[0] != splits[1]
    assert len({len(rows) for rows in splits}) > 1  # each row has a coin of its own, so nobody knows how many


@pytest.mark.slow
def test_a_group_is_public_whatever_part_its_rows_are_in(loans):
    frame = pd.read_csv(loans)
    frame.loc[:2, "sex"] = "rare"
    own = read_own(frame, **ROLES, **COLUMNS)
    assert "rare" in public_values(own)["sex"]
    made = make(
        frame, **ROLES, **COLUMNS, level=0, epsilon=8, delta=1e-3, model=FairTab(**SMALL), classifier={"iterations": 5}
    )
    assert "rare" in made.model.joint.probability.index.get_level_values("sex")
    assert made.model.privacy["values"] == public_values(own)
    assert made.model.privacy["fractional"] == fractional(own) == ["amount"]


@pytest.mark.slow
def test_the_seed_does_not_decide_the_noise(loans):
    fits = [
        make(
            loans,
            **ROLES,
            **COLUMNS,
            level=0,
            epsilon=8,
            delta=1e-3,
            seed=3,
            model=FairTab(**SMALL),
            classifier={"iterations": 5},
            rows=50,
        )
        for _ in range(2)
    ]
    assert not fits[0].joint.probability.equals(fits[1].joint.probability)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"level": 10, "where": "age > 30"}, "leave them out"),
        ({"level": 10, "rules": "age > 10"}, "leave them out"),
        ({"level": 10, "cap": True}, "a cap compares rows with real ones"),
        ({"level": 10, "model": "folder"}, "leave the model out"),
        ({"level": 10, "model": FairTab(privacy={"epochs": 1})}, "the model has settings of privacy, too"),
        ({"level": 10, "bounds": {"age": [0]}}, "privacy.bounds.age: expected the lowest and the highest value"),
        ({"level": 10, "categorical": ["job"]}, "say what each column is.*: --categorical region$"),
        ({"level": 10, "leave_out": []}, "--leave-out id,branch"),
        ({"level": 10, "epsilon": 0}, "privacy.epsilon: expected a number above 0"),
    ],
)
def test_what_is_not_covered_is_refused_in_one_line(loans, asked, said):
    with pytest.raises(InputError, match=said):
        make(loans, **ROLES, **{**COLUMNS, "epsilon": 3, **asked})


@pytest.mark.slow
def test_the_command_makes_a_private_table_and_says_so(loans, tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "FairTab", lambda: FairTab(**SMALL))
    out = tmp_path / "fair.csv"
    words = ["make", str(loans), "--target", "approved", "--positive", "yes", "--sensitive", "sex", "--out", str(out)]
    columns = [word for name, names in COLUMNS.items() for word in (f"--{name.replace('_', '-')}", ",".join(names))]
    asked = ["--level", "10", "--epsilon", "8", "--delta", "0.001", "--bounds", "age:0,100"]
    done = CliRunner().invoke(app, [*words, *columns, *asked])
    assert done.exit_code == 0, done.output
    assert "differentially private for every single row: epsilon 8" in " ".join(done.output.split())
    assert set(pd.read_csv(out)["sex"]) == {"Female", "Male"}


@pytest.mark.parametrize("of", [make, fairtab.fit])
def test_a_model_that_is_to_be_private_asks_for_epsilon(loans, of):
    with pytest.raises(InputError, match="leave them out, and give epsilon to make"):
        of(loans, **ROLES, model=FairTab(**SMALL, privacy={"epsilon": 8}))


@pytest.mark.slow
def test_a_model_that_is_private_already_gives_tables_without_epsilon(loans):
    own = read_own(loans, **ROLES, **COLUMNS)
    private = {"epsilon": 8, "delta": 1e-3, "epochs": 1}
    asked = {**ROLES, **COLUMNS, "level": 0, "classifier": {"iterations": 5}}
    for seeded in (False, True):
        model = FairTab(**SMALL, privacy={**private, "seeded": seeded})
        model.fit(own.split.train, own.split.validation, seed=0)
        guarantee = make(loans, **asked, model=model).report.facts["guarantee"]
        assert guarantee == (None if seeded else model.ledger.to_dict())  # whoever knows the seed takes the noise away
    with pytest.raises(InputError, match="a cap compares rows with real ones"):
        make(loans, **asked, model=model, cap=True)


def test_one_column_of_a_kind_needs_no_list(loans):
    named = {**COLUMNS, "categorical": ["job", "region", "gain", "amount"], "numerical": "age"}
    check_said(read_own(loans, **ROLES, **named))
