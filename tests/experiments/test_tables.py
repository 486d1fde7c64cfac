import csv
import subprocess
import sys

import pandas as pd
import pytest

from experiments import methods
from experiments.reports.model import tables
from experiments.reports.model.comparison import Comparison
from experiments.reports.model.values import Value, mean_of, placed
from experiments.reports.text.latex import tabular
from experiments.sweep import grid
from experiments.sweep.grid import Grid
from tests.experiments import made_up
from tests.experiments.toy import ROOT

GRID = Grid(("adult", "compas"), ("real", "smote", "fairtab", "ctgan"), (0, 1))
LACKING = ("compas", "ctgan", 1)
AUC = {"real": (0.93, 0.93), "smote": (0.90, 0.92), "fairtab": (0.91, 0.912), "ctgan": (0.88, 0.88)}


def run(dataset: str, method: str, seed: int, level: str | None = None, **given: float) -> dict[str, object]:
    place = {"dataset": dataset, "method": method, "variant": "default", "seed": seed}
    level = level or ("balance-10" if method == "fairtab" else "native")
    cost = {
        "seconds/fit": 60.0,
        "seconds/sample": 2.0,
        "cpu_seconds/fit": 90.0,
        "cpu_seconds/sample": 3.0,
        "peak_memory_mb/fit": 900,
        "peak_memory_mb/sample": 950,
    }
    made = {"n_parameters": 7, "n_epochs": 120, "device": "A processor, 2 cores"}
    return {**place, "level": level, **made_up.metrics(dataset), **cost, **made, **given}


def benchmark(rows: list[dict[str, object]], grid_: Grid = GRID) -> Comparison:
    facts = {name: made_up.facts(name) for name in {row["dataset"] for row in rows}}
    return Comparison(grid.protocol(pd.DataFrame(rows)), facts, grid_)


@pytest.fixture(autouse=True)
def only_in_the_paper(monkeypatch):
    """Take four methods of the paper out of the registry: tables still have their published numbers."""
    registered = methods.find()
    known = {name: path for name, path in registered.items() if name not in ("codi", "great", "stasy", "tabsyn")}
    monkeypatch.setattr(methods, "find", lambda *more: known)
    methods.methods.cache_clear()
    yield
    methods.methods.cache_clear()


@pytest.fixture
def whole() -> Comparison:
    return benchmark(
        [
            run(dataset, method, seed, **{"utility/auc": AUC[method][seed]})
            for dataset in GRID.datasets
            for method in GRID.methods
            for seed in GRID.seeds
        ]
    )


def lines(table) -> dict[str, list[str]]:
    """The cells of each row of the Markdown table."""
    rows = [line.strip("| ").split(" | ") for line in table.to_markdown().splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows}


def test_means_spreads_places_and_differences_by_hand(whole):
    shown = lines(tables.quality(whole, "table3", "AUC", ["utility/auc"]))
    # the paper: real 0.928 ± 0, SMOTE 0.914 ± 0, ours 0.893 ± 0.002; no compas of ours
    assert shown["real table"] == ["0.930 ± 0.000 [0.928, +0.002]", "0.930 ± 0.000", "0.930"]
    assert shown["SMOTE"] == ["<u>0.910 ± 0.014</u> [0.914]", "<u>0.910 ± 0.014</u>", "<u>0.910</u>"]
    assert shown["FairTab"] == ["**0.911 ± 0.001** [0.893, +0.018]", "**0.911 ± 0.001**", "**0.911**"]
    assert shown["CTGAN"] == ["0.880 ± 0.000", "0.880 ± 0.000", "0.880"]
    assert shown["CoDi"][0] == "[0.858]"


def test_methods_stand_in_the_papers_order_and_then_those_that_it_lacks(whole):
    order = list(lines(tables.quality(whole, "table3", "AUC", ["utility/auc"])))[1:]
    assert order[1:] == ["real table", "CoDi", "GReaT", "SMOTE", "STaSy", "TabSyn", "FairTab", "CTGAN"]
    assert [method.label for method in methods.rows(["independent", "zzz", "real"])][-2:] == [
        "zzz",
        "independent columns",
    ]


def test_a_dataset_that_is_not_the_papers_is_marked(whole):
    table = tables.quality(whole, "table4", "DPR", ["fairness/dpr/{a}"])
    assert [column.label for column in table.columns] == ["DPR ↑ adult (sex)", "DPR ↑ compas† (sex)", "DPR ↑ mean"]
    assert "† not the paper's table, so no number of the paper stands beside: compas." in table.to_markdown()


