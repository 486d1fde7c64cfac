"""Schedules that are computed by hand."""

import pytest

from experiments.sweep.schedule import Batch, makespan


@pytest.mark.parametrize(("workers", "end"), [(1, 10), (2, 5), (3, 4), (4, 3)])
def test_cells_go_to_the_first_free_worker(workers, end):
    assert makespan([Batch("a", (3, 3, 2, 2))], workers) == end


def test_a_long_cell_at_the_end_keeps_the_others_waiting():
    assert makespan([Batch("a", (1, 1, 1, 5))], 2) == 6  # half of eight would be four
    assert makespan([Batch("a", (5, 1, 1, 1))], 2) == 5


@pytest.mark.parametrize(("workers", "end"), [(1, 2 + 6 + 4), (2, 2 + 3 + 2), (3, 2 + 3 + 2), (100, 2 + 3 + 1)])
def test_ceilings_come_before_fits_and_fits_before_levels(workers, end):
    queue = [
        Batch("ceilings", (2,)),
        Batch("fits", (3, 3), ("ceilings",)),
        Batch("levels", (1, 1, 1, 1), ("ceilings", "fits")),
    ]
    assert makespan(queue, workers) == end


def test_a_stage_waits_for_the_slowest_cell_of_another():
    assert makespan([Batch("fits", (1, 9)), Batch("levels", (1,), ("fits",))], 2) == 10


def test_what_waits_lets_others_pass():
    assert makespan([Batch("a", (4,)), Batch("b", (1,), ("a",)), Batch("c", (2, 2))], 2) == 5


def test_a_stage_that_is_done_already_is_not_waited_for():
    assert makespan([Batch("b", (1, 1), ("a",))], 2) == 1


def test_more_workers_are_never_slower_if_no_stage_waits():
    ends = [makespan([Batch("a", (7, 3, 9, 1, 4, 4, 8, 2))], workers) for workers in range(1, 10)]
    assert ends == sorted(ends, reverse=True)
    assert (ends[0], ends[-1]) == (38, 9)


def test_nothing_takes_no_time_and_stages_that_wait_for_one_another_are_refused():
    assert makespan([], 3) == 0
    with pytest.raises(ValueError, match="wait for one another: a, b"):
        makespan([Batch("a", (1,), ("b",)), Batch("b", (1,), ("a",))], 1)
