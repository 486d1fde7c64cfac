"""The table at the end of a sweep."""

from types import SimpleNamespace

import pytest

from experiments.store.run import Run
from experiments.sweep import outcomes
from experiments.sweep.outcomes import Outcome
from experiments.tracking import wandb
from tests.experiments import made_up


@pytest.fixture
def ended(tmp_path) -> list[Outcome]:
    """Two seeds of a method, another method that failed, and arguments that are no cell."""
    root, asked = (
        tmp_path / "runs",
        {"wandb": {"mode": "offline", "project": "fairtab", "sample": True, "model": False}},
    )
    found = []
    for seed, auc in ((0, 0.8), (1, 0.9)):
        ratios = {"fairness/dpr/sex": 0.2, "fairness/dpr/race": 0.4, "fairness/dpr/sex*race": 0.1}
        undefined = {"fairness/eor/race": float("nan")} if seed else {}
        values = made_up.metrics("adult") | ratios | undefined | {"utility/auc": auc}
        run = made_up.write(root, "adult", "smote", seed, values=values)
        words = ["logger=wandb", "method=smote", f"seed={seed}"]
        found.append(Outcome(words, str(root), run.identity, asked))
    words, failed = ["logger=wandb", "method=ctgan", "seed=0"], Run(root, "adult", "ctgan", "default", 0, "native")
    found.append(Outcome(words, str(root), failed.identity, asked, "fit failed: [red] SDV\nand more"))
    found.append(Outcome(["logger=wandb", "balance=11"], None, {}, {}, "expected a level from 0 to 10"))
    return found


def test_a_row_for_each_cell(ended):
    cells = outcomes.frame(ended)
    assert list(cells["state"]) == ["done", "done", "failed", "failed"]
    assert list(cells["cell"])[1:] == [
        "adult/smote/default/seed-1/native",
        "adult/ctgan/default/seed-0/native",
        "balance=11",
    ]
    assert list(cells["AUC ↑"])[:2] == [0.8, 0.9]
    assert list(cells["DPR ↑"])[:2] == pytest.approx([0.3, 0.3])  # over attributes, not their intersection
    assert cells["EOR ↑"].isna().tolist() == [False, True, True, True]
    assert list(cells["why"]) == ["", "", "fit failed: [red] SDV", "expected a level from 0 to 10"]


def test_seeds_share_a_line_and_what_failed_says_why(ended, capsys):
    outcomes.show(outcomes.frame(ended), "python run.py -m method=smote,ctgan")
    said = capsys.readouterr().out.splitlines()
    assert said[0].strip() == "The sweep: 2 done, 2 failed"
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in said if line.startswith("│")]
    assert rows[0] == [
        "adult",
        "smote",
        "native",
        "0, 1",
        "2 done",
        "0.850 ± 0.071",
        "0.300 ± 0.000",
        "0.500 (n=1)",
        "0.500 ± 0.000",
    ]
    assert rows[1] == ["adult", "ctgan", "native", "0", "failed", "-", "-", "-", "-"]
    assert rows[2][:5] == ["balance=11", "", "", "", "failed"]
    assert said[-3:] == [
        "failed: adult/ctgan/default/seed-0/native: fit failed: [red] SDV",
        "failed: balance=11: expected a level from 0 to 10",
        "to make the failed cells again, repeat the command: python run.py -m method=smote,ctgan",
    ]


def test_where_every_cell_failed_there_is_a_table_too(ended):
    assert list(outcomes.frame(ended[2:])["state"]) == ["failed", "failed"]
    assert list(outcomes.frame(ended[3:])["cell"]) == ["logger=wandb balance=11"]  # alone, it has no words of its own


def test_trackers_have_the_table_as_a_run_of_its_own(ended, tmp_path, monkeypatch):
    kept = {}
    fake = SimpleNamespace(offline=True, disabled=False, log=kept.update, finish=lambda exit_code: None)
    begun = []
    monkeypatch.setattr(wandb, "_begin", lambda _, mode, arguments: begun.append(arguments) or fake)
    outcomes.track(ended, outcomes.frame(ended), "python run.py -m")
    (arguments,) = begun
    assert (arguments["job_type"], arguments["group"], arguments["dir"]) == ("sweep", None, tmp_path)
    assert arguments["config"] == {"command": "python run.py -m"}
    assert [row[0] for row in kept["cells"].data][2:] == ["adult/ctgan/default/seed-0/native", "balance=11"]