def test_a_dataset_that_the_paper_does_not_have_stands_beside_none_of_its_numbers():
    rows = [run(name, "smote", seed) for name in ("adult", "compas", "german") for seed in (0, 1)]
    asked = Grid(("adult", "compas", "german"), ("smote",), (0, 1))
    made = {table.name: table for table in tables.tables(benchmark(rows, asked))}
    of_paper = [name for name in made if name.startswith("table") and name not in ("table1", "table7")]
    assert len(of_paper) == 5
    for name in of_paper:
        assert {column.dataset.split(" ")[0] for column in made[name].columns} == {"adult", "compas†", "mean"}
    assert [column.dataset for column in made["others"].columns] == ["german†"] * 5  # one dataset has no mean
    assert lines(made["others"])["SMOTE"] == ["**0.500 ± 0.000**"] * 4 + ["0.500 ± 0.000"]
    assert [name for name, _ in made["table1"].rows] == ["adult", "compas†", "german†"]
    assert "attributes-german" in made
    assert {column.dataset for column in made["privacy"].columns} >= {"adult", "german†"}


def test_a_dataset_outside_the_benchmark_gives_no_rank():
    rows = [run(name, "smote", 0) for name in ("adult", "german")]
    ranked = tables.ranks(benchmark(rows, Grid(("adult",), ("smote",), (0,))))
    assert [column.label for column in ranked.columns] == ["adult", "mean rank"]
    assert lines(ranked)["SMOTE"] == ["1", "1.0"]


def test_a_missing_cell_of_any_dataset_is_listed():
    asked = Grid(("adult", "german"), ("smote",), (0,))
    missing = [
        line for table in tables.tables(benchmark([run("adult", "smote", 0)], asked)) for line in table.missing()
    ]
    assert "others: SMOTE, AUC ↑ german: 0 of 1 seeds" in missing
    assert not any("adult" in line for line in missing)


def test_a_table_of_ones_own_has_no_tables_of_the_paper(monkeypatch):
    monkeypatch.setitem(made_up.ATTRIBUTES, "loans", ["sex"])
    names = [
        table.name for table in tables.tables(benchmark([run("loans", "smote", 0)], Grid(("loans",), ("smote",), (0,))))
    ]
    assert names == ["table1", "table7", "others", "privacy", "attributes-loans", "ranks"]


def test_what_was_not_measured_is_a_dash_and_listed():
    rows = [run("adult", "real", 0), run("adult", "smote", 0), run("adult", "smote", 1)]
    partly = tables.quality(benchmark(rows), "table3", "AUC", ["utility/auc"])
    shown = lines(partly)
    assert shown["real table"][0].startswith("0.500 (n=1)")
    assert shown["real table"][1:] == ["-", "-"]
    assert partly.missing()[:2] == [
        "table3: real table, AUC ↑ adult: 1 of 2 seeds",
        "table3: real table, AUC ↑ compas: 0 of 2 seeds",
    ]
    assert not any("SMOTE, AUC ↑ adult" in line for line in partly.missing())


def test_what_came_out_undefined_is_not_missing():
    rows = [run("adult", "ctgan", seed, **{"fairness/dpr/sex": float("nan")}) for seed in (0, 1)]
    table = tables.quality(benchmark(rows, Grid(("adult",), ("ctgan",), (0, 1))), "table4", "DPR", ["fairness/dpr/{a}"])
    assert lines(table)["CTGAN"] == ["undefined"]
    assert table.missing() == []


def test_scores_without_groups_are_missing_where_no_run_has_them():
    rows = [run("adult", "smote", seed) for seed in (0, 1)]
    for row in rows:
        del row["uniform_sensitive/utility/auc"]
    only = Grid(("adult",), ("smote",), (0, 1))
    table = tables.quality(benchmark(rows, only), "table8", "AUC", ["uniform_sensitive/utility/auc"])
    assert lines(table)["SMOTE"] == ["- [0.914]"]
    assert len(table.missing()) == 1


def test_other_variants_and_levels_are_not_of_the_protocol():
    rows = [run("adult", "fairtab", 0, "balance-5", **{"utility/auc": 0.1}), run("adult", "fairtab", 0)]
    rows.append({**run("adult", "fairtab", 1), "variant": "mine"})
    table = tables.quality(benchmark(rows, Grid(("adult",), ("fairtab",), (0,))), "table3", "AUC", ["utility/auc"])
    assert lines(table)["FairTab"][0] == "**0.500** [0.893]"  # one seed has no spread, so no difference is claimed


def test_tables_of_a_variant_show_it_and_methods_without_settings_as_they_are():
    rows = [{**run("adult", "smote", 0, **{"utility/auc": 0.6}), "variant": "tuned"}, run("adult", "smote", 0)]
    rows += [run("adult", "real", 0, **{"utility/auc": 0.9}), run("adult", "ctgan", 0)]
    shown = grid.protocol(pd.DataFrame(rows), "tuned")
    assert list(zip(shown["method"], shown["utility/auc"], strict=True)) == [("smote", 0.6), ("real", 0.9)]


