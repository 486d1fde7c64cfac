"""What a grid costs, from measured runs that are made up."""

import pandas as pd
import pytest

from experiments.cost import batches, main, table
from experiments.sweep.cells import cells
from experiments.sweep.plan import plan
from experiments.sweep.schedule import Batch
from tests.experiments.toy import overrides


def test_hours_use_and_money_of_a_queue_by_hand():
    queue = [Batch("fits", (3600.0, 7200.0)), Batch("levels", (3600.0,), ("fits",))]
    rows = [line.strip("| ").split(" | ") for line in table(queue, [1, 2], price=0.5, cores=2).splitlines()[2:]]
    assert rows == [
        ["1", "4.0", "1.0", "100%", "4.00", "4.00"],
        ["2", "3.0", "1.3", "67%", "6.00", "4.00"],  # one node waits for the long fit, then has nothing
    ]


def test_cells_take_what_measured_runs_took_and_the_start_and_splits_share_nothing(toy_file, tmp_path):
    words = ["method=resample", "seed=0,1", "balance=0,5", *overrides(toy_file, tmp_path)]
    measured = {"seconds/fit": [100.0, 200.0], "seconds/sample": [1.0, 2.0], "seconds/evaluate": [30.0, 30.0]}
    place = {"dataset": "toy", "variant": "default", "learner": "catboost", "level": "balance-0"}
    runs = pd.DataFrame({"method": "resample", **place, **measured})
    queue = batches(plan(cells(words), runs), runs, start=10, splits=2)
    assert [batch.stage for batch in queue] == [
        f"{stage}-toy-resample {split}" for split in (0, 1) for stage in ("fits", "levels")
    ]
    assert all(set(batch.seconds) <= {141.0, 242.0} for batch in queue if batch.stage.startswith("fits"))
    assert all(set(batch.seconds) <= {41.0, 42.0} for batch in queue if batch.stage.startswith("levels"))
    assert queue[1].after == ("ceilings-toy-real 0", "fits-toy-resample 0")
    assert [len(batch.seconds) for batch in queue] == [2] * 4


def test_what_is_no_cell_is_refused_in_one_line():
    with pytest.raises(SystemExit, match=r"^error: "):
        main(["--nodes", "1", "--price", "1", "method=nothing"])
