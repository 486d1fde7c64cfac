"""The log lines of long work on an output where no bar can be drawn."""

import logging

from fairtab import progress


def test_a_line_now_and_then_where_there_is_no_terminal(monkeypatch, caplog):
    clock = iter([0.0, 4.0, 11.0, 12.0, 21.5])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with caplog.at_level(logging.INFO), progress.progress("sampling", 4) as advance:
        for n in range(4):
            advance(1, f"{n + 1} rows")
    assert [record.getMessage() for record in caplog.records] == ["sampling: 50%  2 rows", "sampling: 100%  4 rows"]