def test_a_dataset_beside_the_benchmarks_has_a_column_and_no_part_in_the_mean(whole):
    rows = [*whole.runs.to_dict("records"), run("bank", "smote", 0, **{"utility/auc": 0.1})]
    table = tables.quality(benchmark(rows), "table3", "AUC", ["utility/auc"])
    shown = lines(table)
    assert [column.dataset for column in table.columns] == ["adult", "compas†", "bank", "mean"]
    assert shown["SMOTE"][2:] == ["**0.100 (n=1)** [0.928]", "<u>0.910</u>"]
    assert shown["FairTab"][2:] == ["[0.914]", "**0.911**"]
    assert not any("bank" in line for line in table.missing())
    own = lines(tables.every_attribute(benchmark(rows), "bank"))
    assert {"SMOTE", "CoDi"} <= set(own)
    assert "CTGAN" not in own  # never asked for, not run, not published


def test_costs_by_hand(whole):
    shown = lines(tables.costs(whole))
    assert shown["FairTab"] == [
        "7 ± 0 [482,545]",
        "0.50 ± 0.00 [11.80]",
        "60.0 ± 0.0",
        "90.0 ± 0.0",
        "2.0 ± 0.0 [1,213.9]",
        "3.0 ± 0.0",
        "950 ± 0",
        "A processor, 2 cores",
    ]


def test_every_attribute_and_the_rank_by_score(whole):
    scores = {"smote": 0.7, "fairtab": 0.8, "ctgan": 0.8, "real": 0.9}
    rows = whole.runs.assign(score=whole.runs["method"].map(scores))
    table = tables.every_attribute(Comparison(rows, whole.facts, GRID), "adult")
    metrics = [column.metric for column in table.columns]
    pairs = [f"{kind} ↑ {name}" for name in ("sex", "race", "sex*race") for kind in ("DPR", "EOR")]
    assert metrics == ["AUC ↑", *pairs, "SCORE ↑ sex", "SCORE ↑ race", "SCORE ↑", "rank"]
    rank = {label: values[-1] for label, values in table.rows}
    assert rank == {**dict.fromkeys(rank, ""), "FairTab": "1", "CTGAN": "1", "SMOTE": "3"}
    assert lines(tables.ranks(Comparison(rows, whole.facts, GRID)))["SMOTE"] == ["3", "3", "3.0"]


def test_the_datasets_table_by_hand(whole):
    adult = lines(tables.datasets(whole))["adult"]
    assert adult[:4] == ["4,000", "2,000", "1,000", "1,000"]
    assert "sex: b 0.265 (68%), a 0.062 (32%)" in adult[-1]


def test_places_are_given_by_what_is_read():
    values = [Value(0.5004), Value(0.4996), Value(0.4), None, Value(None)]
    assert [value and value.place for value in placed(values, "up", 3)] == [1, 1, 2, None, 0]
    assert [value and value.place for value in placed(values, "down", 3)] == [2, 2, 1, None, 0]
    assert [value and value.place for value in placed(values, 0.42, 3)] == [2, 2, 1, None, 0]
    assert [value and value.place for value in placed(values, None, 3)] == [0, 0, 0, None, 0]


@pytest.mark.parametrize(
    ("mean", "std", "published", "difference"),
    [
        (0.90, 0.01, (0.88, 0.015), 0.02),
        (0.90, 0.01, (0.88, 0.03), None),
        (0.90, 0.03, (0.88, 0.01), None),
        (0.90, None, (0.88, 0.01), None),
        (0.90, 0.01, (0.88, None), None),
        (0.90, 0.01, None, None),
    ],
)
def test_a_difference_is_shown_where_it_is_larger_than_both_spreads(mean, std, published, difference):
    found = Value(mean, std, published=published).difference
    assert found == (None if difference is None else pytest.approx(difference))


def test_a_mean_over_datasets_needs_all_of_them():
    assert mean_of([Value(0.2, published=(0.3, 0.1)), Value(0.4)]).mean == pytest.approx(0.3)
    assert mean_of([Value(0.2, published=(0.3, 0.1)), Value(0.4)]).published is None
    assert mean_of([Value(0.2), Value(None)]).mean is None


def test_latex_and_csv_say_the_same(whole):
    table = tables.quality(whole, "table3", "AUC", ["utility/auc"])
    latex = tabular(table)
    assert r"FairTab & \textbf{0.911 $\pm$ 0.001} [0.893, +0.018]" in latex
    assert r"SMOTE & \underline{0.910 $\pm$ 0.014} [0.914]" in latex
    assert latex.count(r" \\") == 2 + len(table.rows)  # metrics, datasets
    rows = list(csv.DictReader(table.to_csv().splitlines()))
    ours = next(row for row in rows if (row["row"], row["dataset"]) == ("FairTab", "adult"))
    assert float(ours["value"]) == pytest.approx(0.911)
    assert float(ours["difference"]) == pytest.approx(0.018)
    assert (ours["n"], ours["published"], ours["place"]) == ("2", "0.893", "1")


def made(folder, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "experiments.reports", "tables", "--results", str(folder), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_from_runs_on_disk_the_same_bytes_each_time(tmp_path):
    empty = made(tmp_path)
    assert empty.returncode == 1
    assert "there are no runs yet: `python run.py -m experiment=paper` makes them" in empty.stderr
    for seed in (0, 1):
        made_up.write(tmp_path / "runs", "adult", "real", seed)
        made_up.write(tmp_path / "runs", "adult", "smote", seed)
        made_up.write(tmp_path / "runs", "adult", "fairtab", seed, "balance-10")
    first = made(tmp_path)
    assert first.returncode == 0, first.stderr
    written = {path.name: path.read_bytes() for path in (tmp_path / "tables").iterdir()}
    expected = {f"table{i}.{kind}" for i in (1, 2, 3, 4, 7, 8, 9) for kind in ("md", "csv", "tex")}
    assert expected | {"claims.md", "claims.csv", "tradeoff.md", "attributes-adult.tex", "ranks.md"} <= set(written)
    assert "### Table 4: DPR and EOR" in first.stdout
    strict = made(tmp_path, "--strict")
    assert strict.returncode == 1
    assert "table2: real table, column error ↓ adult: 2 of 3 seeds" in strict.stderr
    assert "table2: SMOTE, column error ↓ bank: 0 of 3 seeds" in strict.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "tables").iterdir()} == written


def test_a_mean_over_datasets_says_if_a_dataset_has_fewer_seeds(whole):
    rows = [row for row in whole.runs.to_dict("records") if (row["dataset"], row["method"], row["seed"]) != LACKING]
    shown = lines(tables.quality(benchmark(rows), "table3", "AUC", ["utility/auc"]))
    assert shown["CTGAN"][1:] == ["0.880 (n=1)", "0.880 (n=1)"]
    assert "(n=" not in shown["SMOTE"][2]


def test_more_seeds_on_one_dataset_are_no_fewer_on_another(whole):
    rows = whole.runs.to_dict("records")
    more = [{**row, "seed": 5} for row in rows if (row["dataset"], row["method"]) == ("adult", "ctgan")]
    assert more
    shown = lines(tables.quality(benchmark([*rows, *more]), "table3", "AUC", ["utility/auc"]))
    assert not any("(n=" in cell for cell in shown["CTGAN"])


def test_a_rank_says_if_it_is_by_fewer_seeds(whole):
    rows = [row for row in whole.runs.to_dict("records") if (row["dataset"], row["method"], row["seed"]) != LACKING]
    ranked = lines(tables.ranks(benchmark(rows)))
    assert ranked["CTGAN"][:2] == ["1", "1 (n=1)"]


def test_levels_and_epsilon_are_no_tables_of_tuned_settings(tmp_path):
    for variant in ("default", "tuned"):
        made_up.write(tmp_path, "adult", "fairtab", 0, "balance-10", variant=variant)
    assert "tradeoff.md" in tables.build(tmp_path)[0]
    assert "tradeoff.md" not in tables.build(tmp_path, "tuned")[0]


def test_tables_of_a_variant_have_its_name_and_the_datasets_that_have_runs_of_it(tmp_path):
    for dataset in ("adult", "bank"):
        made_up.write(tmp_path, dataset, "resample", 0, "balance-10")
    made_up.write(tmp_path, "bank", "fairtab", 0, "balance-10", variant="tuned")
    text = tables.build(tmp_path, "tuned")[0]["table3.md"]
    assert text.startswith("### Table 3: AUC and DCR (tuned)\n")
    assert "bank" in text
    assert "adult" not in text
    assert "Settings: variant tuned, on the datasets that have runs of it." in text


def test_a_variant_without_runs_is_refused_in_one_line(tmp_path):
    made_up.write(tmp_path / "runs", "adult", "fairtab", 0, "balance-10")
    said = made(tmp_path, "--variant", "tunned")
    assert (said.returncode, said.stderr) == (1, "error: no run is of variant tunned: there are default\n")
    assert not (tmp_path / "tables").exists()


def test_seeds_that_were_made_with_different_settings_are_named(tmp_path, caplog):
    for seed, k in ((0, 5), (1, 7), (2, 7)):
        run = made_up.write(tmp_path, "adult", "smote", seed)
        run.claim({"method": {"k": k}}, {"n_rows": None})
    made_up.write(tmp_path, "adult", "real", 0)
    tables.build(tmp_path)
    (said,) = caplog.messages
    assert said.startswith("adult/smote/default/native: its seeds were made with different settings")
